/**
 * A file in blocks, each followed by its digest: sent from an offset, received into a file that can be taken up again.
 *
 * @see lib/scp/README.md "Extension"
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import type { ResumableFile } from "../../sys/part_file.ts";
import { becameShorter, type SeekableSource } from "../../sys/source_file.ts";
import { CHUNK_BYTES, type Flow } from "../body.ts";
import { CopyError, cutOff } from "../errors.ts";
import { IDLE_MS, type Wire } from "../wire.ts";
import { BLOCK_BYTES, BlockSum, HASH_BYTES, sameHash } from "./frames.ts";
import { oldBlock, type OldFile, type Told, WANTED } from "./reuse.ts";

/**
 * Sends the rest of a file.
 * @param file  Stands at `offset`.
 * @param stopped  Asked between writes: the other side has said something in the middle.
 * @param told  What the other side wants; everything, when it was not asked.
 * @returns SHA-256 over the digests of the blocks, sent or not.
 * @throws {UserError} local: the file became shorter, or can't be read.
 */
export async function sendBlocks(
  wire: Wire,
  file: Pick<SeekableSource, "read" | "skipTo">,
  { size, offset }: { readonly size: number; readonly offset: number },
  make: () => Digest,
  flow: Flow,
  stopped: () => boolean = () => false,
  told?: Told,
): Promise<string> {
  const sum = new BlockSum(make);
  // One chunk is read and hashed while the one before is written.
  let written: Promise<void> = Promise.resolve();
  const write = async (bytes: Uint8Array): Promise<void> => {
    await written;
    written = wire.write(bytes);
    written.catch(() => {}); // thrown by the next one, or at the end
  };
  const length = Math.min(CHUNK_BYTES, Math.max(1, size - offset));
  const buffers = [new Uint8Array(length), new Uint8Array(length)];
  for (let at = offset, index = 0; at < size; index++) {
    const blockEnd = Math.min(size, (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES);
    if (told && told.wanted[index] !== WANTED) {
      sum.pass(told.hashes[index]);
      flow.onReused?.(blockEnd - at);
      await file.skipTo(at = blockEnd);
      continue;
    }
    while (at < blockEnd) {
      if (stopped()) return sum.all();
      const most = await flow.allow?.(Math.min(length, blockEnd - at)) ?? length;
      buffers.reverse();
      const count = await file.read(buffers[0].subarray(0, Math.min(most, blockEnd - at)));
      if (count === null || count === 0) throw becameShorter();
      const chunk = buffers[0].subarray(0, count);
      sum.add(chunk);
      await write(chunk);
      flow.onBytes?.(count);
      at += count;
    }
    await write(sum.end());
  }
  await written;
  return sum.all();
}

/**
 * Receives the rest of a file; a block counts when its digest is right.
 * @param reuse  The old version, and which of its blocks are not sent.
 * @returns SHA-256 over the digests of the blocks.
 * @throws {CopyError} broken: the stream ended, or a digest is not that of its block. What came before stays.
 */
export async function receiveBlocks(
  wire: Wire,
  file: ResumableFile,
  size: number,
  make: () => Digest,
  flow: Flow,
  reuse?: { readonly old: OldFile; readonly told: Told },
): Promise<string> {
  const sum = new BlockSum(make);
  const buffer = new Uint8Array(reuse ? BLOCK_BYTES : 0);
  for (let at = file.offset, index = 0; at < size; index++) {
    const blockEnd = Math.min(size, (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES);
    if (reuse && reuse.told.wanted[index] !== WANTED) {
      const hash = reuse.told.hashes[index];
      await file.write(await oldBlock(reuse.old, at, buffer.subarray(0, blockEnd - at), hash, make));
      sum.pass(hash);
      await file.keep(hash);
      flow.onReused?.(blockEnd - at);
      at = blockEnd;
      continue;
    }
    while (at < blockEnd) {
      const most = await flow.allow?.(Math.min(CHUNK_BYTES, blockEnd - at)) ?? blockEnd - at;
      const bytes = await wire.reader.some(Math.min(most, blockEnd - at), IDLE_MS);
      if (bytes === null) throw cutOff(`${size - at} bytes before the end of the file`);
      sum.add(bytes);
      await file.write(bytes);
      flow.onBytes?.(bytes.length);
      at += bytes.length;
    }
    const told = await wire.reader.exactly(HASH_BYTES, IDLE_MS);
    if (told === undefined) throw cutOff("before the digest of a block");
    const hash = sum.end();
    if (!sameHash(hash, told)) throw new CopyError("a block is not what was sent", "broken");
    await file.keep(hash);
  }
  return sum.all();
}
