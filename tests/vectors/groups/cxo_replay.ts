/**
 * Plays recorded frames against a node of ours that takes one side: what the other side wrote goes in, and what comes
 * out must be what was recorded.
 *
 * @module
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { verify } from "../../../lib/crypto/sign.ts";
import { encodeFrame, FrameCutter } from "../../../lib/cxo/connection/frame.ts";
import {
  decodeMessage,
  encodeBody,
  type Message,
  PROTOCOL,
  type RootMessage,
} from "../../../lib/cxo/connection/message.ts";
import { type Leaf, leavesOf } from "../../../lib/cxo/feed/diff.ts";
import { KeptObjects } from "../../../lib/cxo/feed/objects_kept.ts";
import { CxoNode } from "../../../lib/cxo/node/node.ts";
import type { NodeIn } from "../../../lib/cxo/node/types.ts";
import { hashKey, hashOfKey } from "../../../lib/cxo/objects/hash.ts";
import { decodeRoot, topOf } from "../../../lib/cxo/objects/root.ts";
import { toHex } from "../../../lib/wire/bytes.ts";

/** A frame as it was recorded. */
export interface Recorded {
  readonly from: string;
  readonly seq: number;
  readonly rseq: number;
  readonly message: Message;
}

/** Objects by hex name. */
export type ObjectsByName = ReadonlyMap<string, Uint8Array>;

/** What one frame says, without its number: answers name what they answer, requests don't have to be in order. */
const wordsOf = ({ rseq, message }: Pick<Recorded, "rseq" | "message">): string =>
  `${rseq} ${message.type} ${toHex(encodeBody(message))}`;

/** Where a Root stands in its chain. */
function placeOf({ feed, value }: RootMessage): string {
  const { nonce, seq, prev } = decodeRoot(value);
  return `${toHex(feed)} ${nonce} ${seq} ${toHex(prev)}`;
}

/** Messages that our node never sends, though it answers them. */
const NEVER_SENT = ["RqPreview", "RqPeers", "Ping", "Pong"];
/** What our node may close the connection for, as the real one does: some of it before its answer has left. */
const ENDING = ["RqPeers", "Ping", "Pong", "Syn"];
/** The id of a side that refuses the handshake before it says one. */
const NAMELESS = new Uint8Array(33).fill(2);

/** The leaves of a Root, out of objects that were recorded. */
export function leavesOfRoot(value: Uint8Array, objects: ObjectsByName): Leaf[] {
  const top = topOf(decodeRoot(value));
  if (top === undefined) return [];
  const kept = new KeptObjects();
  kept.hold(hashKey(top), "node");
  for (let next = kept.takeWanted(); next !== undefined; next = kept.takeWanted()) {
    const bytes = objects.get(toHex(hashOfKey(next.key)));
    ok(bytes, "an object of the Root was not recorded");
    kept.supply(next, bytes);
  }
  return [...leavesOf(kept, hashKey(top))];
}

/** Whether a side refuses the handshake in place of its id. */
const isRefusal = (frame: Recorded | undefined): boolean => frame?.message.type === "Err";

/** Whether our node could be a side: it speaks its protocol and, when it dials, does so for a feed. */
export function isPlayable(side: string, frames: readonly Recorded[]): boolean {
  const first = frames.find(({ from }) => from === side);
  const other = frames.find(({ from }) => from !== side)?.message;
  if (first === undefined || other === undefined || !("id" in other)) return false;
  const { message } = first;
  if (message.type !== "Syn") return message.type === "Ack" || isRefusal(first);
  return message.protocol === PROTOCOL && frames.some((frame) => frame.message.type === "Sub");
}

/** See {@link Replay.play}. */
export type Exact = "all" | "answers" | "none";

/** One side of a dialogue, played by our node. */
export class Replay {
  readonly #side: string;
  readonly #frames: readonly Recorded[];
  readonly #objects: ObjectsByName;
  readonly #node: CxoNode;
  #nowMs = 0;
  #nowNs = 1n;
  /** What our node wrote and no recorded frame has claimed. */
  readonly #written: { bytes: Uint8Array; seq: number; rseq: number; message: Message }[] = [];
  readonly #cutter = new FrameCutter(() => "take");
  /** The number that our node gave to a frame, by the recorded number. */
  readonly #numbers = new Map<number, number>();
  #isLost = false;
  /** The feed that our node has told the other side it wants, and whether it still does. */
  #wanted: string | undefined;
  #isSubscribed = false;
  readonly #asked = new Set<string>();
  #isClosed = false;
  #peers: string[] = [];

  constructor(side: string, frames: readonly Recorded[], objects: ObjectsByName) {
    [this.#side, this.#frames, this.#objects] = [side, frames, objects];
    const hello = this.#ours.find(({ message }) => message.type === "Syn" || message.type === "Ack")?.message;
    ok(hello !== undefined || isRefusal(this.#ours[0]), "the side does not say its id");
    this.#node = new CxoNode({
      id: hello !== undefined && "id" in hello ? hello.id.slice() : NAMELESS,
      wallNs: () => this.#nowNs,
      random: { fraction: () => 0 },
      scheme: { verify, sign: (encoded) => this.#recordedSignature(encoded) },
    });
  }

  get #ours(): Recorded[] {
    return this.#frames.filter(({ from }) => from === this.#side);
  }

  get #theirs(): Recorded[] {
    return this.#frames.filter(({ from }) => from !== this.#side);
  }

