/**
 * Groups that are kept and could not be opened: what the disk does not give now it may give later.
 *
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { GroupId } from "./groups.ts";

/** Until one is tried again. */
const AGAIN_MS = 30_000;

/** Those of one identity. */
export class Unopened {
  readonly #cancels = new Map<GroupId, () => void>();
  #isClosed = false;

  /** None. @param open  Tries one again; it says itself when that fails. */
  constructor(
    private readonly clock: Pick<Clock, "after">,
    private readonly open: (group: GroupId) => Promise<void>,
  ) {}

  /** Whether one waits to be tried again. */
  has(group: GroupId): boolean {
    return this.#cancels.has(group);
  }

  /** Tries one again in a while. */
  put(group: GroupId): void {
    this.forget(group);
    if (this.#isClosed) return;
    this.#cancels.set(
      group,
      this.clock.after(AGAIN_MS, () => {
        this.#cancels.delete(group);
        void this.open(group);
      }),
    );
  }

  /** It is open, or dropped. */
  forget(group: GroupId): void {
    this.#cancels.get(group)?.();
    this.#cancels.delete(group);
  }

  /** Nothing is tried any more. */
  close(): void {
    this.#isClosed = true;
    for (const group of [...this.#cancels.keys()]) this.forget(group);
  }
}
