/**
 * What we say in lists, bulletins and polls: a change becomes a frame with its line, and is sent.
 *
 * @see lib/overlay/README.md "Stamps"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { OverlayEngine } from "../../overlay/engine.ts";
import { BULLETIN, encodeOverlay } from "../../overlay/frame.ts";
import type { PaceSetting } from "../../overlay/pace.ts";
import { keyOf, nameOfTwo, personName } from "../../overlay/names.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import { utf8 } from "../../wire/bytes.ts";
import { signatureOf } from "../groups/room/kept_groups.ts";
import { boardFrame } from "./board_frame.ts";
import { paceFrame } from "./dash_frame.ts";
import type { KeptOverlays } from "./kept_overlays.ts";
import { boardLine, GO_BODY_BYTES } from "./lines.ts";
import { listFrame } from "./list_frame.ts";
import type {
  Again,
  BoardChange,
  ConversationId,
  ListSaying,
  OverlayReport,
  PollChange,
  Saying,
} from "./overlays.ts";
import { frameOf, type Published } from "./pacing.ts";
import { noSuch, type Planned, type Planner } from "./planned.ts";
import type { PlannedText, PlanOnce } from "./plan_once.ts";
import { pollFrame } from "./poll_frame.ts";

/** What became of a message. */
export type Sent = Pick<OverlayReport, "state" | "position" | "reason">;

/** What speaking works with. */
export interface SpeakingOptions {
  /** Us. */
  readonly pk: PublicKeyHex;
  /** The rows. */
  readonly kept: KeptOverlays;
  /** The messages. */
  readonly store: Store;
  /** What was planned under a key. */
  readonly plans: PlanOnce;
  /** Time. */
  readonly clock: Pick<Clock, "wallNs">;
  /** Keeps and sends a text; to a peer under an id, later when it can't now. */
  readonly send: (
    message: Saying & { text: string; id: string },
    signal?: AbortSignal,
  ) => Promise<Sent>;
}

/** Says things. */
export class Speaking {
  readonly #options: SpeakingOptions;
  readonly #planner: Planner;

  /** Nothing happens by itself. */
  constructor(options: SpeakingOptions) {
    const { pk, clock } = options;
    this.#options = options;
    this.#planner = {
      pk,
      stampAfter: (...known) => {
        const nowMs = Number(clock.wallNs() / 1_000_000n);
        return Math.max(nowMs, 1, ...known.map((stamp) => (stamp ?? 0) + 1));
      },
    };
  }

  /** Says something in a list. */
  inList({ change, ...saying }: ListSaying, signal?: AbortSignal): Promise<OverlayReport> {
    return this.#say(
      saying,
      change,
      "id" in change ? change.id : undefined,
      (engine) => listFrame(engine, change, this.#planner),
      signal,
    );
  }

  /** Says again what was said under a key in the same words. @returns undefined: nothing was. */
  async again({ words, ...saying }: Again, signal?: AbortSignal): Promise<OverlayReport | undefined> {
    const planned = await this.#options.plans.planned(saying.conversation, saying.key, words);
    return planned && await this.#send(saying, planned, signal);
  }

  /** Says something in a bulletin. */
  inBoard(saying: Saying, change: BoardChange, signal?: AbortSignal): Promise<OverlayReport> {
    const about = change.do === "post" || change.do === "reply" ? undefined : change.id;
    return this.#say(saying, change, about, (engine) => boardFrame(engine, change, this.#planner), signal);
  }

  /** Says something of a poll. */
  inPoll(saying: Saying, change: PollChange, signal?: AbortSignal): Promise<OverlayReport> {
    return this.#say(
      saying,
      change,
      change.do === "new" ? undefined : change.id,
      (engine) => pollFrame(engine, change, this.#planner),
      signal,
    );
  }

  /** Publishes a value of a widget, or commands, said at a time. @throws {UserError} usage: it is none. */
  inDash(
    saying: Saying,
    published: Published,
    stampMs: number,
    signal?: AbortSignal,
  ): Promise<OverlayReport> {
    const asked = "widget" in published ? published.widget : published.commands;
    const planned = (): Planned => ({ ...frameOf(published), stamp: Math.max(1, stampMs) });
    return this.#say(saying, asked, undefined, () => Promise.resolve(planned()), signal);
  }

  /** Sets what a conversation takes. @param after  A stamp below ours. @throws {UserError} usage: beyond the limits. */
  inPace(
    saying: Saying,
    pace: PaceSetting,
    after: number | undefined,
    signal?: AbortSignal,
  ): Promise<OverlayReport> {
    const planned = (): Planned => ({ ...paceFrame(pace), stamp: this.#planner.stampAfter(after) });
    return this.#say(saying, pace, undefined, () => Promise.resolve(planned()), signal);
  }

  async #say(
    { words, ...saying }: Saying & Pick<ListSaying, "words">,
    asked: object,
    about: string | undefined,
    plan: (engine: OverlayEngine) => Promise<Planned>,
    signal?: AbortSignal,
  ): Promise<OverlayReport> {
    const { conversation, key } = saying;
    const written = async () => ({ ...await this.#written(conversation, plan), about });
    const planned = await this.#options.plans.plan(conversation, key, asked, written, words);
    return await this.#send(saying, { ...planned, about }, signal);
  }

  async #send(
    { conversation, waitMs, key, audience }: Saying,
    { text, line, id, about }: PlannedText,
    signal?: AbortSignal,
  ): Promise<OverlayReport> {
    const message = { conversation, text, id, waitMs, key, audience };
    const { state, position, reason } = await this.#options.send(message, signal);
    const named = about ?? await this.#keyAt(conversation, text, position);
    return { id: named, state, position, ...(reason === undefined ? {} : { reason }), line };
  }

  async #written(
    conversation: ConversationId,
    plan: (engine: OverlayEngine) => Promise<Planned>,
  ): Promise<PlannedText> {
    const { pk, kept } = this.#options;
    const { overlay, data, line, parent, stamp, extra = {} } = await kept.use(
      conversation,
      ({ engine }) => plan(engine),
    );
    const p = parent === undefined ? {} : { parent: await this.#nameOf(conversation, parent) };
    const written = (fallback: string): string =>
      encodeOverlay({ overlay, data, fallback, extra: { ...extra, s: stamp }, ...p });
    let text = written(line);
    if (overlay === BULLETIN && utf8(text).length > GO_BODY_BYTES) text = written(boardLine.post(line));
    return { text, line, id: personName(pk, text).slice(0, 16) };
  }

  async #keyAt(conversation: ConversationId, text: string, position: number): Promise<string> {
    const { pk, store } = this.#options;
    if (!conversation.includes("-")) return keyOf("person", personName(pk, text))!;
    const message = await store.messages.get(conversation, position);
    return keyOf("group", await signatureOf(store, conversation, message?.id ?? "") ?? "") ?? "";
  }

  /** What a frame says to hang on a message. */
  async #nameOf(conversation: ConversationId, key: string): Promise<string> {
    const { pk, kept, store } = this.#options;
    const position = await kept.use(conversation, ({ engine }) => engine.positionOf(key));
    const message = position === undefined ? undefined : await store.messages.get(conversation, position);
    if (message === undefined) throw noSuch("thing");
    if (message.via === "group") return (await signatureOf(store, conversation, message.id ?? ""))!;
    return nameOfTwo(message.direction === "out" ? pk : message.peer, message.body, message.id);
  }
}