  /** Signing is random: what our node signs must be what was recorded, and gets the signature of then. */
  #recordedSignature(encoded: Uint8Array): Uint8Array {
    const hex = toHex(encoded);
    for (const { message } of this.#ours) {
      if (message.type === "Root" && toHex(message.value) === hex) return message.signature;
    }
    ok(this.#isLost, "our node signs a Root that was not recorded");
    return new Uint8Array(65); // the empty Root of an owner that lost its state: never shown
  }

  /**
   * Plays all frames.
   * @param exact  Which of our frames must be the recorded ones byte by byte, numbers and order included; `answers`: all
   *   but requests for objects, which ours sends many at a time.
   */
  play(exact: Exact): void {
    this.#setUp();
    let shown = 0;
    for (const frame of this.#frames) {
      if (frame.from !== this.#side) this.#feed(frame);
      else if (!NEVER_SENT.includes(frame.message.type)) this.#expect(frame, exact, shown++);
    }
    const more = this.#written.filter(({ rseq, message }) =>
      !this.#asksForUnrecorded(message) && !this.#isShownAgain(message) && !this.#isOvertaken(rseq, message)
    );
    deepStrictEqual(more.map(wordsOf), [], "our node wrote more than was recorded");
  }

  #setUp(): void {
    const hello = this.#theirs.find(({ message }) => message.type === "Syn" || message.type === "Ack");
    const peer = toHex((hello!.message as Message & { type: "Ack" }).id);
    const sub = this.#wantedBy(this.#ours, this.#theirs);
    const served = this.#wantedBy(this.#theirs, this.#ours);
    const named = this.#frames.find(({ message }) => message.type === "RqPreview")?.message;
    const pk = sub ?? served ?? (named && "feed" in named ? toHex(named.feed) : this.#node.pk);
    this.#wanted = sub;
    const ourRoot = this.#ours.find(({ message }) => message.type === "Root")?.message as
      | RootMessage
      | undefined;
    if (pk === this.#node.pk) this.#own(ourRoot);
    else {
      this.#put({ kind: "follow", feed: pk, peers: sub ? [peer] : [] });
      if (ourRoot) {
        this.#put({ kind: "load", root: ourRoot, leaves: leavesOfRoot(ourRoot.value, this.#objects) });
      }
    }
    this.#peers = [peer];
    const dialled = this.#ours.some(({ message }) => message.type === "Syn");
    this.#put({ kind: "open", conn: 1, peer, dialled });
  }

  /** The feed for which one side asks the other: of several the one that it is let have. */
  #wantedBy(asking: readonly Recorded[], asked: readonly Recorded[]): string | undefined {
    const subs = asking.filter(({ message }) => message.type === "Sub");
    const isOk = ({ seq }: Recorded) =>
      asked.some(({ rseq, message }) => rseq === seq && message.type === "Ok");
    const message = (subs.find(isOk) ?? subs[0])?.message;
    return message?.type === "Sub" ? toHex(message.feed) : undefined;
  }

