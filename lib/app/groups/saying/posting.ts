/**
 * What we say in a group: it is kept, published, and waited for until somebody has it.
 *
 * @see lib/app/README.md "Groups", "Said once"
 * @module
 */
import { MAX_PAYLOAD_BYTES } from "../../../chat/frame.ts";
import { checkExcess } from "../../../chat/outgoing.ts";
import type { KeyPair, PublicKeyHex } from "../../../crypto/keys.ts";
import type { GroupMessage, GroupOut } from "../../../group/group_types.ts";
import { clearBytes, MAX_CLEAR_BYTES } from "../../../group/talk/leaf.ts";
import { type GroupRecord, membersOf, postRefusal } from "../../../group/record/record.ts";
import type { Change, Store } from "../../../store/store.ts";
import type { Clock } from "../../../sys/clock.ts";
import { utf8 } from "../../../wire/bytes.ts";
import { UserError } from "../../../wire/errors.ts";
import { formatGoTime } from "../../../wire/go_time.ts";
import type { Said } from "../../said.ts";
import { type GroupAudience, readersOf, strangerIn } from "./audience.ts";
import { inheritedAudience } from "./inherited.ts";
import { takenWhole } from "../feeds/feed_node.ts";
import { refusal } from "../group_errors.ts";
import type { GroupRoom } from "../room/group_room.ts";
import type { GroupId, Groups, GroupSendReport } from "../groups.ts";
import { nanosOf } from "../room/message_id.ts";
import type { OpenGroups } from "../open_groups.ts";
import { hearOthers } from "../threads/reading.ts";

/** A message of ours that is kept. */
interface Told {
  readonly tail: string;
  readonly tsNs: bigint;
  readonly position: number;
  /** Others had it before this program began: it is known of the message alone. */
  readonly isKnown?: boolean;
}

type Asked = Parameters<Groups["send"]>[0];

interface PostingOptions {
  readonly own: KeyPair;
  readonly clock: Clock;
  readonly store: Store;
  /** Whether this program stays. */
  readonly resident: boolean;
  /** What was said under keys. */
  readonly said: Said;
}

/** So often it is looked who is still reached: that somebody is not, or has gone, is no evidence. */
const LOOK_MS = 100;
/** Whoever had it at the last moment is given so long for what it reads beside it. */
const LAST_MS = 1_000;

/** Members that are connected, or may yet be: the first try to reach them goes on. */
const reachable = ({ feeds, record }: GroupRoom): PublicKeyHex[] =>
  membersOf(record).filter((pk) => {
    const state = feeds?.state(pk);
    return state?.connected === true || state?.reaching === true;
  });

/** Whether there is somebody who may have what we say: another member, or the node that holds our feed. */
const hasOthers = ({ record, extra }: GroupRoom, own: PublicKeyHex): boolean =>
  extra.holder !== "" || membersOf(record).some((pk) => pk !== own);

const isIn = ({ record: { status } }: GroupRoom): boolean => status === "active" || status === "pending";

/** What fits a message to a person fits one to a group, unless in clear it is far longer as JSON. */
function checkGroupText(text: string, { mode }: GroupRecord): void {
  if (text === "") throw new UserError("The text is empty", { kind: "usage", hint: "Say something." });
  checkExcess(utf8(text).length - MAX_PAYLOAD_BYTES);
  const excess = mode === "private" ? 0 : clearBytes(text) - MAX_CLEAR_BYTES;
  if (excess <= 0) return;
  throw new UserError(
    `The message is ${excess} bytes too long: <, >, & and unseen characters count six times`,
    {
      kind: "usage",
      hint: "Send it in parts, or as a file.",
    },
  );
}

/** Says things in the groups of one identity. */
export class Posting {
  readonly #open: OpenGroups;
  readonly #options: PostingOptions;

  /** For groups that are open. */
  constructor(open: OpenGroups, options: PostingOptions) {
    this.#open = open;
    this.#options = options;
  }

