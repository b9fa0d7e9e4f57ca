/**
 * The rotations of a group that are known, and the keys that follow from them: which one is current, and all that open.
 *
 * Which rotations count follows from the roster as it is now, as with decisions: one whose issuer turns out to have been
 * no admin any more when it was made no longer gives the current key, but what was sealed under it still opens.
 *
 * @see specification skychat §b.9, §b.14
 * @module
 */
import type { Circle } from "../d2/circle.ts";
import type { KeyPair } from "../../crypto/keys.ts";
import { equal, toHex } from "../../wire/bytes.ts";
import {
  around,
  type GroupKey,
  keyOfRotation,
  keysOf,
  nearest,
  newestFirst,
  sameKey,
  withKey,
} from "./ring.ts";
import type { Signer } from "../talk/signer.ts";
import { MAX_PARKED } from "../talk/parking.ts";
import { isGenuineRotation, type KeyRotation, openRotation, readRotation } from "./rotation.ts";

/** Most rotations of a group that count; of more the oldest of whoever made most go, so an admin that floods drives out its own. */
const MAX_ROTATIONS = 4_096;

/** Keys that have left the ring and are tried for what was sealed at a time: so many before it, and as many behind it. */
const PAST = 8;

/** A genuine rotation, and its key when a wrap of it is for us. */
export interface Known {
  /** It. */
  readonly rotation: KeyRotation;
  /** Its key; undefined: no wrap of it is for us. */
  readonly key: GroupKey | undefined;
}

/** What a book is made for. */
export interface KeyBookOptions {
  /** Us. */
  readonly own: KeyPair;
  /** UUID of the group. */
  readonly groupId: string;
  /** Keys as they were kept, or given by an admin. */
  readonly ring: readonly GroupKey[];
  /** The signature scheme. */
  readonly signer: Signer;
  /** Reads and opens rotations of a D2 group; undefined in others. */
  readonly circle?: Pick<Circle, "readRotation" | "openRotation">;
}

/** All keys of one group. */
export class KeyBook {
  readonly #options: KeyBookOptions;
  /** Keys of which the rotation is not known. */
  #given: readonly GroupKey[];
  readonly #counted = new Map<string, Known>();
  /** What had to go since {@link takeCrowdedOut}. */
  #crowdedOut: KeyRotation[] = [];
  /** Of issuers that were no admins then, as far as is known; bounded, the oldest out. */
  readonly #waiting = new Map<string, Known>();
  #ring: readonly GroupKey[];
  /** What has left the ring, newest first. */
  #past: readonly GroupKey[] = [];
  /** Those that count, until one comes, goes or opens. */
  #known: readonly Known[] | undefined;

  /** With the keys that were kept. */
  constructor(options: KeyBookOptions) {
    this.#options = options;
    this.#given = options.ring;
    this.#ring = options.ring;
  }

  /** Keys to seal with and to keep, the current one first; empty in a public group. */
  get ring(): readonly GroupKey[] {
    return this.#ring;
  }

