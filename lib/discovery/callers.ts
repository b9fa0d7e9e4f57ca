/**
 * How often one caller may ask a discovery over dmsg.
 *
 * @see specification dmsg §7.3, current
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";

/** Requests a second of one caller. */
const PER_SECOND = 100;
/** Requests of one caller at once. */
const BURST = 200;
/** Callers that are counted; keys cost nothing, so those that asked long ago are forgotten. */
const MAX_CALLERS = 1024;

/** Counts the requests of callers. */
export class Callers {
  /** When all of a caller's requests are paid for, at {@link PER_SECOND}; the one that asked last comes last. */
  readonly #paidMs = new Map<PublicKeyHex, number>();

  /**
   * Counts one request.
   * @param nowMs  The time, milliseconds; never goes back.
   * @returns Whether it may be answered; one that may not is not counted.
   */
  take(caller: PublicKeyHex, nowMs: number): boolean {
    const paidMs = Math.max(nowMs, this.#paidMs.get(caller) ?? nowMs) + 1000 / PER_SECOND;
    if (paidMs - nowMs > BURST * 1000 / PER_SECOND) return false;
    this.#paidMs.delete(caller);
    this.#paidMs.set(caller, paidMs);
    for (const oldest of this.#paidMs.keys()) {
      if (this.#paidMs.size <= MAX_CALLERS) break;
      this.#paidMs.delete(oldest);
    }
    return true;
  }
}
