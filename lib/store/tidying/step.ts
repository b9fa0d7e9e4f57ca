/**
 * One step of tidying: a plan that is made on top of everything, in little time.
 *
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { Key, Range } from "../place/place.ts";
import type { History } from "../reading/history.ts";
import type { Shelf } from "../reading/shelf.ts";
import { nameOf, type Names } from "../rows/keys.ts";
import type { Draft } from "../writing/draft.ts";

/**
 * A step that takes longer ends where it is: commits wait for it, and acks for them. A slow machine takes more steps,
 * not longer ones.
 */
export const SLICE_MS = 5;
/** What tidying works with. */
export interface TidyParts {
  /** What is kept. */
  readonly shelf: Shelf;
  /** Makes keys. */
  readonly names: Names;
  /** Finds pages. */
  readonly history: History;
  /** Takes a plan that was made on top of everything. */
  readonly take: (draft: Draft) => Promise<void>;
  /** Lets commits that wait go first; called between steps. */
  readonly pause: () => Promise<void>;
  /** Says how long a step takes. */
  readonly clock: Pick<Clock, "nowMs">;
  /** Up to where rows of a range are planned to go, by its start: they lie there until that is written. */
  readonly reached: Map<string, Key>;
}

/** A step: its plan, and the time that it may take. */
export class Step {
  /** The plan. */
  readonly draft: Draft;
  readonly #parts: TidyParts;
  readonly #fromMs: number;
  readonly #reached = new Map<string, Key>();

  /** It begins now. */
  constructor(parts: TidyParts) {
    this.draft = parts.shelf.draft();
    this.#parts = parts;
    this.#fromMs = parts.clock.nowMs();
  }

  /** Whether its time is over. */
  readonly isOver = (): boolean => this.#parts.clock.nowMs() - this.#fromMs >= SLICE_MS;

  /** What is left of a range. */
  leftOf({ start, end }: Range): Range & { readonly isGone: (key: Key) => boolean } {
    const reached = this.#parts.reached.get(nameOf(start));
    const last = reached && nameOf(reached);
    return { start: reached ?? start, end, isGone: (key) => nameOf(key) === last };
  }

  /** Of a range all up to a key is planned to go. */
  goes({ start }: Range, key: Key): void {
    this.#reached.set(nameOf(start), key);
  }

  /** Takes the plan. @throws {UserError} as `Guarded.write`. */
  async take(): Promise<void> {
    await this.#parts.take(this.draft);
    for (const [name, key] of this.#reached) this.#parts.reached.set(name, key);
  }
}
