/**
 * One run of bytes over several streams: cut into numbered pieces, each sent over a stream that is free, and put
 * together again in their order.
 *
 * @see lib/scp/README.md "Stripes"
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import { readU32 } from "../../wire/bytes.ts";
import type { StreamReader } from "../../wire/reading.ts";
import { CHUNK_BYTES } from "../body.ts";
import { badWire, cutOff } from "../errors.ts";
import { type Living, NEVER_MS } from "../../wire/reading.ts";
import type { Wire } from "../wire.ts";

/** A piece with its head is one write to a socket. */
const HEAD_BYTES = 8;
const PIECE_BYTES: number = CHUNK_BYTES - HEAD_BYTES;

/** Streams beside the first one, of one copy. */
export const MORE_STREAMS = 3;
/** With less left a copy is over before further streams are open. */
export const STRIPED_BYTES: number = 16 * 2 ** 20;

/** Takes bytes. */
export type Writer = Pick<Wire, "write"> & Living;

interface Lane {
  readonly wire: Writer;
  readonly buffer: Uint8Array;
  /** Bytes of the piece that is being filled. */
  filled: number;
  /** What was written last has left. */
  left: Promise<void>;
}

/** Writes bytes over several streams. */
export class StripedWriting implements Living {
  /** Measures. */
  readonly clock: Clock;
  readonly #lanes: Lane[] = [];
  readonly #free: Lane[] = [];
  #filling: Lane | undefined;
  #number = 0;
  #wanted: PromiseWithResolvers<void> | undefined;
  #failed: { readonly error: unknown } | undefined;

  /** Over one stream, until others are opened. */
  constructor(first: Writer, clock: Clock) {
    this.clock = clock;
    this.add(first);
  }

  /** Writes over one more stream. */
  add(wire: Writer): void {
    const lane: Lane = {
      wire,
      buffer: new Uint8Array(HEAD_BYTES + PIECE_BYTES),
      filled: 0,
      left: Promise.resolve(),
    };
    this.#lanes.push(lane);
    this.#isFree(lane);
  }

  /** Bytes that have been cut into pieces. */
  bytes(): number {
    return this.#number * PIECE_BYTES;
  }

  /** Of all streams: the other side reads them in turns, and one may wait for long. */
  get moved(): number | undefined {
    const all = this.#lanes.map(({ wire }) => wire.moved);
    return all.includes(undefined) ? undefined : all.reduce((sum, one) => sum! + one!, 0);
  }

  /** Writes bytes, which are copied; resolves when all of them have a stream. @throws What any write has thrown. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const lane = this.#filling ??= await this.#next();
      const count = Math.min(bytes.length - from, PIECE_BYTES - lane.filled);
      lane.buffer.set(bytes.subarray(from, from + count), HEAD_BYTES + lane.filled);
      lane.filled += count;
      from += count;
      if (lane.filled === PIECE_BYTES) this.#leave(lane);
    }
  }

  /** Writes what is held; resolves when all has left. @throws As {@link write}. */
  async flush(): Promise<void> {
    if (this.#filling) this.#leave(this.#filling);
    for (const { left } of this.#lanes) await left;
    if (this.#failed) throw this.#failed.error;
  }

  async #next(): Promise<Lane> {
    for (;;) {
      if (this.#failed) throw this.#failed.error;
      const lane = this.#free.shift();
      if (lane) return lane;
      this.#wanted = Promise.withResolvers();
      await this.#wanted.promise;
    }
  }

  #isFree(lane: Lane): void {
    this.#free.push(lane);
    this.#wanted?.resolve();
  }

  #leave(lane: Lane): void {
    const head = new DataView(lane.buffer.buffer);
    head.setUint32(0, this.#number++);
    head.setUint32(4, lane.filled);
    const piece = lane.buffer.subarray(0, HEAD_BYTES + lane.filled);
    lane.filled = 0;
    this.#filling = undefined;
    lane.left = lane.wire.write(piece, this).then(() => this.#isFree(lane), (error) => {
      this.#failed ??= { error };
      this.#wanted?.resolve();
    });
  }
}

interface Head {
  readonly reader: StreamReader;
  left: number;
  readonly taken: PromiseWithResolvers<void>;
}

/** Reads bytes that come over several streams. */
export class StripedReading {
  /** By their numbers: pieces whose head was read, and whose bytes come next on their stream. */
  readonly #heads = new Map<number, Head>();
  #next = 0;
  #wanted: PromiseWithResolvers<void> | undefined;
  #failed: { readonly error: unknown } | undefined;

  /** Over one stream, until others are opened. */
  constructor(first: StreamReader) {
    this.add(first);
  }

  /** Reads from one more stream. When it breaks, who reads is told. */
  add(reader: StreamReader): void {
    this.#readHeads(reader).catch((error) => {
      this.#failed ??= { error };
      this.#wanted?.resolve();
    });
  }

  /** Bytes of pieces that have been read, when all were as long as they may be. */
  bytes(): number {
    return this.#next * PIECE_BYTES;
  }

  /** The next bytes: a view that is valid until the next call. @throws What a stream has ended with. */
  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const head = this.#heads.get(this.#next);
      if (head && head.left > 0) {
        const { held } = head.reader;
        const bytes = head.reader.here(Math.min(held.length, head.left) || head.left) ??
          await head.reader.some(head.left, NEVER_MS);
        if (bytes === null) throw cutOff("inside a piece");
        head.left -= bytes.length;
        return bytes;
      }
      if (head) {
        this.#heads.delete(this.#next++);
        head.taken.resolve();
        continue;
      }
      if (this.#failed) throw this.#failed.error;
      this.#wanted = Promise.withResolvers();
      await this.#wanted.promise;
    }
  }

  async #readHeads(reader: StreamReader): Promise<never> {
    for (;;) {
      const head = reader.here(HEAD_BYTES) ?? await reader.exactly(HEAD_BYTES, NEVER_MS);
      if (head === undefined) throw cutOff("before the next piece");
      const [number, left] = [readU32(head, 0), readU32(head, 4)];
      const isOdd = left === 0 || left > PIECE_BYTES || number < this.#next || this.#heads.has(number);
      if (isOdd) throw badWire("piece", "dmsgscp: piece that can't be one");
      const taken = Promise.withResolvers<void>();
      this.#heads.set(number, { reader, left, taken });
      this.#wanted?.resolve();
      await taken.promise;
    }
  }
}
