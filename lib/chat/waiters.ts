/**
 * Who waits for which ack on one connection.
 *
 * @see specification skychat §a.3
 * @module
 */

/** Most messages of one connection that wait at the same time, and most late ids that are remembered. */
export const MAX_WAITERS = 1024;

/** A message of ours whose ack is due. */
export interface Waiter {
  /** The message's id on the wire. */
  readonly id: string;
  /** The caller's own name for the message. */
  readonly ref: string;
  /** When it was written. */
  readonly sentMs: number;
  /** When its sender gives up. */
  readonly deadlineMs: number;
}

/** What an ack's id stands for. */
export type AckOutcome =
  | { readonly kind: "in-time"; readonly waiter: Waiter }
  | { readonly kind: "late" }
  | { readonly kind: "unknown" };

/** Waiters by message id, and the ids of those that gave up: an ack that comes after all is still worth knowing. */
export class AckWaiters {
  readonly #waiting = new Map<string, Waiter>();
  readonly #late = new Set<string>();

  /** Whether nobody more can wait. */
  get full(): boolean {
    return this.#waiting.size >= MAX_WAITERS;
  }

  /** The earliest deadline, or undefined. */
  get deadlineMs(): number | undefined {
    let earliest: number | undefined;
    for (const { deadlineMs } of this.#waiting.values()) {
      if (earliest === undefined || deadlineMs < earliest) earliest = deadlineMs;
    }
    return earliest;
  }

  /**
   * Registers a waiter; before the message is written, since the ack may come at once.
   * @throws {RangeError} When one with that id waits already, or {@link full}.
   */
  add(waiter: Waiter): void {
    if (this.full) throw new RangeError(`more than ${MAX_WAITERS} messages wait for acks`);
    if (this.#waiting.has(waiter.id)) {
      throw new RangeError("a message with this id waits for its ack already");
    }
    this.#late.delete(waiter.id);
    this.#waiting.set(waiter.id, waiter);
  }

  /** Remembers an id for which nobody waits any more; the oldest is forgotten beyond the cap. */
  addLate(id: string): void {
    this.#late.delete(id);
    this.#late.add(id);
    if (this.#late.size > MAX_WAITERS) this.#late.delete(this.#late.values().next().value!);
  }

  /** Takes an ack. Each id has one outcome other than `unknown`: a duplicate does nothing. */
  take(id: string): AckOutcome {
    const waiter = this.#waiting.get(id);
    if (waiter) {
      this.#waiting.delete(id);
      return { kind: "in-time", waiter };
    }
    return { kind: this.#late.delete(id) ? "late" : "unknown" };
  }

  /** Removes those whose deadline has passed, in the order of sending. */
  expire(nowMs: number): Waiter[] {
    const expired = [...this.#waiting.values()].filter(({ deadlineMs }) => deadlineMs <= nowMs);
    for (const { id } of expired) {
      this.#waiting.delete(id);
      this.addLate(id);
    }
    return expired;
  }

  /** Removes all, in the order of sending. */
  clear(): Waiter[] {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#late.clear();
    return all;
  }
}
