/**
 * Bytes, lines and fixed lengths out of a Duplex, each with a cap and a time limit: for protocols that read one thing
 * after the other.
 *
 * @module
 */
import { type Clock, within } from "../sys/clock.ts";
import { concat } from "./bytes.ts";
import { NetworkError } from "./errors.ts";
import type { Duplex, LongFrames } from "./machine.ts";

/** Where the time is limited elsewhere. */
export const NEVER_MS: number = 2 ** 31 - 1;

/** A stream that may be able to say that bytes are missing, to carry long frames, and to tell whether its peer is there. */
export type Stream = Duplex & Living & {
  reset?(): void;
  readonly longFrames?: LongFrames;
  /** Lets the other side know that somebody is here, who takes little: it counts as something that moved. */
  sign?(): void;
};

/** Something with another side. */
export interface Living {
  /**
   * Grows whenever the other side has taken something, or said anything; undefined where that can't be seen. Looked at
   * when a wait has become long, and from then on every some seconds.
   */
  readonly moved?: number;
}

/** How many times in a limit it is looked whether something has moved. */
const LOOKS = 3;
/**
 * A wait of so many limits ends whatever moves: signs of life cost nothing, and who takes nothing would hold a place for
 * ever. In an hour a reader of 150 bytes a second has taken all that windows and a server between two hold.
 */
const MOST_LIMITS = 60;

/**
 * The promise's outcome, or the error of `late` once nothing has moved for so long. See {@link within}.
 * @param limitMs  Milliseconds; it may take two thirds more. After 60 of it the wait is over, whatever moves.
 */
export function whileMoving<T>(
  living: Living,
  clock: Clock,
  limitMs: number,
  promise: Promise<T>,
  late: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  return within({ after: (ms, run) => onceStill(living, clock, ms, run) }, limitMs, promise, late, signal);
}

function onceStill(living: Living, clock: Clock, limitMs: number, run: () => void): () => void {
  if (!("moved" in living)) return clock.after(limitMs, run);
  let moved: number | undefined;
  let movedMs = clock.nowMs();
  const endMs = movedMs + MOST_LIMITS * limitMs;
  const look = (): void => {
    const now = living.moved;
    if (now !== moved) [moved, movedMs] = [now, clock.nowMs()];
    if (clock.nowMs() >= Math.min(movedMs + limitMs, endMs)) run();
    else cancel = clock.after(limitMs / LOOKS, look);
  };
  let cancel = clock.after(limitMs / LOOKS, look);
  return () => cancel();
}

const LF = 0x0a;

/** Reads a duplex in the pieces that a protocol wants; the result does not depend on how the stream is chunked. */
export class StreamReader {
  readonly #duplex: Pick<Duplex, "read">;
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  #view: Uint8Array = new Uint8Array(0);

  /**
   * The duplex is read here alone from now on.
   * @param signal  Ends every wait with its reason.
   */
  constructor(duplex: Pick<Duplex, "read">, clock: Clock, signal?: AbortSignal) {
    this.#duplex = duplex;
    this.#clock = clock;
    this.#signal = signal;
  }

  /**
   * Some bytes, as they come.
   * @param most  How many at most, 1 or more.
   * @param limitMs  Longest wait.
   * @returns A view that is valid until the next call, or null at the end of the stream.
   * @throws {NetworkError} timeout, or the pipe broke.
   */
  async some(most: number, limitMs: number): Promise<Uint8Array | null> {
    if (this.#view.length === 0) {
      const bytes = await within(
        this.#clock,
        limitMs,
        this.#duplex.read(),
        () => silent(limitMs),
        this.#signal,
      );
      if (bytes === null) return null;
      this.#view = bytes;
    }
    const taken = this.#view.subarray(0, most);
    this.#view = this.#view.subarray(taken.length);
    return taken;
  }

  /** What has come already and was not taken yet: a view that is valid until the next call. */
  get held(): Uint8Array {
    return this.#view;
  }

  /**
   * An exact number of bytes that have come already: without a wait, a limit or a copy, for what is read by thousands.
   * @returns A view that is valid until the next call; undefined when fewer are here, and nothing is taken then.
   */
  here(count: number): Uint8Array | undefined {
    if (this.#view.length < count) return undefined;
    const taken = this.#view.subarray(0, count);
    this.#view = this.#view.subarray(count);
    return taken;
  }

  /** The next byte, or undefined at the end of the stream. @throws As {@link some}. */
  async byte(limitMs: number): Promise<number | undefined> {
    return (await this.some(1, limitMs))?.[0];
  }

  /**
   * A line.
   * @param most  Bytes with the LF; a longer one is given back when so many are there.
   * @param limitMs  For the whole line.
   * @returns A copy: with its LF at the end; without one when the stream ended or the line is too long.
   * @throws As {@link some}.
   */
  async line(most: number, limitMs: number): Promise<Uint8Array> {
    const untilMs = this.#clock.nowMs() + limitMs;
    const parts: Uint8Array[] = [];
    for (let length = 0; length < most;) {
      const bytes = await this.some(most - length, Math.max(0, untilMs - this.#clock.nowMs()));
      if (bytes === null) break;
      const end = bytes.indexOf(LF) + 1;
      parts.push(bytes.slice(0, end || bytes.length));
      if (end > 0) {
        this.#giveBack(bytes.subarray(end));
        break;
      }
      length += bytes.length;
    }
    return concat(...parts);
  }

  /**
   * An exact number of bytes.
   * @returns A copy, or undefined when the stream ended first.
   * @throws As {@link some}.
   */
  async exactly(count: number, limitMs: number): Promise<Uint8Array | undefined> {
    const whole = new Uint8Array(count);
    const untilMs = this.#clock.nowMs() + limitMs;
    for (let at = 0; at < count;) {
      const bytes = await this.some(count - at, Math.max(0, untilMs - this.#clock.nowMs()));
      if (bytes === null) return undefined;
      whole.set(bytes, at);
      at += bytes.length;
    }
    return whole;
  }

  /** Views of one read lie behind each other: what is given back joins what is left. */
  #giveBack(rest: Uint8Array): void {
    if (rest.length === 0) return;
    const { buffer, byteOffset, length } = rest;
    this.#view = new Uint8Array(buffer, byteOffset, length + this.#view.length);
  }
}

/**
 * Writes with a limit on how long nothing may move: what the other side takes, little as it may be, gives it that time
 * again, where it can be seen. @throws {NetworkError} timeout, or the pipe broke.
 */
export function writeWithin(
  duplex: Pick<Duplex, "write"> & Living,
  clock: Clock,
  bytes: Uint8Array,
  limitMs: number,
  signal?: AbortSignal,
): Promise<void> {
  return whileMoving(duplex, clock, limitMs, duplex.write(bytes), () => silent(limitMs), signal);
}

/** The error of a wait in which nothing has moved. */
export const silent = (limitMs: number): NetworkError =>
  new NetworkError(`nothing moved for ${Math.round(limitMs / 1000)} s`, { retry: true, reason: "timeout" });