  /** Our own feed: with its first Root, or with nothing when the other side has a Root of it before us. */
  #own(first: RootMessage | undefined): void {
    const theirs = this.#theirs.find(({ message }) => message.type === "Root")?.message as
      | RootMessage
      | undefined;
    this.#isLost = theirs !== undefined && (first === undefined || theirs.seq < first.seq);
    if (this.#isLost) return this.#put({ kind: "own", durable: true });
    ok(first, "the owner shows no Root");
    const root = decodeRoot(first.value);
    this.#nowNs = root.timeNs;
    const head = { nonce: root.nonce, seq: root.seq - 1n, timeNs: root.timeNs - 1n, hash: root.prev };
    const leaves = leavesOfRoot(first.value, this.#objects);
    this.#put({ kind: "own", leaves, ...(root.seq > 0n ? { head } : {}) });
  }

  /** @param mayEnd  Whether our node may close the connection for it. */
  #put(input: NodeIn, mayEnd = false): void {
    for (const out of this.#node.handle(input, this.#nowMs)) {
      if (out.kind === "close") {
        ok(mayEnd, `our node closes: ${out.error?.message ?? "in order"}`);
        this.#isClosed = true;
      }
      if (out.kind !== "write") continue;
      const bytes = out.bytes;
      this.#cutter.push(bytes, ({ seq, rseq, type }, body) => {
        this.#written.push({ bytes, seq, rseq, message: decodeMessage(type, body.slice()) });
      });
    }
  }

  #feed({ seq, rseq, message }: Recorded): void {
    if (this.#isClosed) return;
    if (message.type === "Root") this.#wait(200); // faster than a peer's Roots are looked at
    const ours = rseq === 0 ? 0 : this.#numbers.get(rseq) ?? 0xffffffff;
    this.#put(
      { kind: "bytes", conn: 1, bytes: encodeFrame(seq, ours, message) },
      ENDING.includes(message.type),
    );
  }

  /** A frame that our node must have written by now, or writes after what leads to it. */
  #expect(frame: Recorded, exact: Exact, index: number): void {
    const isNeeded = this.#isNeeded(frame.message);
    if (this.#find(frame) < 0 && isNeeded) this.#lead(frame);
    const at = this.#find(frame);
    if (at < 0 && !isNeeded) return;
    ok(at >= 0, `our node does not write ${frame.message.type} in place of frame ${frame.seq}`);
    const [written] = this.#written.splice(at, 1);
    this.#numbers.set(frame.seq, written.seq);
    if (exact === "none" || (exact === "answers" && frame.message.type === "RqObject")) return;
    deepStrictEqual(
      [exact === "all" ? at : 0, toHex(written.bytes)],
      [0, toHex(encodeFrame(frame.seq, frame.rseq, frame.message))],
      `frame ${index} is not the recorded one`,
    );
  }

  /** Ours asks for a feed once, for no other one, for an object once, and for none when it follows nobody. */
  #isNeeded(message: Message): boolean {
    switch (message.type) {
      case "Sub":
      case "Unsub": {
        const isSub = message.type === "Sub";
        if (toHex(message.feed) !== this.#wanted || this.#isSubscribed === isSub) return false;
        this.#isSubscribed = isSub;
        return true;
      }
      case "RqObject": {
        const name = toHex(message.hash);
        if (this.#asked.has(name) || !this.#hasRootToFill()) return false;
        this.#asked.add(name);
        return true;
      }
      default:
        return true;
    }
  }

  /** A Root comes to who subscribes, and to an owner who lost its own; who asks for a preview is none of ours. */
  #hasRootToFill(): boolean {
    return this.#wanted !== undefined ||
      this.#theirs.some(({ message, rseq }) => message.type === "Root" && rseq === 0);
  }

  /** The close of a peer that ends the connection mostly comes before its Err. */
  #isOvertaken(rseq: number, { type }: Message): boolean {
    const asked = this.#theirs.find(({ seq }) => seq === rseq);
    return type === "Err" && asked !== undefined && ENDING.includes(asked.message.type);
  }

  /** A second Sub is answered with the Root as well, where the real node of 2019 says Ok alone. */
  #isShownAgain(message: Message): boolean {
    return message.type === "Root" &&
      this.#ours.some((frame) =>
        frame.message.type === "Root" && toHex(frame.message.value) === toHex(message.value)
      );
  }

  /** A recording may end with a Root of which nobody fetched anything. */
  #asksForUnrecorded(message: Message): boolean {
    if (message.type !== "RqObject") return false;
    const isRoot = (frame: Recorded) => frame.from !== this.#side && frame.message.type === "Root";
    const behind = this.#frames.slice(this.#frames.findLastIndex(isRoot));
    return !this.#objects.has(toHex(message.hash)) ||
      !behind.some((frame) => frame.from === this.#side && frame.message.type === "RqObject");
  }

  #isUnrecorded(message: Message): boolean {
    if (message.type !== "Root") return false;
    const top = topOf(decodeRoot(message.value));
    return top !== undefined && !this.#objects.has(toHex(top));
  }

  #find(frame: Recorded): number {
    if (this.#isUnrecorded(frame.message)) {
      const place = placeOf(frame.message as RootMessage);
      return this.#written.findIndex(({ rseq, message }) =>
        rseq === frame.rseq && message.type === "Root" && placeOf(message) === place
      );
    }
    const words = wordsOf(frame);
    return this.#written.findIndex((written) => wordsOf(written) === words);
  }

  /** Does what makes a side write a frame by itself. */
  #lead({ message }: Recorded): void {
    if (message.type === "RqList") this.#wait(30_000);
    else if (message.type === "Sub") {
      this.#put({ kind: "follow", feed: toHex(message.feed), peers: this.#peers });
    } else if (message.type === "Unsub") this.#put({ kind: "unfollow", feed: toHex(message.feed) });
    else if (message.type === "Root") this.#publish(message);
  }

  #publish(message: RootMessage): void {
    this.#nowNs = decodeRoot(message.value).timeNs;
    if (this.#isLost) {
      this.#put({ kind: "committed" }); // of the Root that nobody saw
      return this.#put({ kind: "committed" });
    }
    const before = new Set(this.#node.feeds.get(this.#node.pk)!.publisher!.paths(""));
    for (const { path, value } of leavesOfRoot(message.value, this.#objects)) {
      before.delete(path);
      this.#put({ kind: "put", path, value });
    }
    for (const path of before) this.#put({ kind: "prune", path });
    this.#put({ kind: "publish" });
  }

  #wait(ms: number): void {
    this.#nowMs += ms;
    if ((this.#node.deadlineMs ?? Infinity) <= this.#nowMs) this.#put({ kind: "tick" });
  }
}
