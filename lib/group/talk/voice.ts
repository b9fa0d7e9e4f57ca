/**
 * What we say: leaves of ours, each with its time, its counter and its place in our thread.
 *
 * Every run of the program is an incarnation of its own, which begins with the first thing that it says and names the
 * last one that its disk knows. So a disk that was lost, or is an older one, never gives a number a second time.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import type { FeedLeaf } from "../../cxo/feed/change.ts";
import type { Random } from "../../sys/random.ts";
import { toHex } from "../../wire/bytes.ts";
import type { Ledger } from "../threads/ledger.ts";
import {
  bareThread,
  INCARNATION_BYTES,
  isSomewhere,
  makeThread,
  NOWHERE,
  type Place,
  provenThread,
  readHeads,
} from "../threads/thread.ts";
import {
  encodeLeaf,
  HEARTBEAT_TEXT,
  leafBody,
  leafDigest,
  leafPath,
  makeLeaf,
  MESSAGE_PREFIX,
  type MessageLeaf,
  parseLeafPath,
  readLeaf,
  unsignedLeaf,
} from "./leaf.ts";
import type { Signer } from "./signer.ts";
import { makeVoucher } from "./voucher.ts";

/**
 * How far ahead of our clock the times of others may draw ours, nanoseconds: a minute less than Go programs let a
 * decision be ahead of theirs. A clock that is further off draws nobody.
 */
const MAX_DRAWN_NS = 240_000_000_000n;
/** How far two others may say that our clock is behind, nanoseconds: less than a time zone that was taken for another one. */
const MAX_BEHIND_NS = 1_800_000_000_000n;

/** What a voice is made for. */
export interface VoiceOptions {
  /** Us. */
  readonly own: KeyPair;
  /** UUID of the group, lower case. */
  readonly groupId: string;
  /** Our feed as our own disk kept it, path and value. */
  readonly kept: Iterable<readonly [string, Uint8Array]>;
  /** All threads as our own disk kept them: ours goes on behind its last leaf. */
  readonly ledger: Ledger;
  /** Keys and nonces. */
  readonly random: Random;
  /** The signature scheme. */
  readonly signer: Signer;
}

/**
 * Numbers in paths from here on are not ours: a program that counts each message never comes so far, and anybody can hand
 * us what we said under another number, which our signature does not cover. Behind the last one there would be no path.
 */
const MAX_HEEDED = 2n ** 63n;

/** A key to seal with, 32 bytes; nothing where texts are in clear; or how a leaf is made in a D2 group. */
export type Seal = Uint8Array | undefined | ((text: string, tsNs: bigint) => MessageLeaf);

interface Last extends Place {
  readonly hash: Uint8Array;
}

/** Our own voice in one group. */
export class Voice {
  readonly #options: VoiceOptions;
  /** Our last leaf; undefined: there is none with a thread. */
  #last: Last | undefined;
  /** This run's incarnation; undefined: it has not said anything yet. */
  #inc: string | undefined;
  /** The last leaf of the run before. */
  #before: Place = NOWHERE;
  #counter = 0n;
  #lastNs = 0n;
  readonly #headsSaid = new Map<PublicKeyHex, Place>();
  /** When each other author said the newest that we have read, by its clock. */
  readonly #readNs = new Map<PublicKeyHex, bigint>();

  /** Goes on behind what was kept. */
  constructor(options: VoiceOptions) {
    this.#options = options;
    for (const [path] of options.kept) this.heard(path.slice(path.indexOf("/") + 1));
    this.#last = options.ledger.of(options.own.pk)?.state.newest;
  }

