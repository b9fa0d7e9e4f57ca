/**
 * The keys of a private group: which one is current, and all that open what was sealed before.
 *
 * The current key follows from the rotations that are known and not from the order in which they came: the highest
 * epoch, then the later time, then the issuer, then the signature. Two admins that rotated apart from each other end,
 * with everybody, on one key; the other one stays in the ring.
 *
 * @see specification skychat §b.9
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { equal, toHex } from "../../wire/bytes.ts";
import { WRAP_BYTES } from "../d2/pair_wrap.ts";
import { KEY_RING_LENGTH, type KeyRotation } from "./rotation.ts";

/** One key. */
export interface GroupKey {
  /** 0 is the key that the group began with or the invite held. */
  readonly epoch: bigint;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** When it was issued, nanoseconds. */
  readonly issuedAtNs: bigint;
  /** By whom; the null key where that is not known. */
  readonly issuer: PublicKeyHex;
  /** What decides between keys of the same epoch, time and issuer. */
  readonly mark: string;
  /** For how many it was wrapped; 0 where that is not known. */
  readonly wraps: number;
}

/** The key of an opened rotation. */
export const keyOfRotation = (rotation: KeyRotation, key: Uint8Array): GroupKey => ({
  epoch: rotation.epoch,
  key,
  issuedAtNs: rotation.issuedAtNs,
  issuer: rotation.issuer,
  mark: toHex(rotation.signature),
  wraps: rotation.d2 === undefined ? rotation.wraps.length : rotation.d2.wraps.length / WRAP_BYTES,
});

/** What decides which of two keys is the newer one. */
export type KeyOrder = Pick<GroupKey, "epoch" | "issuedAtNs" | "issuer" | "mark">;

/** Newest first. */
export function newestFirst(a: KeyOrder, b: KeyOrder): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? 1 : -1;
  if (a.issuedAtNs !== b.issuedAtNs) return a.issuedAtNs < b.issuedAtNs ? 1 : -1;
  const [x, y] = [a.issuer + a.mark, b.issuer + b.mark];
  return x < y ? 1 : x > y ? -1 : 0;
}

/**
 * Puts a key where it belongs.
 * @param ring  Newest first; the first one is current.
 * @returns The ring with it, at most 1 + 32 keys; the same ring when it is known.
 */
export function withKey(ring: readonly GroupKey[], key: GroupKey): readonly GroupKey[] {
  const known = ring.find((other) => other.epoch === key.epoch && equal(other.key, key.key));
  if (known !== undefined && (known.mark !== "" || key.mark === "")) return ring;
  return [...ring.filter((other) => other !== known), key].sort(newestFirst).slice(0, 1 + KEY_RING_LENGTH);
}

/** Whether two keys are the same one. */
export const sameKey = (a: GroupKey | undefined, b: GroupKey | undefined): boolean =>
  a === b || a !== undefined && b !== undefined && a.epoch === b.epoch && equal(a.key, b.key);

/** The keys to open with, the current one first. */
export const keysOf = (ring: readonly GroupKey[]): Uint8Array[] => ring.map(({ key }) => key);

/**
 * Keys around a time: who was away for more rotations than a ring holds has been given each of their keys.
 * @param keys  Newest first. @param atNs  Nanoseconds. @param each  How many before it, and how many behind it.
 * @returns The one of that time first.
 */
export function around(keys: readonly GroupKey[], atNs: bigint, each: number): readonly GroupKey[] {
  const found = keys.findIndex(({ issuedAtNs }) => issuedAtNs <= atNs);
  const first = found < 0 ? keys.length : found;
  return [...keys.slice(first, first + each), ...keys.slice(Math.max(0, first - each), first).reverse()];
}

/**
 * The keys in the order in which to try what was sealed at a time: the newest that had been issued by then, those
 * before it, and then the later ones, for clocks differ.
 * @param ring  Newest first. @param atNs  Nanoseconds.
 */
export function nearest(ring: readonly GroupKey[], atNs: bigint): readonly GroupKey[] {
  const first = ring.findIndex(({ issuedAtNs }) => issuedAtNs <= atNs);
  return first <= 0 ? ring : [...ring.slice(first), ...ring.slice(0, first).reverse()];
}
