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
import { fillUp, Unread } from "./unread.ts";

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
 * @throws {UserError} local: the file became shorter, or can't be read. @throws {Unread} The same where the other side is
 *   told: a frame may be written then.
 */
export async function sendBlocks(
  wire: Writing,
  file: BlockSource,
  { size, offset }: { readonly size: number; readonly offset: number },
  sending: Sending,
  told?: Told,
): Promise<string> {
  const sum = new BlockSum(sending.digest);
  const line = new Line(wire, sending);
  const sender = new BlockSender(line, file, sum, sending, size - offset);
  for (let at = offset, index = 0; at < size; index++) {
    const blockEnd = Math.min(size, (Math.floor(at / BLOCK_BYTES) + 1) * BLOCK_BYTES);
    if (told && told.wanted[index] !== WANTED) {
      sum.pass(told.hashes[index]);
      sending.onReused?.(blockEnd - at);
      await file.skipTo(blockEnd);
    } else if (!await sender.send(at, blockEnd)) return sum.all();
    at = blockEnd;
  }
  await line.end();
  return sum.all();
}

/** Sends blocks of one file, one after the other. */
class BlockSender {
  readonly #line: Line;
  readonly #file: BlockSource;
  readonly #sum: BlockSum;
  readonly #sending: Sending;
  /** One is written while the next is read. */
  readonly #buffers: Uint8Array[];

  /** @param bytes  So many will be sent. */
  constructor(line: Line, file: BlockSource, sum: BlockSum, sending: Sending, bytes: number) {
    [this.#line, this.#file, this.#sum, this.#sending] = [line, file, sum, sending];
    const length = Math.min(CHUNK_BYTES, Math.max(1, bytes));
    this.#buffers = [new Uint8Array(length), new Uint8Array(length)];
  }

  /** Sends the block that the file stands at. @returns Whether all of it left: the other side may have said something. */
  async send(from: number, end: number): Promise<boolean> {
    const [line, sum, file] = [this.#line, this.#sum, this.#file];
    const { allow, onBytes, stopped = () => false } = this.#sending;
    const [{ length }] = this.#buffers;
    for (let at = from; at < end;) {
      if (stopped()) return false;
      const most = await allow?.(Math.min(length, end - at)) ?? length;
      this.#buffers.reverse();
      const into = this.#buffers[0].subarray(0, Math.min(most, end - at));
      const chunk = await this.#reading(this.#read(into), at - from, end - at);
      if (at === from && line.packer) {
        if (await line.packer.looksGood(chunk)) {
          await this.#whole(chunk, end - from);
          break;
        }
        await line.write(u32Bytes(0));
      }
      await line.write(chunk);
      onBytes?.(chunk.length);
      at += chunk.length;
    }
    await line.write(file.hashOf ? sum.pass(await file.hashOf(Math.ceil(end / BLOCK_BYTES) - 1)) : sum.end());
    return true;
  }

  /** Sends a block as a whole, which may be packed. */
  async #whole(beginning: Uint8Array, length: number): Promise<void> {
    const block = this.#line.blockOf(beginning, length);
    const rest = await this.#reading(fill(this.#file, block.subarray(beginning.length)), 0, length);
    this.#add(rest);
    await this.#line.block(block, beginning.length);
    this.#sending.onBytes?.(length);
  }

  async #read(into: Uint8Array): Promise<Uint8Array> {
    const count = await this.#file.read(into);
    if (count === null || count === 0) throw new BecameShorter();
    const chunk = into.subarray(0, count);
    this.#add(chunk);
    return chunk;
  }

  /** What reading gives. @param begun  So many bytes of the block were written. @param left  And so many were not. */
  async #reading(bytes: Promise<Uint8Array>, begun: number, left: number): Promise<Uint8Array> {
    try {
      return await bytes;
    } catch (error) {
      if (!this.#sending.saysWhy) throw error;
      if (begun === 0 && this.#line.packer) await this.#line.write(u32Bytes(0));
      await fillUp(this.#line, left);
      throw new Unread(error as Error);
    }
  }

  #add(bytes: Uint8Array): void {
    if (!this.#file.hashOf) this.#sum.add(bytes);
  }
}
