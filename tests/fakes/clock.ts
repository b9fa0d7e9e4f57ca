/**
 * A clock that a test moves by hand.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../../lib/sys/clock.ts";

interface Timer {
  readonly atMs: number;
  run(): void;
}

/** Macrotask turns after which a chain of promises counts as settled; one turn empties the microtask queue. */
const SETTLE_TURNS = 3;

/**
 * Lets everything that can go on without time passing do so: microtasks, and tasks that they post.
 * The system's timers are not used, so a test's duration says nothing about its outcome.
 */
export async function settle(): Promise<void> {
  for (let i = 0; i < SETTLE_TURNS; i++) await macrotask();
}

const macrotask = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Time stands still between calls of {@link FakeClock.advance}. */
export class FakeClock implements Clock {
  #nowMs: number;
  #wallNs: bigint;
  readonly #timers = new Set<Timer>();

  /**
   * @param startMs  The monotonic clock at the start, milliseconds.
   * @param wallNs  The wall clock at the start, nanoseconds since 1970.
   */
  constructor(startMs = 1000, wallNs = 1_700_000_000_000_000_000n) {
    this.#nowMs = startMs;
    this.#wallNs = wallNs;
  }

  /** @see Clock.nowMs */
  nowMs(): number {
    return this.#nowMs;
  }

  /** @see Clock.wallNs */
  wallNs(): bigint {
    return this.#wallNs;
  }

  /** @see Clock.after */
  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, delayMs), run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that wait. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** When the next timer is due, or undefined. */
  get nextTimerMs(): number | undefined {
    return this.#next()?.atMs;
  }

  /**
   * Moves the clock and runs what falls due, in order; promises settle before the first timer and after each.
   * @param ms  How far, 0 or more.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#nowMs + ms;
    await settle();
    for (let timer = this.#next(); timer && timer.atMs <= target; timer = this.#next()) {
      this.#timers.delete(timer);
      this.#moveTo(timer.atMs);
      timer.run();
      await settle();
    }
    this.#moveTo(target);
  }

  /** Jumps the wall clock alone, as an administrator or NTP does. */
  setWall(wallNs: bigint): void {
    this.#wallNs = wallNs;
  }

  /** The earliest timer; of equal ones the one that was set first. */
  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (!first || timer.atMs < first.atMs) first = timer;
    return first;
  }

  #moveTo(ms: number): void {
    if (ms <= this.#nowMs) return;
    this.#wallNs += BigInt(Math.round((ms - this.#nowMs) * 1e6));
    this.#nowMs = ms;
  }
}
