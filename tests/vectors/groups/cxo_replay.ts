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
const NEVER_SENT = ["RqPreview"];

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

  constructor(side: string, frames: readonly Recorded[], objects: ObjectsByName) {
    [this.#side, this.#frames, this.#objects] = [side, frames, objects];
    const hello = this.#ours.find(({ message }) => message.type === "Syn" || message.type === "Ack")?.message;
    ok(hello?.type === "Syn" || hello?.type === "Ack", "the side does not say its id");
    this.#node = new CxoNode({
      id: hello.id.slice(),
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
    const more = this.#written.filter(({ message }) => !this.#asksForUnrecorded(message));
    deepStrictEqual(more.map(wordsOf), [], "our node wrote more than was recorded");
  }

  #setUp(): void {
    const hello =
      this.#theirs.find(({ message }) => message.type === "Syn" || message.type === "Ack")!.message;
    const peer = toHex((hello as Message & { type: "Ack" }).id);
    const sub = this.#ours.find(({ message }) => message.type === "Sub")?.message;
    const served = this.#theirs.find(({ message }) => message.type === "Sub")?.message;
    const feed = sub ?? served;
    ok(feed?.type === "Sub", "nobody subscribes");
    const pk = toHex(feed.feed);
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
    const dialled = this.#ours.some(({ message }) => message.type === "Syn");
    this.#put({ kind: "open", conn: 1, peer, dialled });
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

  #put(input: NodeIn): void {
    for (const out of this.#node.handle(input, this.#nowMs)) {
      if (out.kind === "close") throw new Error(`our node closes: ${out.error?.message ?? "in order"}`);
      if (out.kind !== "write") continue;
      const bytes = out.bytes;
      this.#cutter.push(bytes, ({ seq, rseq, type }, body) => {
        this.#written.push({ bytes, seq, rseq, message: decodeMessage(type, body.slice()) });
      });
    }
  }

  #feed({ seq, rseq, message }: Recorded): void {
    if (message.type === "Root") this.#wait(200); // faster than a peer's Roots are looked at
    const ours = rseq === 0 ? 0 : this.#numbers.get(rseq) ?? 0xffffffff;
    this.#put({ kind: "bytes", conn: 1, bytes: encodeFrame(seq, ours, message) });
  }

  /** A frame that our node must have written by now, or writes after what leads to it. */
  #expect(frame: Recorded, exact: Exact, index: number): void {
    if (this.#find(frame) < 0) this.#lead(frame);
    const at = this.#find(frame);
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

  /** A recording may end with a Root of which nobody fetched anything. */
  #asksForUnrecorded(message: Message): boolean {
    return message.type === "RqObject" && !this.#objects.has(toHex(message.hash));
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
    else if (message.type === "Unsub") this.#put({ kind: "unfollow", feed: toHex(message.feed) });
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
      if (!before.delete(path)) this.#put({ kind: "put", path, value });
    }
    for (const path of before) this.#put({ kind: "prune", path });
    this.#put({ kind: "publish" });
  }

  #wait(ms: number): void {
    this.#nowMs += ms;
    if ((this.#node.deadlineMs ?? Infinity) <= this.#nowMs) this.#put({ kind: "tick" });
  }
}
