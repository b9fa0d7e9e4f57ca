/**
 * Speaking in a group whose founder has a program of the first weeks: it reads nobody's feed, and publishes what it is
 * sent on its port + 1, one message for each stream.
 *
 * @see specification skychat §b.5
 * @module
 */
import { encodeChatFrame, MAX_PAYLOAD_BYTES } from "../../../chat/frame.ts";
import { relayPortOf } from "../../../group/record/address.ts";
import { encodeRelayRequest, readRelayAck } from "../../../group/talk/relay.ts";
import type { Store } from "../../../store/store.ts";
import { within } from "../../../sys/clock.ts";
import type { Random } from "../../../sys/random.ts";
import { toHex } from "../../../wire/bytes.ts";
import { readOneFrame } from "../joining/admission.ts";
import type { AskingOptions } from "../joining/asking.ts";
import { type GroupStream, late } from "../feeds/group_network.ts";
import type { GroupRoom } from "../room/group_room.ts";
import type { GroupId } from "../groups.ts";

/** A dial. */
const DIAL_MS = 15_000;
/** An answer; the very first owners give none, and have it all the same. */
const ACK_MS = 5_000;
/** Until a founder that could not be reached is dialled again. */
const AGAIN_MS = 30_000;
/** A founder whose feed is silent for so long may be an old one all the same. */
const SILENT_MS = 5_000;
/** Messages that wait for one founder; older ones go first. */
const MAX_WAITING = 500;
const ID_BYTES = 8;
/** How many messages are looked at for those that nobody has. */
const LOOKED_BACK = 100;
/** An older one is not sent to a founder by itself any more. */
const DAY_NS = 86_400_000_000_000n;

/** One of our messages. */
export interface RelayedMessage {
  /** Names it. */
  readonly tail: string;
  /** In clear. */
  readonly text: string;
  /** Its time, nanoseconds. */
  readonly tsNs: bigint;
}

/** Our newest messages that nobody is known to have, oldest first. */
export async function queuedMessages(
  store: Store,
  group: GroupId,
): Promise<(RelayedMessage & { readonly position: number })[]> {
  const newest = await store.messages.newest(group, LOOKED_BACK);
  return newest.flatMap(({ id: tail, direction, state, reason, body: text, atNs: tsNs, position }) =>
    // One with a reason came back from others, sealed it may be: that somebody has it would take the reason's place.
    tail !== undefined && direction === "out" && state === "sent" && reason === undefined
      ? [{ tail, text, tsNs, position }]
      : []
  );
}

/** What relays are made of. */
export interface RelaysOptions extends AskingOptions {
  /** Ids of messages. */
  readonly random: Random;
  /** Whether somebody is known to have a message. */
  readonly isKnown: (tail: string) => boolean;
  /** Told when the founder says that it has one. */
  readonly onTaken: (room: GroupRoom, tail: string) => void;
}

/** Sends to old founders what we say in their groups. */
export class Relays {
  readonly #options: RelaysOptions;
  readonly #waiting = new Map<GroupId, RelayedMessage[]>();
  readonly #running = new Set<GroupId>();
  readonly #again = new Map<GroupId, () => void>();

  /** Nothing is sent yet. */
  constructor(options: RelaysOptions) {
    this.#options = options;
  }

  /** Ends all that runs. */
  close(): void {
    for (const group of [...this.#again.keys()]) this.stop(group);
    this.#waiting.clear();
  }

  /** No longer sends anything of a group. */
  stop(group: GroupId): void {
    this.#again.get(group)?.();
    this.#again.delete(group);
    this.#waiting.delete(group);
  }

  /** Sends a message now, where the founder is known to be old; else once its feed has been silent for a while. */
  said(room: GroupRoom, message: RelayedMessage): void {
    if (!this.#put(room, message)) return;
    if (room.ownerAge === "old") void this.#sendAll(room);
    else this.#later(room, SILENT_MS);
  }

  /** Sends what was said in the day before this program began, unless the founder's feed shows it meanwhile. */
  goOn(room: GroupRoom, messages: readonly RelayedMessage[]): void {
    const nowNs = this.#options.clock.wallNs();
    const today = messages.filter(({ tsNs }) => nowNs - tsNs < DAY_NS);
    for (const message of today) if (!this.#put(room, message)) return;
    if (today.length > 0) this.#later(room, AGAIN_MS);
  }

  #put(room: GroupRoom, message: RelayedMessage): boolean {
    if (this.#options.network === undefined || room.ownerAge === "newer") return false;
    const { id } = room.record;
    this.#waiting.set(id, [...this.#waiting.get(id) ?? [], message].slice(-MAX_WAITING));
    return true;
  }

  #later(room: GroupRoom, ms: number): void {
    const { id } = room.record;
    if (this.#again.has(id)) return;
    const cancel = this.#options.clock.after(ms, () => {
      this.#again.delete(id);
      if (!room.isClosed) void this.#sendAll(room);
    });
    this.#again.set(id, cancel);
  }

  /** One after the other, in the order in which they were said. */
  async #sendAll(room: GroupRoom): Promise<void> {
    const { id } = room.record;
    if (this.#running.has(id)) return;
    this.#running.add(id);
    try {
      for (let next = this.#next(room); next !== undefined; next = this.#next(room)) {
        if (!await this.#send(room, next)) return this.#later(room, AGAIN_MS);
        this.#waiting.set(id, (this.#waiting.get(id) ?? []).filter((message) => message !== next));
      }
    } finally {
      this.#running.delete(id);
    }
  }

  /** The oldest that waits and that nobody is known to have. */
  #next(room: GroupRoom): RelayedMessage | undefined {
    const { id } = room.record;
    if (room.isClosed || room.ownerAge === "newer") this.#waiting.delete(id);
    const waiting = (this.#waiting.get(id) ?? []).filter(({ tail }) => !this.#options.isKnown(tail));
    this.#waiting.set(id, waiting);
    return waiting[0];
  }

  /** @returns Whether it was sent; without an answer too: sent again it would be shown twice. Or that it never can be. */
  async #send(room: GroupRoom, message: RelayedMessage): Promise<boolean> {
    const { clock, network, onProblem } = this.#options;
    const messageId = toHex(this.#options.random.bytes(ID_BYTES));
    const { text, tsNs } = message;
    const request = encodeRelayRequest({ sender: this.#options.pk, text, tsNs, messageId });
    if (request.length > MAX_PAYLOAD_BYTES) { // those behind it must not wait for it
      onProblem(new Error(`group ${room.record.id}: a message is too long for the founder's program`));
      return true;
    }
    const { ownerPk: pk, port } = room.record;
    const dialling = new AbortController();
    let stream: GroupStream | undefined;
    try {
      const dial = network!.dial({ pk, port: relayPortOf(port) }, dialling.signal);
      stream = await within(clock, DIAL_MS, dial, () => late(pk));
      await within(clock, ACK_MS, stream.write(encodeChatFrame(request)), () => late(pk));
      const payload = await within(clock, ACK_MS, readOneFrame(stream), () => late(pk)).catch(() =>
        undefined
      );
      const answer = payload && readRelayAck(payload);
      if (answer?.ack !== true || answer.messageId !== messageId || room.isClosed) return true;
      this.#options.onTaken(room, message.tail);
      await room.handle({ kind: "accepted" });
      return true;
    } catch {
      dialling.abort();
      return false; // it is away: again later
    } finally {
      stream?.close();
    }
  }
}
