/**
 * Blocks of the old version that need not be sent: the sender tells the digests of what it has, the receiver looks at
 * its old file and says which blocks it wants.
 *
 * @see lib/scp/README.md "Blocks of the old version"
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import { fill, type SeekableSource } from "../../sys/copies/source_file.ts";
import { badWire, CopyError, cutOff } from "../errors.ts";
import { IDLE_MS, type Wire } from "../wire.ts";
import { BLOCK_BYTES, HASH_BYTES, hashOf, sameHash } from "./frames.ts";

/** Answers that are written together: the sender hears of them while it still reads. */
const TOGETHER = 16;
/** Blocks of one file, 64 GiB of it: what is longer is sent whole, so that the digests fit the memory. */
const MAX_BLOCKS = 65536;

/** What the blocks of a stream are. */
export interface Told {
  /** Of each block from the offset on, 32 bytes each. */
  readonly hashes: readonly Uint8Array[];
  /** For each: {@link WANTED} when it is sent. */
  readonly wanted: Uint8Array;
}

/** The answer to a digest: send the block, or leave it out. */
export const WANTED = 1;
const THERE = 0;

/** An old version, as far as it is of use. */
export type OldFile = Pick<SeekableSource, "read" | "skipTo" | "size" | "close">;

/** Whether it is worth a look: both have a whole block behind the offset, and it is not too long. */
export const isWorthALook = (old: Pick<OldFile, "size">, size: number, offset: number): boolean =>
  Math.min(old.size, size) - offset >= BLOCK_BYTES && countOf(size, offset) <= MAX_BLOCKS;

const countOf = (size: number, offset: number): number => Math.ceil((size - offset) / BLOCK_BYTES);

/** The length of the block that begins here. */
const lengthAt = (at: number, size: number): number => Math.min(BLOCK_BYTES, size - at);

/**
 * Tells the digests of a file's blocks.
 * @param file  Stands at `offset`, and at the end of the file afterwards.
 * @returns What the receiver wants. @throws {UserError} local. @throws {CopyError} broken: the stream ended.
 */
export async function tellBlocks(
  wire: Wire,
  file: Pick<SeekableSource, "read">,
  { size, offset }: { readonly size: number; readonly offset: number },
  make: () => Digest,
): Promise<Told> {
  const count = countOf(size, offset);
  if (count > MAX_BLOCKS) throw badWire("frame", "dmsgscp: digests of too long a file");
  const answers = readAnswers(wire, count);
  answers.catch(() => {}); // thrown when it is waited for
  const buffer = new Uint8Array(lengthAt(offset, size));
  const hashes: Uint8Array[] = [];
  for (let at = offset; at < size; at += BLOCK_BYTES) {
    const hash = hashOf(await fill(file, buffer.subarray(0, lengthAt(at, size))), make);
    hashes.push(hash);
    await wire.write(hash);
  }
  return { hashes, wanted: await answers };
}

async function readAnswers(wire: Wire, count: number): Promise<Uint8Array> {
  const wanted = new Uint8Array(count);
  for (let at = 0; at < count; at += TOGETHER) {
    const some = await wire.reader.exactly(Math.min(TOGETHER, count - at), IDLE_MS);
    if (some === undefined) throw cutOff("before it was told which blocks are wanted");
    if (some.some((answer) => answer !== WANTED && answer !== THERE)) {
      throw badWire("frame", "dmsgscp: neither a block that is wanted nor one that is there");
    }
    wanted.set(some, at);
  }
  return wanted;
}

/**
 * Reads the digests of the blocks that could come, and says which are wanted.
 * @param old  Read as far as digests are told.
 * @returns What was told. @throws {CopyError} broken: the stream ended.
 */
export async function chooseBlocks(
  wire: Wire,
  old: OldFile,
  { size, offset }: { readonly size: number; readonly offset: number },
  make: () => Digest,
): Promise<Told> {
  const count = countOf(size, offset);
  const wanted = new Uint8Array(count);
  const hashes: Uint8Array[] = [];
  const buffer = new Uint8Array(BLOCK_BYTES);
  for (let from = 0; from < count; from += TOGETHER) {
    const end = Math.min(count, from + TOGETHER);
    for (let index = from; index < end; index++) {
      const told = await wire.reader.exactly(HASH_BYTES, IDLE_MS);
      if (told === undefined) throw cutOff("inside the digests of the blocks");
      const hash = told.slice();
      hashes.push(hash);
      const at = offset + index * BLOCK_BYTES;
      const block = buffer.subarray(0, lengthAt(at, size));
      wanted[index] = await isThere(old, at, block, hash, make) ? THERE : WANTED;
    }
    await wire.write(wanted.slice(from, end));
  }
  return { hashes, wanted };
}

/**
 * Reads a block of the old version again, to be kept as one of the new version.
 * @param into  As long as the block.
 * @throws {CopyError} broken: the old version has changed since it was looked at.
 */
export async function oldBlock(
  old: OldFile,
  at: number,
  into: Uint8Array,
  hash: Uint8Array,
  make: () => Digest,
): Promise<Uint8Array> {
  if (await isThere(old, at, into, hash, make)) return into;
  throw new CopyError("the old version changed while its blocks were used", "broken");
}

async function isThere(
  old: OldFile,
  at: number,
  into: Uint8Array,
  hash: Uint8Array,
  make: () => Digest,
): Promise<boolean> {
  try {
    await old.skipTo(at);
    await fill(old, into);
  } catch {
    return false; // it is shorter, or can't be read: then the block comes
  }
  return sameHash(hashOf(into, make), hash);
}
