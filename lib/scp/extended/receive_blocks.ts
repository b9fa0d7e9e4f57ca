/**
 * Blocks of a file, each followed by its digest, received into a file that can be taken up again; and bytes of which
 * nobody knows how many come.
 *
 * @see lib/scp/README.md "Extension", "Packed blocks", "Streams"
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import type { Packing } from "../../sys/copies/packing.ts";
import type { ResumableFile, TargetFile } from "../../sys/copies/part_file.ts";
import { readU32 } from "../../wire/bytes.ts";
import { Allowance, type Flow } from "../body.ts";
import { badWire, CopyError, cutOff, fatalError } from "../errors.ts";
import { IDLE_MS, type Wire } from "../wire.ts";
import { BLOCK_BYTES, BlockSum, HASH_BYTES, readControl, sameHash } from "./frames.ts";
import { Pieces } from "./pieces.ts";
import { oldBlock, type OldFile, type Told, WANTED } from "./reuse.ts";
import { STILL_HERE, STREAM_END } from "./send_stream.ts";
import { isNoBlock } from "./unread.ts";

/** How blocks are received. */
export interface Receiving extends Flow {
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
  /** Blocks may be packed: both sides have said so. */
  readonly packing?: Packing;
  /** The other side may say that it can't read its file to the end. */
  readonly hearsWhy?: boolean;
}

/**
 * Receives the rest of a file; a block counts when its digest is right.
 * @param reuse  The old version, and which of its blocks are not sent.
 * @returns SHA-256 over the digests of the blocks.
 * @throws {CopyError} broken: the stream ended, or a digest is not that of its block; what the other side says of a file
 *   that it can't read to the end. What came before stays.
 */
export async function receiveBlocks(
  wire: Wire,
  file: ResumableFile,
  size: number,
  receiving: Receiving,
  reuse?: { readonly old: OldFile; readonly told: Told },
): Promise<string> {
  const { digest } = receiving;
  const sum = new BlockSum(digest);
  const buffer = new Uint8Array(reuse ? BLOCK_BYTES : 0);
  const pieces = new Pieces(file, size - file.offset, (written) => wire.whileTaking(file, written));
  try {
    for (let at = file.offset, index = 0; at < size; index++) {
      const blockEnd = Math.min(size, (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES);
      if (reuse && reuse.told.wanted[index] !== WANTED) {
        const hash = reuse.told.hashes[index];
        await pieces.end();
        await file.write(await oldBlock(reuse.old, at, buffer.subarray(0, blockEnd - at), hash, digest));
        sum.pass(hash);
        await file.keep(hash);
        receiving.onReused?.(blockEnd - at);
      } else {
        const hash = await receiveBlock(wire, pieces, blockEnd - at, sum, receiving);
        pieces.behind(() => file.keep(hash));
      }
      at = blockEnd;
    }
  } finally {
    await pieces.end();
  }
  return sum.all();
}

/**
 * Receives all that comes.
 * @param ask  Asked before each piece, with what has come so far. Throws when there may be no more.
 * @returns SHA-256 over the digests of the pieces, and how many bytes there were.
 */
export async function receiveStream(
  wire: Wire,
  file: Pick<TargetFile, "write">,
  receiving: Receiving,
  ask: (more: number, size: number) => Promise<void>,
): Promise<{ readonly sent: string; readonly size: number }> {
  const sum = new BlockSum(receiving.digest);
  const pieces = new Pieces(file);
  let size = 0;
  try {
    for (;;) {
      const length = await readLength(wire);
      if (length === STREAM_END) return { sent: sum.all(), size };
      if (length === STILL_HERE) continue;
      if (length > BLOCK_BYTES) throw badWire("frame", "dmsgscp: piece that is too long");
      await ask(length, size);
      await receiveBlock(wire, pieces, length, sum, receiving);
      size += length;
    }
  } finally {
    await pieces.end();
  }
}

/** @returns Its digest, which is right. */
async function receiveBlock(
  wire: Wire,
  pieces: Pieces,
  length: number,
  sum: BlockSum,
  { packing, allow, onBytes, hearsWhy }: Receiving,
): Promise<Uint8Array> {
  const take = async (bytes: Uint8Array): Promise<void> => {
    await pieces.add(bytes, sum);
    onBytes?.(bytes.length);
  };
  const packed = packing ? await readLength(wire) : 0;
  // A packed block is shorter than what it becomes, and what it becomes has the length that was said.
  if (packed >= length) throw badWire("frame", "dmsgscp: packed block that is not shorter");
  if (packed > 0) {
    const whole = new Uint8Array(packed);
    let at = 0;
    await pass(wire, packed, allow, (bytes) => {
      whole.set(bytes, at);
      at += bytes.length;
    });
    const block = await packing!.unpack(whole, length);
    if (block === undefined) throw new CopyError("a block can't be unpacked", "broken");
    await take(block);
  } else await pass(wire, length, allow, take);
  await pieces.leave(sum);
  const told = await wire.reader.exactly(HASH_BYTES, IDLE_MS);
  if (told === undefined) throw cutOff("before the digest of a block");
  const hash = sum.end();
  if (hearsWhy && isNoBlock(told)) throw fatalError((await readControl(wire)).err ?? "no reason given");
  if (!sameHash(hash, told)) throw new CopyError("a block is not what was sent", "broken");
  return hash;
}

/** Hands on bytes as they come. */
async function pass(
  wire: Wire,
  count: number,
  allow: Flow["allow"],
  take: (bytes: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const allowance = new Allowance(allow);
  for (let left = count; left > 0;) {
    const bytes = await wire.reader.some(await allowance.most(left), IDLE_MS);
    if (bytes === null) throw cutOff(`${left} bytes before the end of a block`);
    allowance.moved(bytes.length);
    await take(bytes);
    left -= bytes.length;
  }
}

async function readLength(wire: Wire): Promise<number> {
  const head = wire.reader.here(4) ?? await wire.reader.exactly(4, IDLE_MS);
  if (head === undefined) throw cutOff("before the next block");
  return readU32(head, 0);
}