  /** A message is known, by its tail: what we say next comes after it, ours also when our disk was lost. */
  heard(tail: string): void {
    const at = parseLeafPath(`${MESSAGE_PREFIX}/${tail}`);
    if (at?.sender === undefined) return;
    if (at.sender !== this.#options.own.pk) {
      if (at.tsNs > (this.#readNs.get(at.sender) ?? 0n)) this.#readNs.set(at.sender, at.tsNs);
      return;
    }
    if (at.seq > this.#counter && at.seq < MAX_HEEDED) this.#counter = at.seq;
    if (at.tsNs > this.#lastNs) this.#lastNs = at.tsNs;
  }

  /**
   * The time of what we say or decide now: later than all that others said that we have read, where their clocks are
   * ahead by no more than {@link MAX_DRAWN_NS}. Go programs go by times alone, and so does who asks whether somebody
   * could speak then.
   * @param decidedNs  Of the newest decision that is known.
   */
  later(nowNs: bigint, decidedNs: bigint): bigint {
    let tsNs = nowNs;
    for (const readNs of [decidedNs, ...this.#readNs.values()]) {
      if (readNs >= tsNs && readNs - nowNs <= MAX_DRAWN_NS) tsNs = readNs + 1n;
    }
    return tsNs;
  }

  /**
   * What time it is, as far as others say so: where two of them have said something later than our clock stands it is
   * behind, by what the second of them says at least. Of a single one either clock may be the wrong one.
   */
  toldNs(nowNs: bigint): bigint {
    let [newest, second] = [nowNs, nowNs];
    for (const readNs of this.#readNs.values()) {
      if (readNs - nowNs > MAX_BEHIND_NS) continue;
      if (readNs > newest) [newest, second] = [readNs, newest];
      else if (readNs > second) second = readNs;
    }
    return second;
  }

  /**
   * A message; its time is later than that of the one before, whatever the clock says.
   * @param nowNs  Its time else, see {@link later}.
   * @param floor  All that we said before it is retired.
   * @param removes  What it takes back.
   */
  say(
    text: string,
    nowNs: bigint,
    seal: Seal,
    { floor = NOWHERE, removes = NOWHERE }: { floor?: Place; removes?: Place } = {},
  ): FeedLeaf {
    const isFirst = this.#inc === undefined;
    this.#inc ??= toHex(this.#options.random.bytes(INCARNATION_BYTES));
    const seq = isFirst ? 1n : this.#last!.seq + 1n;
    if (isFirst) this.#before = this.#last ?? NOWHERE;
    const place = { inc: this.#inc, seq };
    const { leaf, hash, heads } = this.#leaf(text, nowNs, seal, {
      place,
      after: this.#before,
      floor,
      removes,
    });
    this.#last = { ...place, hash };
    for (const head of readHeads(heads)) this.#headsSaid.set(head.author, head);
    return leaf;
  }

  /** A heartbeat: it has no place, and says which leaf of ours is the newest and what we have seen since it. */
  beat(nowNs: bigint, seal: Seal, floor: Place): FeedLeaf {
    const inc = this.#inc ?? this.#last?.inc ?? toHex(this.#options.random.bytes(INCARNATION_BYTES));
    const place = { inc, seq: 0n };
    const after = this.#last ?? NOWHERE;
    return this.#leaf(HEARTBEAT_TEXT, nowNs, seal, { place, after, floor, removes: NOWHERE }).leaf;
  }

  /** What a member of an old program said over a stream of its key: not signed, with our word for it (§b.5). */
  relay(sender: PublicKeyHex, text: string, tsNs: bigint, key: Uint8Array | undefined): FeedLeaf {
    const { own, groupId, random, signer } = this.#options;
    const counter = ++this.#counter;
    const leaf = leafBody({ sender, tsNs, text, key }, random);
    const voucher = makeVoucher({ groupId, counter, leaf }, own.secret, signer);
    return { path: leafPath(sender, tsNs, counter), value: encodeLeaf(unsignedLeaf({ ...leaf, voucher })) };
  }

  /** The place of a leaf of ours; {@link NOWHERE} when it has none. */
  placeOf(path: string, value: Uint8Array): Place {
    return this.#placeIn(path, value) ?? NOWHERE;
  }

  #leaf(
    text: string,
    nowNs: bigint,
    seal: Seal,
    { place, after, floor, removes }: Readonly<Record<"place" | "after" | "floor" | "removes", Place>>,
  ): { leaf: FeedLeaf; hash: Uint8Array; heads: Uint8Array } {
    const { own, groupId, ledger, random, signer } = this.#options;
    const tsNs = nowNs > this.#lastNs ? nowNs : this.#lastNs + 1n;
    this.#lastNs = tsNs;
    const counter = ++this.#counter;
    const body = typeof seal === "function"
      ? seal(text, tsNs)
      : makeLeaf({ author: own, tsNs, text, key: seal }, random, signer);
    const heads = ledger.headsOf(own.pk, this.#headsSaid);
    const places = { after: { inc: after.inc, seq: after.seq }, floor, removes };
    const { thread, hash } = makeThread(
      { ...bareThread(groupId, place), ...places, heads, ...this.#last && { prev: this.#last.hash } },
      { author: own.pk, counter, digest: leafDigest(body) },
      own.secret,
      signer,
    );
    const leaf = { path: leafPath(own.pk, tsNs, counter), value: encodeLeaf({ ...body, thread }) };
    return { leaf, hash, heads };
  }

  #placeIn(path: string, value: Uint8Array): Last | undefined {
    const { own, groupId, signer } = this.#options;
    const at = parseLeafPath(path);
    const leaf = readLeaf(value);
    if (at === undefined || !leaf?.thread) return undefined;
    const threaded = { author: own.pk, counter: at.seq, digest: leafDigest(leaf) };
    const proven = provenThread(leaf.thread, threaded, groupId, signer);
    return proven === undefined || !isSomewhere(proven.thread)
      ? undefined
      : { inc: proven.thread.inc, seq: proven.thread.seq, hash: proven.hash };
  }
}
