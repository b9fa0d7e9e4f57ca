/**
 * Containers on the way: a file is sealed while it is read, and opened while it is written.
 *
 * @see specification dmsgscp §9 "Encrypted groups"
 * @module
 */
import { GCM_NONCE_BYTES } from "../crypto/gcm.ts";
import type { TargetFile } from "../sys/copies/part_file.ts";
import { fill, type SourceFile } from "../sys/copies/source_file.ts";
import type { Random } from "../sys/random.ts";
import { concat } from "../wire/bytes.ts";
import { ProtocolError } from "../wire/errors.ts";
import {
  CHUNK_BYTES,
  chunkCount,
  containerBytes,
  type ContainerHeader,
  encodeHeader,
  fileKey,
  GCM_TAG_BYTES,
  openChunk,
  parseHeader,
  sealChunk,
} from "./container.ts";
import type { SentFile } from "./transfer.ts";

const SEALED_BYTES: number = GCM_NONCE_BYTES + CHUNK_BYTES + GCM_TAG_BYTES;

/**
 * A file as its container.
 * @param header  Its size is that of the file.
 * @param groupKey  32 bytes.
 * @throws {RangeError} As `encodeHeader`.
 */
export function sealedSource(
  file: SentFile,
  header: ContainerHeader,
  groupKey: Uint8Array,
  random: Pick<Random, "bytes">,
): SentFile & Pick<SourceFile, "size"> {
  const head = encodeHeader(header);
  const key = fileKey(groupKey, header.groupId, header.fileId);
  const count = chunkCount(header.size);
  let ready = head;
  let next = 0;
  const chunk = async (): Promise<Uint8Array> => {
    const isLast = next === count - 1;
    const plain = new Uint8Array(isLast ? header.size % CHUNK_BYTES : CHUNK_BYTES);
    return sealChunk(key, head, next++, isLast, await fill(file, plain), random);
  };
  return {
    size: containerBytes(head.length, header.size),
    ...(file.isSame && { isSame: () => file.isSame!() }),
    async read(into) {
      if (ready.length === 0) {
        if (next === count) return null;
        ready = await chunk();
      }
      const part = ready.subarray(0, into.length);
      into.set(part);
      ready = ready.subarray(part.length);
      return part.length;
    },
  };
}

/**
 * A file that takes a container and keeps what is in it.
 * @param groupKeys  The current one first; 32 bytes each.
 * @param expected  What the header must say.
 * @returns Writes and commits throw {ProtocolError} by peer `container`: not this file's, cut off, or of none of the keys.
 */
export function openingTarget(
  target: TargetFile,
  groupKeys: readonly Uint8Array[],
  expected: Pick<ContainerHeader, "groupId" | "fileId" | "size">,
): TargetFile {
  let waiting: Uint8Array = new Uint8Array(0);
  let head: Uint8Array | undefined;
  let keys = groupKeys.map((key) => fileKey(key, expected.groupId, expected.fileId));
  let next = 0;
  const count = chunkCount(expected.size);
  const begin = (): boolean => {
    const parsed = parseHeader(waiting);
    if (!parsed) return false;
    const { groupId, fileId, size } = parsed.header;
    if (groupId !== expected.groupId || fileId !== expected.fileId || size !== expected.size) {
      throw bad("it holds another file");
    }
    head = parsed.bytes;
    waiting = waiting.subarray(head.length);
    return true;
  };
  const open = (sealed: Uint8Array, isLast: boolean): Uint8Array => {
    let problem: unknown = bad("there is no key");
    for (const key of keys) {
      try {
        const plain = openChunk(key, head!, next, isLast, sealed);
        keys = [key];
        return plain;
      } catch (error) {
        problem = error;
      }
    }
    throw problem;
  };
  return {
    async write(bytes) {
      waiting = waiting.length === 0 ? bytes.slice() : concat(waiting, bytes);
      if (!head && !begin()) return;
      while (next < count) {
        const isLast = next === count - 1;
        const length = isLast ? expected.size % CHUNK_BYTES + SEALED_BYTES - CHUNK_BYTES : SEALED_BYTES;
        if (waiting.length < length) return;
        await target.write(open(waiting.subarray(0, length), isLast));
        waiting = waiting.subarray(length);
        next++;
      }
      if (waiting.length > 0) throw bad("it goes on behind its end");
    },
    async commit(mode, mtimeMs) {
      if (next < count) throw bad("it is cut off");
      await target.commit(mode, mtimeMs);
    },
    discard: () => target.discard(),
  };
}

const bad = (why: string): ProtocolError =>
  new ProtocolError(`no container: ${why}`, { by: "peer", code: "container", ends: "stream" });
