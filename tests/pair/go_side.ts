/**
 * The other side of a pair as a Go program is one (skychat §c.2): of its own secrets it keeps the newest alone, of the
 * epochs the keys of those that it came to know while a secret of theirs was there, and it never says what it has read.
 *
 * @module
 */
import { generateKeyPair, type KeyPair } from "../../lib/crypto/keys.ts";
import { type PairEpoch, pairEpoch, staticPairKey } from "../../lib/pair/keys.ts";
import {
  encodePairText,
  openPairText,
  pairPath,
  readPairText,
  readSealed,
  sealInEpoch,
  sealStatic,
} from "../../lib/pair/message.ts";
import {
  announcementsOf,
  encodeRatchet,
  GENERATION_AGE_NS,
  GENERATION_MESSAGES,
  KEPT_EPOCHS,
  makeRatchet,
  ratchetPath,
} from "../../lib/pair/ratchet.ts";
import { fromHex, toHex } from "../../lib/wire/bytes.ts";
import { seededRandom } from "../fakes/random.ts";

/** A Go program's side. */
export class GoSide {
  readonly leaves = new Map<string, Uint8Array>();
  readonly said: string[] = [];
  readonly texts: string[] = [];
  readonly #random = seededRandom("a Go side");
  readonly #staticKey: Uint8Array;
  /** The epochs whose keys it has, the oldest first, by id. */
  readonly #epochs = new Map<string, PairEpoch>();
  /** Leaves that it was given, and which of them no key opens yet. */
  readonly #given = new Map<string, Uint8Array>();
  #parked: Uint8Array[] = [];
  #ratchet: KeyPair = generateKeyPair(this.#random);
  #generation = 1n;
  #rotatedNs: bigint;
  #sealed = 0;
  #peer = { generation: 0n, ratchet: "" };
  #current: PairEpoch | undefined;
  #seq = 0n;

  constructor(readonly own: KeyPair, readonly peer: KeyPair, nowNs: bigint) {
    this.#staticKey = staticPairKey(own.secret, fromHex(peer.pk));
    this.#rotatedNs = nowNs;
  }

  /** Says something, under a new secret when the last one has served. */
  say(text: string, nowNs: bigint): void {
    const isOld = this.#sealed >= GENERATION_MESSAGES || nowNs - this.#rotatedNs >= GENERATION_AGE_NS;
    if (this.#current !== undefined && isOld) this.#rotate(nowNs);
    const announced = makeRatchet(this.own, this.#ratchet.pk, this.#generation, nowNs);
    this.leaves.set(ratchetPath(this.#generation), encodeRatchet(announced));
    const seq = ++this.#seq;
    const plain = encodePairText({ text, tsNs: nowNs, type: "", id: "", seq });
    const value = this.#current
      ? sealInEpoch(this.#current, plain, this.#random)
      : sealStatic(this.#staticKey, plain, this.#random);
    if (this.#current) this.#sealed++;
    this.leaves.set(pairPath(nowNs, seq), value);
    this.said.push(text);
  }

  /** Is given what is new in a feed: announcements first, each epoch with the secret that it has now. */
  hear(feed: ReadonlyMap<string, Uint8Array>): void {
    const leaves = [...feed].map(([path, value]) => ({ path, value }))
      .filter(({ path, value }) => this.#given.get(path) !== value);
    for (const { path, value } of leaves) this.#given.set(path, value);
    for (const { generation, ratchet } of announcementsOf(leaves, this.peer.pk).genuine) {
      const epoch = this.#know(ratchet);
      if (generation <= this.#peer.generation) continue;
      this.#peer = { generation, ratchet };
      this.#current = epoch;
      this.#sealed = 0;
    }
    const news = leaves.filter(({ path }) => path.startsWith("msgs/")).map(({ value }) => value);
    const all = [...this.#parked, ...news];
    this.#parked = all.filter((value) => !this.#take(value));
  }

  /** A new process: it has its secret and keys, and is given everything again. */
  restart(): void {
    this.#given.clear();
    this.#parked = [];
    this.texts.length = 0;
  }

  #rotate(nowNs: bigint): void {
    this.#ratchet = generateKeyPair(this.#random);
    this.#generation++;
    this.#rotatedNs = nowNs;
    this.#sealed = 0;
    this.#current = this.#know(this.#peer.ratchet);
  }

  #know(ratchet: string): PairEpoch {
    const epoch = pairEpoch(this.#ratchet, ratchet);
    this.#epochs.set(toHex(epoch.id), epoch);
    if (this.#epochs.size > KEPT_EPOCHS) this.#epochs.delete([...this.#epochs.keys()][0]);
    return epoch;
  }

  #take(value: Uint8Array): boolean {
    const sealed = readSealed(value)!;
    const key = sealed.kind === "static" ? this.#staticKey : this.#epochs.get(toHex(sealed.epochId))?.key;
    const plain = key && openPairText(key, sealed);
    if (plain === undefined) return false;
    this.texts.push(readPairText(plain)!.text);
    return true;
  }
}
