/**
 * Levels and entries of a tree, the order of names, and the rules of paths.
 *
 * @see specification cxo §6.1, §6.2; lib/cxo/README.md "Tree"
 * @module
 */
import { Decoder, Encoder, malformed } from "./codec.ts";
import { BLANK, HASH_BYTES, isBlank } from "./hash.ts";

/** Segments of the longest path. */
export const MAX_SEGMENTS = 16;
/** UTF-8 bytes of the longest name: a group's paths need 66. */
export const MAX_NAME_BYTES = 4096;

/** One named child of a level. */
export interface TreeEntry {
  /** Not empty, without `/`. */
  readonly name: string;
  /** Name of the sub-level's TreeNode, 32 bytes; blank for a leaf. */
  readonly sub: Uint8Array;
  /** The leaf's value; empty for a sub-level. */
  readonly leaf: Uint8Array;
}

/** An entry's bytes. */
export const encodeEntry = ({ name, sub, leaf }: TreeEntry): Uint8Array =>
  new Encoder(64 + leaf.length).string(name).fixed(sub).bytes(leaf).done();

/** The bytes of a leaf's entry. */
export const encodeLeaf = (name: string, leaf: Uint8Array): Uint8Array =>
  encodeEntry({ name, sub: BLANK, leaf });

/** The bytes of a sub-level's entry. */
export const encodeSub = (name: string, sub: Uint8Array): Uint8Array =>
  encodeEntry({ name, sub, leaf: new Uint8Array(0) });

/**
 * Reads an entry; its byte members are views. Bytes behind it are ignored.
 * @returns A leaf whose value is empty stands for nothing: readers skip it.
 * @throws {ProtocolError} by peer: too short; a name that is empty, too long, no UTF-8 or has a `/`; a value beside a
 *   sub-level.
 */
export function decodeEntry(bytes: Uint8Array): TreeEntry {
  const from = new Decoder(bytes, "TreeEntry");
  const name = from.exactString();
  if (name === "" || name.includes("/")) throw malformed("TreeEntry: a name that is empty or has a /");
  if (name.length > MAX_NAME_BYTES) throw malformed("TreeEntry: a name longer than is read");
  const entry = { name, sub: from.fixed(HASH_BYTES), leaf: from.bytes() };
  if (entry.leaf.length > 0 && !isBlank(entry.sub)) throw malformed("TreeEntry: a value beside a sub-level");
  return entry;
}

/** A level's object is the Refs hash of its entries; bytes behind it are ignored. */
export const decodeNode = (bytes: Uint8Array): Uint8Array => new Decoder(bytes, "TreeNode").fixed(HASH_BYTES);

/**
 * The order of names: bytewise on their UTF-8.
 * @returns Below 0, 0, or above 0.
 */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i); // no pair: it would be an array and an iterator for each character
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** UTF-16 puts halves of pairs (above U+FFFF) before U+E000 … U+FFFF; UTF-8 puts them behind. */
const rank = (unit: number): number => unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;

/**
 * The segments of a path of a leaf.
 * @throws {RangeError} It is empty or too deep, a segment is empty or too long, or it has a half of a surrogate pair.
 */
export function segmentsOf(path: string): string[] {
  const segments = path.split("/");
  if (segments.length > MAX_SEGMENTS) throw new RangeError(`path has more than ${MAX_SEGMENTS} segments`);
  for (const segment of segments) {
    if (segment === "") throw new RangeError(`path "${path}" has an empty segment`);
    if (segment.length > MAX_NAME_BYTES) throw new RangeError("path has a segment that is too long");
    if (!segment.isWellFormed()) throw new RangeError("path is not well-formed Unicode");
  }
  return segments;
}