  /**
   * Keys to open with: the ring, and those of rotations that do not count. The roster is sealed under the current key;
   * who comes with an older one learns only by opening with the new key that its issuer is an admin.
   * @param atNs  When it was sealed: the key of that time comes first, for history lies under many.
   */
  openers(atNs?: bigint): Uint8Array[] {
    const waiting = [...this.#waiting.values()].flatMap(({ key }) => key ? [key.key] : []);
    if (atNs === undefined) return [...keysOf(this.#ring), ...waiting];
    return [...keysOf(nearest(this.#ring, atNs)), ...keysOf(around(this.#past, atNs, PAST)), ...waiting];
  }

  /** All rotations that count. */
  rotations(): KeyRotation[] {
    return [...this.#counted.values()].map(({ rotation }) => rotation);
  }

  /** When the newest rotation was made, nanoseconds; also of those that do not count. */
  get newestNs(): bigint {
    let newest = 0n;
    for (const { rotation } of this.#counted.values()) {
      if (rotation.issuedAtNs > newest) newest = rotation.issuedAtNs;
    }
    return newest;
  }

  /**
   * Takes a value of `keys/`, not yet counted: see {@link settle}.
   * @param isKept  It lay in our feed, where there are no more than once counted: all of them wait.
   * @returns Whether it is news, or why it is dropped.
   */
  take(value: Uint8Array, isKept = false): "news" | "known" | { readonly dropped: string } {
    const { circle, groupId, signer } = this.#options;
    const rotation = circle === undefined ? readRotation(value) : circle.readRotation(value);
    if (rotation === undefined) return { dropped: "it is no rotation" };
    const id = toHex(rotation.signature);
    if (this.#counted.has(id) || this.#waiting.has(id)) return "known";
    if (rotation.epoch === 0n) return { dropped: "it gives the epoch of the first key" };
    if (rotation.groupId.toLowerCase() !== groupId) return { dropped: "it is of another group" };
    if (circle === undefined && !isGenuineRotation(rotation, signer)) {
      return { dropped: "its signature is not its issuer's" };
    }
    this.#wait(id, this.#opened(rotation), isKept);
    return "news";
  }

  /** All that count, with their keys where they open; the same array until one comes, goes or opens. */
  known(): readonly Known[] {
    return this.#known ??= [...this.#counted.values()];
  }

  #opened(rotation: KeyRotation): Known {
    const { circle, own } = this.#options;
    const key = circle === undefined
      ? openRotation(rotation, own)
      : circle.openRotation(rotation, keysOf(this.#given));
    return { rotation, key: key && keyOfRotation(rotation, key) };
  }

  /** Takes a rotation of ours, with its key. */
  add(rotation: KeyRotation, key: Uint8Array): void {
    this.#counted.set(toHex(rotation.signature), { rotation, key: keyOfRotation(rotation, key) });
    this.#ring = this.#fold();
  }

  /** Takes a key that an admin gave us. */
  give(key: GroupKey): void {
    this.#given = withKey(this.#given, key);
    this.#openAgain();
    this.#ring = this.#fold();
  }

  /**
   * Counts what counts now.
   * @param counts  Whether a rotation was made by an admin of its time.
   * @param latestNs  Rotations from further ahead wait; those that count already do not.
   * @returns Whether anything has changed.
   */
  settle(counts: (rotation: KeyRotation) => boolean, latestNs: bigint): boolean {
    let changed = false;
    for (const [id, known] of [...this.#counted]) {
      if (counts(known.rotation)) continue;
      this.#counted.delete(id);
      this.#wait(id, known);
      changed = true;
    }
    for (const [id, known] of [...this.#waiting]) {
      if (known.rotation.issuedAtNs > latestNs || !counts(known.rotation)) continue;
      this.#waiting.delete(id);
      this.#counted.set(id, known);
      changed = true;
    }
    while (this.#counted.size > MAX_ROTATIONS) this.#crowdOut();
    if (changed) this.#ring = this.#fold();
    return changed;
  }

  /** Rotations that counted and had to go for others, since the last call. */
  takeCrowdedOut(): readonly KeyRotation[] {
    const gone = this.#crowdedOut;
    this.#crowdedOut = [];
    return gone;
  }

  /** The newest of all is never the one: what puts a flooding admin out has a key that counts everywhere. */
  #crowdOut(): void {
    const all = [...this.#counted].map(([mark, { rotation }]) => ({ ...rotation, mark }));
    const oldestLast = [...Map.groupBy(all, ({ issuer }) => issuer).values()].map((of) =>
      of.sort(newestFirst)
    );
    const most = Math.max(...oldestLast.map(({ length }) => length));
    const oldest = oldestLast.filter(({ length }) => length === most).map((of) => of.at(-1)!);
    const { mark } = oldest.sort(newestFirst).at(-1)!;
    this.#crowdedOut.push(this.#counted.get(mark)!.rotation);
    this.#counted.delete(mark);
  }

  /** A rotation of a D2 group opens with a key that was given, and needs no wrap then. */
  #openAgain(): void {
    if (this.#options.circle === undefined) return;
    for (const book of [this.#counted, this.#waiting]) {
      for (const [id, { rotation, key }] of book) if (key === undefined) book.set(id, this.#opened(rotation));
    }
  }

  #wait(id: string, known: Known, isKept = false): void {
    this.#waiting.set(id, known);
    if (isKept || this.#waiting.size <= MAX_PARKED) return;
    const [oldest] = this.#waiting.keys();
    this.#waiting.delete(oldest);
  }

  /** A given key is that of a rotation as soon as one is known, and counts if that does; the first key has none. */
  #fold(): readonly GroupKey[] {
    this.#known = undefined;
    const idle = [...this.#waiting.values()].flatMap(({ key }) => key ? [key] : []);
    const isIdle = (given: GroupKey) =>
      idle.some((key) => key.epoch === given.epoch && equal(key.key, given.key));
    const given = this.#given.filter((given) => !isIdle(given));
    let ring: readonly GroupKey[] = given;
    const counted = [...this.#counted.values()].flatMap(({ key }) => key ?? []);
    for (const key of counted) ring = withKey(ring, key);
    this.#past = [...given, ...counted].filter((key) => !ring.some((other) => sameKey(key, other))).sort(
      newestFirst,
    );
    return ring;
  }
}
