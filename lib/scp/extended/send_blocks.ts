/**
 * A file in blocks, each followed by its digest: sent from an offset.
 *
 * @see lib/scp/README.md "Extension", "Packed blocks"
 * @module
 */
import { BecameShorter, fill, type SeekableSource } from "../../sys/copies/source_file.ts";
import { u32Bytes } from "../../wire/bytes.ts";
import { CHUNK_BYTES } from "../body.ts";
import { BLOCK_BYTES, BlockSum } from "./frames.ts";
import { Line, type Sending, type Writing } from "./line.ts";
import { type Told, WANTED } from "./reuse.ts";

/** A file of which the digests of blocks may be known without reading it here: it is read once for many. */
export interface BlockSource extends Pick<SeekableSource, "read" | "skipTo"> {
  /** SHA-256 of a block that was read, 32 bytes. @param block  0 for the first 1 MiB. */
  hashOf?(block: number): Promise<Uint8Array>;
}

/**
 * Sends the rest of a file.
 * @param file  Stands at `offset`.
 * @param told  What the other side wants; everything, when it was not asked.
 * @returns SHA-256 over the digests of the blocks, sent or not.
 * @throws {UserError} local: the file became shorter, or can't be read.
 */
export async function sendBlocks(
  wire: Writing,
  file: BlockSource,
  { size, offset }: { readonly size: number; readonly offset: number },
  sending: Sending,
  told?: Told,
): Promise<string> {
  const { allow, onBytes, onReused, stopped = () => false } = sending;
  const sum = new BlockSum(sending.digest);
  const add = (bytes: Uint8Array): void => file.hashOf ? undefined : sum.add(bytes);
  const line = new Line(wire, sending);
  const length = Math.min(CHUNK_BYTES, Math.max(1, size - offset));
  const buffers = [new Uint8Array(length), new Uint8Array(length)];
  for (let at = offset, index = 0; at < size; index++) {
    const blockEnd = Math.min(size, (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES);
    if (told && told.wanted[index] !== WANTED) {
      sum.pass(told.hashes[index]);
      onReused?.(blockEnd - at);
      await file.skipTo(at = blockEnd);
      continue;
    }
    for (let isFirst = true; at < blockEnd; isFirst = false) {
      if (stopped()) return sum.all();
      const most = await allow?.(Math.min(length, blockEnd - at)) ?? length;
      buffers.reverse();
      const count = await file.read(buffers[0].subarray(0, Math.min(most, blockEnd - at)));
      if (count === null || count === 0) throw new BecameShorter();
      const chunk = buffers[0].subarray(0, count);
      add(chunk);
      if (isFirst && line.packer) {
        if (await line.packer.looksGood(chunk)) {
          const block = line.blockOf(chunk, blockEnd - at);
          add(await fill(file, block.subarray(count)));
          await line.block(block, count);
          at = blockEnd;
          onBytes?.(block.length);
          continue;
        }
        await line.write(u32Bytes(0));
      }
      await line.write(chunk);
      onBytes?.(count);
      at += count;
    }
    await line.write(file.hashOf ? sum.pass(await file.hashOf(Math.ceil(at / BLOCK_BYTES) - 1)) : sum.end());
  }
  await line.end();
  return sum.all();
}
