/**
 * A tick now and then, while something is shown that changes with time alone; else no timer runs.
 *
 * @module
 */
import type { Clock } from "../../lib/sys/clock.ts";
import { OVERLAYS } from "../overlays/mod.ts";
import type { Model } from "../state/types.ts";

/** Between two ticks: ages are told in seconds, and need not be right to one. */
const TICK_MS = 10_000;

/** The timer. */
export class Aging {
  readonly #clock: Pick<Clock, "after">;
  readonly #tick: () => void;
  #cancel: (() => void) | undefined;

  /** Nothing runs yet. */
  constructor(clock: Pick<Clock, "after">, tick: () => void) {
    this.#clock = clock;
    this.#tick = tick;
  }

  /** What is shown now. */
  shows({ overlays }: Model): void {
    const top = overlays.at(-1);
    if (top === undefined || OVERLAYS[top.name].ages === undefined) return this.stop();
    this.#cancel ??= this.#clock.after(TICK_MS, () => {
      this.#cancel = undefined;
      this.#tick();
    });
  }

  /** No tick comes any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
