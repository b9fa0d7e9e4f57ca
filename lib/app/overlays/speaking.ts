/**
 * What we say in lists, bulletins and polls: a change becomes a frame with its line, and is sent.
 *
 * @see lib/overlay/README.md "Stamps"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { OverlayEngine } from "../../overlay/engine.ts";
import { postRowOf } from "../../overlay/folds/board_rows.ts";
import { MAX_ITEM_CHARS } from "../../overlay/folds/list.ts";
import { gapIn, itemOf, itemsOf, listOf } from "../../overlay/folds/list_rows.ts";
import { MAX_CHOICES, MAX_QUESTION_CHARS } from "../../overlay/folds/poll.ts";
import { pollOf } from "../../overlay/folds/poll_rows.ts";
import { BULLETIN, encodeOverlay, LIST, POLL } from "../../overlay/frame.ts";
import { keyOf, personName } from "../../overlay/names.ts";
import { rankBetween } from "../../overlay/rank.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import { utf8 } from "../../wire/bytes.ts";
import { UserError } from "../../wire/errors.ts";
import { parseGoTime } from "../../wire/go_time.ts";
import { signatureOf } from "../groups/kept_groups.ts";
import { dashFrame } from "./dash_frame.ts";
import type { KeptOverlays } from "./kept_overlays.ts";
import { boardLine, GO_BODY_BYTES, listLine, pollLine } from "./lines.ts";
import type { WidgetUpdate } from "./widget_views.ts";
import type {
  BoardChange,
  ConversationId,
  ListChange,
  OverlayReport,
  PollChange,
  Saying,
} from "./overlays.ts";

/** Characters of a post: its frame must be read again, and fit a message. */
const MAX_POST_CHARS = 15_000;

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
  /** Time. */
  readonly clock: Pick<Clock, "wallNs">;
  /** Keeps and sends a text; to a peer under an id, later when it can't now. */
  readonly send: (
    message: { conversation: ConversationId; text: string; id: string; waitMs: number },
    signal?: AbortSignal,
  ) => Promise<Sent>;
}

/** A frame to be sent. */
interface Planned {
  readonly overlay: number;
  readonly data: string;
  readonly line: string;
  /** The key of what it hangs on. */
  readonly parent?: string;
  readonly stamp: number;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Says things. */
export class Speaking {
  readonly #options: SpeakingOptions;

  /** Nothing happens by itself. */
  constructor(options: SpeakingOptions) {
    this.#options = options;
  }

  /** Says something in a list. */
  inList(saying: Saying, change: ListChange, signal?: AbortSignal): Promise<OverlayReport> {
    return this.#say(
      saying,
      "id" in change ? change.id : undefined,
      (engine) => this.#listFrame(engine, change),
      signal,
    );
  }

  /** Says something in a bulletin. */
  inBoard(saying: Saying, change: BoardChange, signal?: AbortSignal): Promise<OverlayReport> {
    const about = change.do === "post" || change.do === "reply" ? undefined : change.id;
    return this.#say(saying, about, (engine) => this.#boardFrame(engine, change), signal);
  }

