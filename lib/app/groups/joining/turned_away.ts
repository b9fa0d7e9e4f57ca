/**
 * Whoever comes when too many come is turned away without a word about each: a flood is a line a minute.
 *
 * @module
 */
import type { Clock } from "../../../sys/clock.ts";

/** Between two lines about one place. */
const LINE_MS = 60_000;

/** Counts them, and tells. */
export class TurnedAway {
  readonly #clock: Pick<Clock, "after">;
  readonly #tell: (problem: Error) => void;
  readonly #counts = new Map<string, number>();
  readonly #cancels = new Set<() => void>();

  /** Nobody was. @param tell  Called a minute after the first at a place, with how many there were by then. */
  constructor(clock: Pick<Clock, "after">, tell: (problem: Error) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** One more was turned away. @param place  As the line names it: "the door of group …". */
  one(place: string): void {
    const count = this.#counts.get(place) ?? 0;
    this.#counts.set(place, count + 1);
    if (count > 0) return;
    const cancel = this.#clock.after(LINE_MS, () => {
      this.#cancels.delete(cancel);
      const all = this.#counts.get(place);
      this.#counts.delete(place);
      this.#tell(new Error(`${place}: ${all} within a minute were turned away, more than are looked at`));
    });
    this.#cancels.add(cancel);
  }

  /** Nothing more is told. */
  close(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
