/**
 * Known ids as they lie when many are written together: one row for a block of them. By itself each would lie in a
 * random place of the database, which costs more than all the rest of a message.
 *
 *     block   { name (16) ‖ SHA-256 of the body (32) ‖ u64 position ‖ u64 time that had passed, nanoseconds }
 *
 * @module
 */
import { equal, toHex } from "../../wire/bytes.ts";
import { type IdRecord, writeHash } from "./records.ts";

/** Most ids of a block: what looking for one of them opens. */
export const MAX_BLOCK_IDS = 512;
/** Fewer are rows of their own. */
export const MIN_BLOCK_IDS = 16;
/** Bytes of an id in a block. */
export const ID_BYTES: number = 16 + 32 + 8 + 8;

const NAME_BYTES = 16;

/** An id that is written. */
export interface KnownId {
  /** Its keyed hash, 16 bytes. */
  readonly name: Uint8Array;
  /** What is known of it. */
  readonly record: IdRecord;
}

/** A block of ids. */
export function encodeIds(ids: readonly KnownId[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * ID_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { name, record } of ids) {
    bytes.set(name, at);
    writeHash(record, bytes.subarray(at + NAME_BYTES, at + 48));
    view.setBigUint64(at + 48, BigInt(record.position));
    view.setBigInt64(at + 56, BigInt(record.atNs));
    at += ID_BYTES;
  }
  return bytes;
}

/** Looks for an id in a block. */
export function findIn(block: Uint8Array, name: Uint8Array): IdRecord | undefined {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  for (let at = 0; at + ID_BYTES <= block.length; at += ID_BYTES) {
    if (block[at] !== name[0] || !equal(block.subarray(at, at + NAME_BYTES), name)) continue;
    return {
      position: Number(view.getBigUint64(at + 48)),
      hash: toHex(block.subarray(at + NAME_BYTES, at + 48)),
      atNs: String(view.getBigInt64(at + 56)),
    };
  }
  return undefined;
}
