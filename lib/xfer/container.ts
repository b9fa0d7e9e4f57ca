/**
 * Files of encrypted groups: what travels and is stored is a container that only members can open.
 *
 * @see specification dmsgscp §9 "Encrypted groups"
 * @module
 */
import { GCM_NONCE_BYTES, openGcm, sealGcm } from "../crypto/gcm.ts";
import { hkdfSha256 } from "../crypto/hash.ts";
import type { Random } from "../sys/random.ts";
import { concat, fromUtf8, readU16, readU64, utf8, writeU16, writeU64 } from "../wire/bytes.ts";
import { ProtocolError } from "../wire/errors.ts";

/** Plain bytes of a chunk. */
export const CHUNK_BYTES = 65536;
/** Longest group and file id, bytes. */
const MAX_ID_BYTES = 64;
/** Longest name in a container, bytes. */
export const MAX_NAME_BYTES = 512;
const MAGIC = utf8("SGF1");
/** Behind each chunk. */
export const GCM_TAG_BYTES = 16;

/** What is in front of the chunks, readable by everybody. */
export interface ContainerHeader {
  /** UUID of the group, at most 64 bytes. */
  readonly groupId: string;
  /** The file's id, at most 64 bytes. */
  readonly fileId: string;
  /** Its name, at most 512 bytes. */
  readonly name: string;
  /** Plain bytes. */
  readonly size: number;
}

/**
 * The key of one file.
 * @param groupKey  32 bytes.
 * @returns 32 bytes.
 */
export const fileKey = (groupKey: Uint8Array, groupId: string, fileId: string): Uint8Array =>
  hkdfSha256(groupKey, new Uint8Array(0), utf8(`skychat-group-file-v1|${groupId}|${fileId}`), 32);

/** Writes a header. @throws {RangeError} An id or the name is too long. */
export function encodeHeader({ groupId, fileId, name, size }: ContainerHeader): Uint8Array {
  const [group, file, base] = [groupId, fileId, name].map(utf8);
  if (group.length > MAX_ID_BYTES || file.length > MAX_ID_BYTES || base.length > MAX_NAME_BYTES) {
    throw new RangeError("an id or name does not fit the container");
  }
  const nameLength = new Uint8Array(2);
  writeU16(nameLength, 0, base.length);
  const length = new Uint8Array(8);
  writeU64(length, 0, size);
  return concat(
    MAGIC,
    Uint8Array.of(group.length),
    group,
    Uint8Array.of(file.length),
    file,
    nameLength,
    base,
    length,
  );
}

/**
 * Reads a header.
 * @param bytes  The beginning of a container; what follows the header does not matter.
 * @returns The header and its bytes, or undefined when there are not enough.
 * @throws {ProtocolError} by peer `container`: it is none.
 */
export function parseHeader(bytes: Uint8Array): { header: ContainerHeader; bytes: Uint8Array } | undefined {
  if (MAGIC.some((byte, i) => i < bytes.length && bytes[i] !== byte)) {
    throw bad("it does not begin with SGF1");
  }
  let at = MAGIC.length;
  const field = (prefix: 1 | 2, most: number): Uint8Array | undefined => {
    if (bytes.length < at + prefix) return undefined;
    const length = prefix === 1 ? bytes[at] : readU16(bytes, at);
    if (length > most) throw bad("a field is too long");
    if (bytes.length < at + prefix + length) return undefined;
    at += prefix + length;
    return bytes.subarray(at - length, at);
  };
  const group = field(1, MAX_ID_BYTES);
  const file = group && field(1, MAX_ID_BYTES);
  const name = file && field(2, MAX_NAME_BYTES);
  if (!name || bytes.length < at + 8) return undefined;
  const size = readU64(bytes, at);
  if (size === Infinity) throw bad("its size is beyond every disk");
  const header = { groupId: fromUtf8(group), fileId: fromUtf8(file), name: fromUtf8(name), size };
  return { header, bytes: bytes.slice(0, at + 8) };
}

/** How many chunks a file has: an exact multiple ends in an empty one. @param size  Plain bytes. */
export const chunkCount = (size: number): number => Math.floor(size / CHUNK_BYTES) + 1;

/** Bytes of a whole container. */
export const containerBytes = (headerBytes: number, size: number): number =>
  headerBytes + size + chunkCount(size) * (GCM_NONCE_BYTES + GCM_TAG_BYTES);

/**
 * Seals one chunk.
 * @param header  All of its bytes.
 * @param index  0, 1, 2 …
 * @param plain  65536 bytes, fewer in the last one.
 * @returns Nonce, ciphertext, tag.
 */
export function sealChunk(
  key: Uint8Array,
  header: Uint8Array,
  index: number,
  isLast: boolean,
  plain: Uint8Array,
  random: Pick<Random, "bytes">,
): Uint8Array {
  const nonce = random.bytes(GCM_NONCE_BYTES);
  return concat(nonce, sealGcm(key, nonce, plain, additional(header, index, isLast)));
}

/**
 * Opens one chunk.
 * @throws {ProtocolError} by peer `container`: another key, place or end than it was sealed with.
 */
export function openChunk(
  key: Uint8Array,
  header: Uint8Array,
  index: number,
  isLast: boolean,
  sealed: Uint8Array,
): Uint8Array {
  const [nonce, rest] = [sealed.subarray(0, GCM_NONCE_BYTES), sealed.subarray(GCM_NONCE_BYTES)];
  const plain = openGcm(key, nonce, rest, additional(header, index, isLast));
  if (plain === undefined) throw bad("a chunk can't be opened");
  return plain;
}

function additional(header: Uint8Array, index: number, isLast: boolean): Uint8Array {
  const place = new Uint8Array(9);
  writeU64(place, 0, index);
  place[8] = isLast ? 1 : 0;
  return concat(header, place);
}

const bad = (why: string): ProtocolError =>
  new ProtocolError(`no container: ${why}`, { by: "peer", code: "container", ends: "stream" });
