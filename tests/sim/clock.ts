/**
 * A clock for many timers: it jumps from one to the next, and lets everything settle in between.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../../lib/sys/clock.ts";

interface Timer {
  readonly atMs: number;
  /** Timers of one time run in the order in which they were set. */
  readonly order: number;
  /** Undefined once it ran or was cancelled. */
  run: (() => void) | undefined;
}

/** 2026-11-23, nanoseconds. */
const START_NS = 1_795_392_000_000_000_000n;

/** Time stands still between calls of {@link SimClock.advance}. */
export class SimClock implements Clock {
  readonly #turns: number;
  /** A binary heap, the earliest first. */
  readonly #heap: Timer[] = [];
  #nowMs = 0;
  #orders = 0;
  #pending = 0;

  /**
   * @param turns  Macrotasks between two times. One empties the queue of microtasks, and nothing in the program waits
   *   for more; a test shows that more change nothing.
   */
  constructor(turns = 1) {
    this.#turns = turns;
  }

  /** @see Clock.nowMs */
  nowMs(): number {
    return this.#nowMs;
  }

  /** @see Clock.wallNs */
  wallNs(): bigint {
    return START_NS + BigInt(Math.round(this.#nowMs * 1e6));
  }

  /** Timers that wait. */
  get pendingTimers(): number {
    return this.#pending;
  }

  /** @see Clock.after */
  after(delayMs: number, run: () => void): () => void {
    // Whole milliseconds, never early: a fraction could be lost in the sum, and the caller would wait for it for ever.
    const atMs = Math.ceil(this.#nowMs + Math.max(0, delayMs));
    const timer: Timer = { atMs, order: this.#orders++, run };
    this.#push(timer);
    this.#pending++;
    return () => {
      if (timer.run) this.#pending--;
      timer.run = undefined;
    };
  }

  /** Moves on by some milliseconds and runs what falls due. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.#settle();
    while (this.#heap.length > 0 && this.#heap[0].atMs <= endMs) {
      this.#nowMs = this.#heap[0].atMs;
      while (this.#heap.length > 0 && this.#heap[0].atMs <= this.#nowMs) this.#runFirst();
      await this.#settle();
    }
    this.#nowMs = endMs;
  }

  async #settle(): Promise<void> {
    for (let i = 0; i < this.#turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #runFirst(): void {
    const timer = this.#pop();
    const { run } = timer;
    if (!run) return;
    timer.run = undefined;
    this.#pending--;
    run();
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): Timer {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (a: Timer, b: Timer): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
