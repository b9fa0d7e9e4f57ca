/**
 * What lies behind the whole records of a journal's file: a record that a crash has torn, or something else. The first
 * is dropped without a word, for nobody was told of it; anything else somebody may want to look at.
 *
 * @see lib/store/README.md "The journal"
 * @module
 */
import { readU32 } from "../../wire/bytes.ts";

/** Disks write so many bytes at a time: what a power cut has left out is zeros from one of them to another. */
const SECTOR_BYTES = 512;
/** Bytes of a record's length. */
export const LENGTH_BYTES = 4;

/** What records look like. */
export interface RecordShape {
  /** Bytes behind the length, at least. */
  readonly minBytes: number;
  /** And at most. */
  readonly maxBytes: number;
  /** Whether bytes without their length are the record that would follow on a torn one. */
  readonly isNext: (record: Uint8Array) => boolean;
}

/**
 * Whether bytes at the end of a file are what a crash leaves: nothing, the beginning of a record, or a record with
 * room in it that was never written; and behind it only such room.
 * @param at  Where they begin in the file: the end of its last whole record.
 */
export function isTorn(file: Uint8Array, at: number, shape: RecordShape): boolean {
  const { minBytes, maxBytes } = shape;
  if (isZero(file, at, file.length)) return true;
  // The sector in which it begins was not written, and one behind it was.
  const sector = nextSector(at);
  if (sector < file.length && isZero(file, at, sector)) return !holdsNext(file, sector, shape);
  const length = lengthAt(file, at);
  if (length > maxBytes || length < minBytes) return false;
  const start = at + LENGTH_BYTES;
  const end = start + length;
  // A longer length than was written reaches over records that are whole.
  if (end > file.length) return !holdsNext(file, start, shape);
  return isZero(file, end, file.length) && hasRoom(file, start, end);
}

/** The length that begins here; what is missing of it counts as zeros, so a part of one is no short length. */
function lengthAt(file: Uint8Array, at: number): number {
  if (at + LENGTH_BYTES <= file.length) return readU32(file, at);
  const bytes = new Uint8Array(LENGTH_BYTES);
  bytes.set(file.subarray(at));
  return readU32(bytes, 0);
}

/** Whether the record that would come next lies whole somewhere behind this place. */
function holdsNext(file: Uint8Array, from: number, { minBytes, maxBytes, isNext }: RecordShape): boolean {
  for (let at = from; at + LENGTH_BYTES + minBytes <= file.length; at++) {
    const length = readU32(file, at);
    const start = at + LENGTH_BYTES;
    if (length < minBytes || length > maxBytes || start + length > file.length) continue;
    if (isNext(file.subarray(start, start + length))) return true;
  }
  return false;
}

/** Whether a part of a record may never have been written: it ends with zeros, or a whole sector's part of it is zeros. */
export function hasRoom(file: Uint8Array, start: number, end: number): boolean {
  if (file[end - 1] === 0) return true;
  for (let at = start; at < end;) {
    const next = Math.min(end, nextSector(at));
    if (isZero(file, at, next)) return true;
    at = next;
  }
  return false;
}

const nextSector = (at: number): number => at - (at % SECTOR_BYTES) + SECTOR_BYTES;

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}
