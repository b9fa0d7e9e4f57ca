/**
 * Which blocks of a file are worth packing: a sample of each tells, and what packing and sending have cost so far.
 *
 * @see lib/scp/README.md "Packed blocks"
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { Packing } from "../../sys/copies/packing.ts";
import { concat } from "../../wire/bytes.ts";

/** Three pieces of what is looked at, each so long. */
const SAMPLE_BYTES = 2048;
/** A packed block saves at least an eighth: less is not worth the other side's time. */
const MOST = 7 / 8;
/** Blocks that are not sampled behind one that does not pay: 1, 3, 7, 15 … of them, as more and more don't. */
const MAX_MISSES = 4;
/** What packing takes counts so often: unpacking takes time as well, and meanwhile neither side moves anything. */
const EFFORT = 8;
/** Less says nothing: a digest waits for what lies before it. */
const MEASURED_BYTES = 2 ** 15;
/** After so many packed blocks a plain one shows again how quick the network is. */
const MEASURE_EVERY = 32;
/** How much of what a byte costs is taken from the last block. */
const WEIGHT = 0.3;

/** Decides for the blocks of one stream. */
export class Packer {
  readonly #packing: Packing;
  readonly #clock: Clock;
  #misses = 0;
  #skip = 0;
  /** Milliseconds a byte. The network's is measured with plain blocks: a packed one waits for who unpacks it. */
  #packCost: number | undefined;
  #wireCost: number | undefined;
  #isPlain = true;
  /** Packed ones since the last plain one. */
  #packed = 0;

  /** Nothing is known yet. */
  constructor(packing: Packing, clock: Clock) {
    this.#packing = packing;
    this.#clock = clock;
  }

  /** Whether a block is likely to pay. @param beginning  Its first bytes. */
  async looksGood(beginning: Uint8Array): Promise<boolean> {
    this.#isPlain = true;
    const isToBeMeasured = this.#packed >= (this.#wireCost === undefined ? 1 : MEASURE_EVERY);
    if (isToBeMeasured) this.#packed = 0;
    if (this.#skip > 0 || isToBeMeasured) {
      this.#skip = Math.max(0, this.#skip - 1);
      return false;
    }
    const sample = sampleOf(beginning);
    const share = (await this.#packing.pack(sample)).length / Math.max(1, sample.length);
    const saved = 1 - share;
    const isQuick = this.#wireCost === undefined || this.#packCost === undefined ||
      EFFORT * this.#packCost <= saved * this.#wireCost;
    if (share <= MOST && isQuick) {
      this.#isPlain = false;
      return true;
    }
    this.#miss();
    return false;
  }

  /** Packs a block. @returns undefined when it does not pay. */
  async pack(block: Uint8Array): Promise<Uint8Array | undefined> {
    const beganMs = this.#clock.nowMs();
    const packed = await this.#packing.pack(block);
    this.#packCost = mixed(this.#packCost, (this.#clock.nowMs() - beganMs) / block.length);
    if (packed.length <= block.length * MOST) {
      this.#misses = 0;
      this.#packed++;
      return packed;
    }
    this.#miss();
    return undefined;
  }

  /** So long it took until bytes were on their way. */
  sent(bytes: number, ms: number): void {
    if (bytes >= MEASURED_BYTES && this.#isPlain) this.#wireCost = mixed(this.#wireCost, ms / bytes);
  }

  #miss(): void {
    this.#misses = Math.min(MAX_MISSES, this.#misses + 1);
    this.#skip = 2 ** this.#misses - 1;
  }
}

const mixed = (before: number | undefined, now: number): number =>
  before === undefined ? now : before * (1 - WEIGHT) + now * WEIGHT;

/** Of the beginning, the middle and the end: what is read first may be a header. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= 3 * SAMPLE_BYTES) return bytes;
  const at = [0, (bytes.length - SAMPLE_BYTES) >> 1, bytes.length - SAMPLE_BYTES];
  return concat(...at.map((from) => bytes.subarray(from, from + SAMPLE_BYTES)));
}