  /** Says something of a poll. */
  inPoll(saying: Saying, change: PollChange, signal?: AbortSignal): Promise<OverlayReport> {
    return this.#say(
      saying,
      change.do === "new" ? undefined : change.id,
      (engine) => this.#pollFrame(engine, change),
      signal,
    );
  }

  /** Publishes a value of a widget. @throws {UserError} usage: it is none. */
  inDash(saying: Saying, update: WidgetUpdate, signal?: AbortSignal): Promise<OverlayReport> {
    const planned = (): Planned => ({ ...dashFrame(update), stamp: this.#stampAfter() });
    return this.#say(saying, undefined, () => Promise.resolve(planned()), signal);
  }

  async #say(
    { conversation, waitMs }: Saying,
    about: string | undefined,
    plan: (engine: OverlayEngine) => Promise<Planned>,
    signal?: AbortSignal,
  ): Promise<OverlayReport> {
    const { pk, kept, send, store } = this.#options;
    const { overlay, data, line, parent, stamp, extra = {} } = await kept.use(
      conversation,
      ({ engine }) => plan(engine),
    );
    const p = parent === undefined ? {} : { parent: await this.#nameOf(conversation, parent) };
    const written = (fallback: string): string =>
      encodeOverlay({ overlay, data, fallback, extra: { ...extra, s: stamp }, ...p });
    let text = written(line);
    if (overlay === BULLETIN && utf8(text).length > GO_BODY_BYTES) text = written(boardLine.post(line));
    const name = personName(pk, text);
    const { state, position, reason } = await send(
      { conversation, text, id: name.slice(0, 16), waitMs },
      signal,
    );
    const id = about ?? await this.#keyAt(conversation, name, position, store);
    return { id, state, position, ...(reason === undefined ? {} : { reason }), line };
  }

  async #keyAt(conversation: ConversationId, name: string, position: number, store: Store): Promise<string> {
    if (!conversation.includes("-")) return keyOf("person", name)!;
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
    const name = personName(message.direction === "out" ? pk : message.peer, message.body);
    return message.id === name.slice(0, 16) ? message.id : name;
  }

  /** Later than what we know of the same thing, whatever the clock says. */
  #stampAfter(...known: (number | undefined)[]): number {
    const nowMs = Number(this.#options.clock.wallNs() / 1_000_000n);
    return Math.max(nowMs, 1, ...known.map((stamp) => (stamp ?? 0) + 1));
  }

  async #listFrame(engine: OverlayEngine, change: ListChange): Promise<Planned> {
    const tree = engine.tree("list");
    const frame = (line: string, stamp: number, data: unknown, parent?: string): Planned => ({
      overlay: LIST,
      data: JSON.stringify(data),
      line,
      stamp,
      ...(parent === undefined ? {} : { parent }),
    });
    if (change.do === "new") {
      checkText(change.text, MAX_ITEM_CHARS);
      return frame(listLine.new(change.text), this.#stampAfter(), { l: change.text, a: "new" });
    }
    if (change.do === "add") {
      checkText(change.text, MAX_ITEM_CHARS);
      const list = await listOf(tree, change.list);
      if (list === undefined) throw noSuch("list");
      const last = (await itemsOf(tree, list.key, { limit: 1, skip: Math.max(0, list.items - 1) })).rows[0];
      const data = { l: list.name, a: "add", i: change.text };
      const stamp = this.#stampAfter(list.stamp, last?.stamp);
      return frame(listLine.add(list.name, change.text), stamp, data, list.key);
    }
    const { id } = change;
    if (change.do === "restore") {
      return frame(listLine.restore(), this.#stampAfter(await lastGone(engine, id)), { a: "restore" }, id);
    }
    const item = await itemOf(tree, id);
    const list = await listOf(tree, item?.list ?? id);
    if (list === undefined) throw noSuch("list or item");
    const isAbout = (kind: "list" | "item"): void => {
      if ((kind === "item") !== (item !== undefined)) throw noSuch(kind);
    };
    const stamp = this.#stampAfter(item?.last.stamp ?? list.last.stamp);
    switch (change.do) {
      case "check":
      case "uncheck":
        isAbout("item");
        return frame(listLine[change.do](list.name, item!.text), stamp, {
          a: change.do === "check" ? "done" : "undone",
        }, id);
      case "remove":
        return frame(listLine.remove(list.name, item?.text), stamp, { a: "remove" }, id);
      case "archive":
      case "unarchive":
        isAbout("list");
        return frame(listLine[change.do](list.name), stamp, { a: change.do }, id);
      case "rename":
        checkText(change.text, MAX_ITEM_CHARS);
        return frame(listLine.rename(list.name, item?.text, change.text), stamp, {
          a: "rename",
          i: change.text,
        }, id);
      case "assign": {
        isAbout("item");
        const { assignee = "" } = change;
        return frame(
          listLine.assign(list.name, item!.text, assignee),
          stamp,
          { a: "assign", w: assignee },
          id,
        );
      }
      case "move": {
        isAbout("item");
        const { to, beside } = change;
        if ((to === "before" || to === "after") && beside === undefined) {
          throw noSuch("item beside which to put it");
        }
        const gap = await gapIn(
          tree,
          list.key,
          to === "top" || to === "bottom" ? { at: to } : { at: to, item: beside! },
        );
        if (gap === undefined) throw noSuch("item beside which to put it");
        const rank = rankBetween(...gap);
        if (rank === undefined) {
          throw new UserError("There is no room left between those two", {
            kind: "usage",
            hint: "Move one of them to the top or the bottom first.",
          });
        }
        return frame(listLine.move(list.name, item!.text), stamp, { a: "move", r: rank }, id);
      }
    }
  }

  async #boardFrame(engine: OverlayEngine, change: BoardChange): Promise<Planned> {
    const tree = engine.tree("board");
    const frame = (
      line: string,
      data: string,
      stamp: number,
      extra: Record<string, unknown> = {},
      parent?: string,
    ): Planned => ({
      overlay: BULLETIN,
      data,
      line,
      stamp,
      extra,
      ...(parent === undefined ? {} : { parent }),
    });
    if ("text" in change) checkPost(change.text);
    if (change.do === "post") {
      return frame(change.text, change.text, this.#stampAfter(), endOf(change.expires));
    }
    const found = await postRowOf(tree, change.id);
    if (found === undefined) throw noSuch("post");
    const { row } = found;
    if (change.do === "reply") {
      return frame(change.text, change.text, this.#stampAfter(row.stamp), {}, row.key);
    }
    if (change.do === "pin" || change.do === "unpin") {
      if (found.root !== row.key) throw noSuch("post of its own (an answer can't be pinned)");
      const last = await tree.last(`o/${row.key}/pin/${this.#options.pk}/`);
      const stamp = this.#stampAfter(row.stamp, last && parseInt(last.key.split("/")[4], 16));
      return frame(boardLine[change.do](row.text ?? ""), "", stamp, { a: change.do }, row.key);
    }
    if (row.author !== this.#options.pk) {
      throw new UserError("Only its author changes a post", { kind: "refused", hint: "Answer it instead." });
    }
    const stamp = this.#stampAfter(row.stamp, row.edited);
    if (change.do !== "edit") return frame(boardLine.withdraw(), "", stamp, { a: "withdraw" }, row.key);
    const end = change.expires === undefined ? row.expires && { x: row.expires } : endOf(change.expires);
    return frame(boardLine.edit(change.text), change.text, stamp, { a: "edit", ...end }, row.key);
  }

  async #pollFrame(engine: OverlayEngine, change: PollChange): Promise<Planned> {
    const tree = engine.tree("poll");
    const frame = (line: string, data: unknown, stamp: number, parent?: string): Planned => ({
      overlay: POLL,
      data: JSON.stringify(data),
      line,
      stamp,
      ...(parent === undefined ? {} : { parent }),
    });
    if (change.do === "new") {
      const { text, choices, many = false, until } = change;
      for (const one of [text, ...choices]) checkText(one, MAX_QUESTION_CHARS);
      if (choices.length < 2 || choices.length > MAX_CHOICES) {
        throw usage(`A poll has 2 to ${MAX_CHOICES} choices`, "Name them after the question.");
      }
      const end = endOf(until).x;
      const data = {
        a: "new",
        q: text,
        c: choices,
        ...(many ? { m: true } : {}),
        ...(end === undefined ? {} : { u: end }),
      };
      return frame(pollLine.new(text, choices), data, this.#stampAfter());
    }
    const poll = await pollOf(tree, change.id);
    if (poll === undefined) throw noSuch("poll");
    const { question, choices, many, key, stamp, author, until, isClosed } = poll;
    const last = await tree.last(`o/${key}/${this.#options.pk}/`);
    const at = this.#stampAfter(stamp, last && parseInt(last.key.split("/")[3], 16));
    if (isClosed || until !== undefined && until <= at) {
      throw new UserError("This poll is over", { kind: "refused", hint: "`dmsg poll ls` has its result." });
    }
    if (change.do === "close") {
      if (author === this.#options.pk) return frame(pollLine.close(question), { a: "close" }, at, key);
      throw new UserError("Only who asked closes a poll", { kind: "refused", hint: "It stays open." });
    }
    const votes = [...new Set(change.votes)].sort((a, b) => a - b);
    if (votes.some((choice) => choices[choice] === undefined)) {
      throw usage("There is no such choice", `It has the choices 1 to ${choices.length}.`);
    }
    if (votes.length > 1 && !many) throw usage("This poll takes one choice", "Name one.");
    return frame(
      pollLine.vote(question, votes.map((choice) => choices[choice].text)),
      { a: "vote", v: votes },
      at,
      key,
    );
  }
}

/** When a thing was last removed or brought back. */
async function lastGone(engine: OverlayEngine, key: string): Promise<number> {
  const last = await engine.tree("list").last(`o/${key}/gone/`);
  if (last === undefined) throw noSuch("removed list or item");
  return parseInt(last.key.split("/")[3], 16);
}

function endOf(expires: string | undefined): { x?: number } {
  if (expires === undefined) return {};
  try {
    return { x: Number(parseGoTime(expires) / 1_000_000n) };
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof RangeError)) throw cause;
    throw usage("The end is no RFC 3339 time", "For example 2026-12-24T18:00:00Z.");
  }
}

function checkText(text: string, most: number): void {
  if (text.trim() === "" || /[\r\n]/.test(text)) {
    throw usage("A name is one line that is not empty", "Write it in one line.");
  }
  if (text.length > most) throw usage(`A name has at most ${most} characters`, "Shorten it.");
}

function checkPost(text: string): void {
  if (text.trim() === "") throw usage("An empty post can't be sent", "Say something.");
  if (text.length > MAX_POST_CHARS) {
    throw usage(
      `A post has at most ${MAX_POST_CHARS} characters`,
      "Send the rest as an answer, or as a file.",
    );
  }
}

/** Nothing here has that name. */
export const noSuch = (what: string): UserError =>
  usage(
    `There is no such ${what}`,
    "`dmsg list`, `dmsg board` and `dmsg poll` show what there is, with --json their ids.",
  );

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
