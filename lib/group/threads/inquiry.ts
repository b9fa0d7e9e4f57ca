/**
 * When members are asked for leaves that are not here: at once when something new is missing, and again and again, less
 * and less often, as long as it stays missing.
 *
 * @module
 */
import type { Missing } from "./author_ledger.ts";

/** Most ranges in one request. */
export const MAX_WANTS = 64;
/** Longest wait between two requests for the same, in ticks of 30 s: 8 minutes. */
const MAX_WAIT_TICKS = 16;

/** Paces requests. */
export class Inquiry {
  #asked = "";
  #waitTicks = 0;
  #leftTicks = 0;

  /** Called at each tick. @returns What is to be asked for now; nothing most of the time. */
  due(missing: readonly Missing[]): Missing[] {
    const key = missing.map(({ author, inc, from, to }) => `${author}/${inc}/${from}-${to}`).join();
    if (key !== this.#asked) this.#waitTicks = this.#leftTicks = 0;
    this.#asked = key;
    if (missing.length === 0 || this.#leftTicks-- > 0) return [];
    this.#waitTicks = Math.min(MAX_WAIT_TICKS, Math.max(1, this.#waitTicks * 2));
    this.#leftTicks = this.#waitTicks - 1;
    return missing.slice(0, MAX_WANTS);
  }
}