  /** See {@link Groups.send}. */
  async send(
    { group, text, waitMs, all = false, key, audience, replyTo }: Parameters<Groups["send"]>[0],
    signal?: AbortSignal,
  ): Promise<GroupSendReport> {
    const { clock, own } = this.#options;
    const find = (): GroupRoom => this.#open.room(group);
    const startMs = clock.nowMs();
    signal?.throwIfAborted();
    checkGroupText(text, find().record);
    await this.#open.asking.settle(find, waitMs, signal);
    // Who might not speak when its last program ended may have been allowed to since; whom it names may have come in.
    const isRefused = (): boolean =>
      postRefusal(find().record, own.pk) !== undefined ||
      strangerIn(audience ?? {}, find().record) !== undefined;
    const isHindered = (): boolean => isIn(find()) && isRefused();
    const hearing = { find, while: isHindered, sinceMs: startMs, untilMs: startMs + waitMs };
    await hearOthers(this.#open, { ...this.#options, own: own.pk }, hearing, signal);
    const room = find(); // an answer may have made it a D2 group
    const readers = () => this.#readers(room, { text, audience, replyTo });
    const { tail, tsNs, position, isKnown } = key === undefined
      ? await this.#say(room, text, await readers())
      : await this.#sayOnce(room, { text, audience }, key, readers);
    const { evidence } = this.#open.posted;
    const isKept = (): boolean => isKnown || evidence.of(tail).length > 0;
    const allHave = (): boolean => {
      const has = new Set(evidence.of(tail).map(({ pk }) => pk));
      return isKept() && reachable(room).every((pk) => has.has(pk));
    };
    const untilMs = startMs + waitMs;
    const isWaited = waitMs > 0 && room.feeds !== undefined && hasOthers(room, own.pk);
    const isOver = (): boolean => clock.nowMs() >= untilMs || evidence.isClosed || signal?.aborted === true;
    while (isWaited && !isKept() && isIn(room) && !isOver()) {
      await evidence.wait(tail, isKept, Math.min(LOOK_MS, untilMs - clock.nowMs()), signal);
    }
    // It was decided while our program was off, and nobody has this.
    if (!isKept() && !isIn(room)) {
      await this.#takeBack(room, { tail, tsNs }, key);
      throw refusal("not a member", room.record);
    }
    while (all && isKept() && !allHave() && !isOver()) {
      await evidence.wait(tail, allHave, Math.min(LOOK_MS, untilMs - clock.nowMs()), signal);
    }
    const isLeaving = isWaited && !isKnown && !this.#options.resident;
    if (isLeaving && isKept()) {
      await takenWhole(room.feeds, clock, Math.max(untilMs, clock.nowMs() + LAST_MS), signal);
    }
    return {
      state: isKept() ? "kept-by-others" : "queued",
      id: tail,
      ts: formatGoTime(tsNs),
      tsNano: tsNs.toString(),
      position,
      evidence: evidence.of(tail),
      ms: Math.round(clock.nowMs() - startMs),
    };
  }

  /** As is said, else as what it hangs on, else as the group's default is. @throws {UserError} usage. */
  async #readers(
    { record, extra }: GroupRoom,
    { text, audience, replyTo }: Pick<Asked, "text" | "audience" | "replyTo">,
  ): Promise<PublicKeyHex[]> {
    const { own, store } = this.#options;
    if (record.keys !== "d2") {
      if (audience === undefined) return [];
      throw refusal("not d2", record);
    }
    const inherited = await inheritedAudience(store, record.id, text, replyTo);
    if (audience !== undefined) {
      const readers = readersOf(audience, record, own.pk);
      const isWider = readers.length === 0 || readers.some((pk) => pk !== own.pk && !inherited?.includes(pk));
      if (inherited !== undefined && isWider) throw wider();
      return readers;
    }
    if (inherited !== undefined) {
      // Who is out meanwhile reads nothing more; with nobody left it is for ourselves, and not for everybody.
      const readers = inherited.filter((pk) => membersOf(record).includes(pk));
      return readers.length === 0 ? [own.pk] : readers;
    }
    return readersOf(extra.audience, record, own.pk);
  }

  async #sayOnce(
    room: GroupRoom,
    { text, audience }: Pick<Asked, "text" | "audience">,
    key: string,
    readers: () => Promise<PublicKeyHex[]>,
  ): Promise<Told> {
    const { id } = room.record;
    let fresh: Told | undefined;
    const asked = audience === undefined ? text : JSON.stringify([text, named(audience)]);
    const tail = await this.#options.said.once(id, key, asked, async (keep) => {
      fresh = await this.#say(room, text, await readers(), async (outs) => {
        const message = messageIn(outs);
        return message === undefined ? [] : await keep(message.tail);
      });
      return fresh.tail;
    });
    return fresh ?? await this.#told(id, tail);
  }

  /** What was said before; perhaps it was deleted since. Nobody waits for the first who has it after a restart. */
  async #told(group: GroupId, tail: string): Promise<Told> {
    const message = await this.#options.store.messages.byId(group, "out", tail, { deep: true });
    const position = message?.position ?? 0;
    const isKnown = message?.state === "received" || message?.state === "read";
    if (position > 0 && !isKnown) this.#open.posted.add(tail, { peer: group, position });
    return { tail, tsNs: BigInt(nanosOf(tail)), position, isKnown };
  }

  /** What is refused stays so when we are let in again, and its key is free: its caller says it anew then. */
  async #takeBack(
    room: GroupRoom,
    { tail, tsNs }: Pick<Told, "tail" | "tsNs">,
    key: string | undefined,
  ): Promise<void> {
    const unsend = async (rows: readonly Change[] = []): Promise<void> => {
      await room.handle(
        { kind: "unsend", tsNs, outside: true },
        (outs) => Promise.resolve(outs.some(({ kind }) => kind === "refused") ? [] : rows),
      );
    };
    if (key === undefined) await unsend();
    else await this.#options.said.unsay(room.record.id, key, tail, unsend);
  }

  async #say(
    room: GroupRoom,
    text: string,
    audience: readonly PublicKeyHex[],
    beside?: Parameters<GroupRoom["handle"]>[1],
  ): Promise<Told> {
    const { refused, positions, outs } = await room.handle({ kind: "post", text, audience }, beside);
    if (refused !== undefined) throw refusal(refused, room.record);
    const { tail, tsNs } = messageIn(outs)!;
    this.#open.relays.said(room, { tail, text, tsNs });
    return { tail, tsNs, position: positions.get(tail) ?? 0 };
  }
}

/** An audience as it was asked for, in whatever order: who decides may be somebody else when it is asked again. */
const named = ({ to = [], except = [] }: GroupAudience) => ({
  to: [...to].sort(),
  except: [...except].sort(),
});

const wider = (): UserError =>
  new UserError("What this hangs on is not for everybody whom you name", {
    kind: "usage",
    hint: "Name fewer, or leave the audience out: it is the same as before then.",
  });

const messageIn = (outs: readonly GroupOut[]): GroupMessage | undefined =>
  outs.find((out) => out.kind === "message")?.message;
