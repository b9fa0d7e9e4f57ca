/**
 * Whether a discovery answers: at the end nobody waits long for one that does not.
 *
 * @module
 */
import { type Clock, sleep } from "../../sys/clock.ts";

/** A question that is open for longer says that there is no answer, milliseconds. */
const SILENT_MS = 1000;
/** So long a farewell may take with a silent discovery, milliseconds. */
const FAREWELL_MS = 500;

/** What is known of the answers. */
export class Answering {
  readonly #clock: Clock;
  #askedMs: number | undefined;
  #isAnswered = true;
  #heardMs = -Infinity;

  /** Nothing has been asked yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Waits for an answer, one at a time, and notes whether it came.
   * @param isAnswer  Whether what came is one; errors never are.
   * @throws What the question throws.
   */
  async ask<T>(question: Promise<T>, isAnswer: (answer: T) => boolean = () => true): Promise<T> {
    this.#askedMs = this.#clock.nowMs();
    try {
      const answer = await question;
      this.#isAnswered = isAnswer(answer);
      if (this.#isAnswered) this.heard();
      return answer;
    } catch (error) {
      this.#isAnswered = false;
      throw error;
    } finally {
      this.#askedMs = undefined;
    }
  }

  /** Notes that a part of what is asked was answered. */
  heard(): void {
    this.#heardMs = this.#clock.nowMs();
  }

  /**
   * Waits for what is done last: for a second without any answer, and for half of one when the question before it has none
   * or is open for a second.
   * @throws What it throws meanwhile.
   */
  async farewell(leaving: Promise<void>): Promise<void> {
    const openMs = this.#askedMs === undefined ? 0 : this.#clock.nowMs() - this.#askedMs;
    const isSilent = !this.#isAnswered || openMs >= SILENT_MS;
    const left = leaving.then(() => true);
    let waitMs = isSilent ? FAREWELL_MS : SILENT_MS;
    while (waitMs > 0 && !await this.#within(waitMs, left)) {
      waitMs = this.#heardMs + SILENT_MS - this.#clock.nowMs();
    }
  }

  async #within(ms: number, left: Promise<boolean>): Promise<boolean> {
    const over = new AbortController();
    const patience = sleep(this.#clock, ms, over.signal).then(() => false, () => false);
    return await Promise.race([left, patience]).finally(() => over.abort());
  }
}
