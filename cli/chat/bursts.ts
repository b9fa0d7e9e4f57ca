/**
 * Lines for somebody who reads them as they come: of what comes in bursts the first ones, and then how many there were.
 *
 * @module
 */
import type { Clock } from "../../lib/sys/clock.ts";

/** Lines of one second that are said; the rest is counted. */
const MAX_A_SECOND = 20;
/** A count follows what it counts after this. */
const COUNT_MS = 1000;

/** Lines to a reader. */
export class Bursts {
  readonly #clock: Pick<Clock, "nowMs" | "after">;
  readonly #print: (line: string) => void;
  #secondMs = 0;
  #saidInSecond = 0;
  #unsaid = 0;

  /** Nothing is said yet. @param print  Prints a line, which has no end. */
  constructor(clock: Pick<Clock, "nowMs" | "after">, print: (line: string) => void) {
    this.#clock = clock;
    this.#print = print;
  }

  /** Says a line, or counts it. */
  say(line: string): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#secondMs >= 1000) [this.#secondMs, this.#saidInSecond] = [nowMs, 0];
    if (++this.#saidInSecond <= MAX_A_SECOND) return this.#print(line);
    if (this.#unsaid++ === 0) this.#clock.after(COUNT_MS, () => this.end());
  }

  /** Says what was only counted. */
  end(): void {
    if (this.#unsaid > 0) this.#print(`${this.#unsaid} more lines; /page-up says them`);
    this.#unsaid = 0;
  }
}
