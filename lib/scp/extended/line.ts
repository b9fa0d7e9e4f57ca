/**
 * How blocks are written: one while the next is read, packed where that pays.
 *
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import type { Packing } from "../../sys/copies/packing.ts";
import { u32Bytes } from "../../wire/bytes.ts";
import { CHUNK_BYTES, type Flow } from "../body.ts";
import type { Wire } from "../wire.ts";
import { Packer } from "./packer.ts";

/** Where they are written. */
export type Writing = Pick<Wire, "write" | "clock">;

/** How blocks are sent. */
export interface Sending extends Flow {
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
  /** Blocks may be packed: both sides have said so. */
  readonly packing?: Packing;
  /** Asked between writes: the other side has said something in the middle. */
  readonly stopped?: () => boolean;
  /** Says why when the file can't be read to the end: the block is filled up for that. */
  readonly saysWhy?: boolean;
  /** Runs something when it has, while nothing can be sent yet. */
  readonly onStopped?: (run: () => void) => void;
}

/** Writes one thing while the next is read. */
export class Line {
  /** Undefined: nothing is packed, and blocks have no head. */
  readonly packer: Packer | undefined;
  readonly #wire: Writing;
  readonly #allow: Flow["allow"];
  #written: Promise<void> = Promise.resolve();
  #block: Uint8Array = new Uint8Array(0);

  /** Nothing is written yet. */
  constructor(wire: Writing, { packing, allow }: Pick<Sending, "packing" | "allow">) {
    this.#wire = wire;
    this.#allow = allow;
    this.packer = packing && new Packer(packing, wire.clock);
  }

  /** Writes bytes while the next are read. @param bytes  Not to be changed until the next call has resolved. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#written;
    const beganMs = this.#wire.clock.nowMs();
    this.#written = this.#wire.write(bytes).then(() =>
      this.packer?.sent(bytes.length, this.#wire.clock.nowMs() - beganMs)
    );
    this.#written.catch(() => {}); // thrown by the next one, or at the end
  }

  /** Room for a whole block, beginning with a piece of it. */
  blockOf(beginning: Uint8Array, length: number): Uint8Array {
    if (this.#block.length < length) this.#block = new Uint8Array(length);
    this.#block.set(beginning);
    return this.#block.subarray(0, length);
  }

  /** Writes a whole block with its head, packed where that pays. @param allowed  So much of it may move already. */
  async block(block: Uint8Array, allowed: number): Promise<void> {
    const packed = await this.packer!.pack(block);
    await this.write(u32Bytes(packed?.length ?? 0));
    const bytes = packed ?? block;
    for (let at = 0; at < bytes.length;) {
      const left = Math.min(CHUNK_BYTES, bytes.length - at);
      const count = at < allowed ? Math.min(left, allowed - at) : await this.#allow?.(left) ?? left;
      await this.write(bytes.subarray(at, at + count));
      at += count;
    }
    if (!packed) await this.end(); // the room is used again
  }

  /** All has been written. */
  async end(): Promise<void> {
    await this.#written;
  }
}
