/**
 * Many timers of one duration: a queue in the order in which they run out.
 *
 * @module
 */

/**
 * Timers that all run equally long. As the clock never goes back, the order of starting is the order of running
 * out, so no call looks at more than the timers that it removes.
 */
export class TimerQueue<Key> {
  readonly #durationMs: number;
  readonly #startedMs = new Map<Key, number>();
  #earliestMs: number | undefined;

  /** An empty queue whose timers will run for `durationMs`. */
  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  /** Timers that run. */
  get size(): number {
    return this.#startedMs.size;
  }

  /** When to call {@link TimerQueue.takeDue}: never late, early at most once for each timer that was stopped. */
  get earliestMs(): number | undefined {
    return this.#earliestMs;
  }

  /** When the oldest of more than `most` timers was started. */
  crowdSinceMs(most: number): number | undefined {
    return this.#startedMs.size > most ? this.#startedMs.values().next().value : undefined;
  }

  /** Removes the oldest of more than `most` timers, those that were started until then, and returns their keys. */
  takeCrowd(most: number, untilMs: number): Key[] {
    const taken: Key[] = [];
    for (const [key, startedMs] of this.#startedMs) {
      if (this.#startedMs.size <= most || startedMs > untilMs) break;
      this.stop(key);
      taken.push(key);
    }
    return taken;
  }

  /** Starts a timer; the key must not have one that runs. */
  start(key: Key, nowMs: number): void {
    this.#startedMs.set(key, nowMs);
    this.#earliestMs ??= nowMs + this.#durationMs;
  }

  /**
   * Stops a timer.
   * @returns When it was started; undefined when the key has none.
   */
  stop(key: Key): number | undefined {
    const startedMs = this.#startedMs.get(key);
    if (this.#startedMs.delete(key) && this.#startedMs.size === 0) this.#earliestMs = undefined;
    return startedMs;
  }

  /** Removes the timers that ran out and returns their keys, oldest first. */
  takeDue(nowMs: number): Key[] {
    const due: Key[] = [];
    this.#earliestMs = undefined;
    for (const [key, startedMs] of this.#startedMs) {
      if (startedMs + this.#durationMs > nowMs) {
        this.#earliestMs = startedMs + this.#durationMs;
        break;
      }
      this.#startedMs.delete(key);
      due.push(key);
    }
    return due;
  }
}
