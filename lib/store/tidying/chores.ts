/**
 * What is done between commits, a step at a time: rows that want to become pages, what was kept and goes into rows, and
 * sweeps. Commits go first.
 *
 * @module
 */
import { nextTurn } from "../../sys/turn.ts";
import { UserError } from "../../wire/errors.ts";
import type { Folding } from "../journal/folding.ts";
import type { Key } from "../place/place.ts";
import { SLICE_MS, type TidyParts } from "./step.ts";
import { dropEvents, tidyAll, tidyStep, tidyUnwritten } from "./tidy.ts";

/** So many events that don't count any more are worth a look at their rows. */
const DROP_STEP = 200;
/** A sweep waits while more epochs than this wait for their write: commits must find room. */
const SWEEP_EPOCHS = 2;

/** What chores work with. */
export interface ChoresParts extends Omit<TidyParts, "pause" | "reached"> {
  /** Behind the journal. */
  readonly folding?: Folding;
  /** Writes a group of commits, if one waits. */
  readonly group: () => Promise<void>;
  /** Whether a commit waits. */
  readonly isAsked: () => boolean;
}

/** The chores of a writer. */
export class Chores {
  readonly #parts: ChoresParts;
  readonly #tidy: TidyParts;
  readonly #list: (() => Promise<void>)[] = [];
  readonly #untidy = new Set<string>();
  /** When others had their turn last. */
  #turnMs = 0;
  /** Resolves when a commit is asked for. */
  #asked = Promise.withResolvers<void>();
  /** Rows of events before this one are deleted, or nobody has looked. */
  #dropped = 0;

  /** Nothing to do yet. */
  constructor(parts: ChoresParts) {
    this.#parts = parts;
    this.#tidy = { ...parts, reached: new Map<string, Key>(), pause: () => this.pause() };
  }

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  /** One more, after the others. */
  push(run: () => Promise<void>): void {
    this.#list.push(run);
  }

  /** Does the first one. */
  async next(): Promise<void> {
    await this.#list.shift()?.();
  }

  /** Others had their turn a moment ago. */
  begin(): void {
    this.#turnMs = this.#parts.clock.nowMs();
  }

  /** A commit is asked for. */
  asked(): void {
    this.#asked.resolve();
  }

  /** Between steps of what is not urgent: what came meanwhile goes first. */
  async pause(): Promise<void> {
    const { clock, group } = this.#parts;
    if (clock.nowMs() - this.#turnMs >= SLICE_MS) {
      await nextTurn();
      this.begin();
    }
    await group();
  }

  /** What is to be done after a commit. @param untidy  Conversations that may want pages. */
  committed(untidy: Iterable<string>): void {
    const { shelf, folding } = this.#parts;
    for (const peer of untidy) this.tidyLater(peer);
    if (folding && shelf.current.isNearlyFull) this.#list.unshift(() => this.turn());
    const { firstEvent } = shelf.head;
    if (firstEvent - this.#dropped < DROP_STEP) return;
    this.#dropped = firstEvent;
    this.#list.push(() => quietly(() => dropEvents(this.#tidy)));
  }

  /** One step at a time, with commits between them. A failure of the place harms nobody here. */
  tidyLater(peer: string): void {
    if (this.#untidy.has(peer)) return;
    this.#untidy.add(peer);
    this.#list.push(async () => {
      this.#untidy.delete(peer);
      await quietly(async () => {
        if (await tidyStep(this.#tidy, peer)) this.tidyLater(peer);
      });
    });
  }

  /** What was kept goes into rows. */
  async turn(): Promise<void> {
    await quietly(() => tidyUnwritten(this.#tidy));
    this.#parts.folding?.turn();
  }

  /** Tidies everything. @param passedNs  As `PassedTime` has it. @throws {UserError} as `Guarded.write`. */
  async sweep(passedNs: bigint): Promise<void> {
    const pause = async (): Promise<void> => {
      do await this.pause(); while (await this.#waitsForRoom());
    };
    await tidyAll({ ...this.#tidy, pause }, passedNs);
  }

  /** Waits for a write of rows, or until a commit is asked for. @returns Whether there is something to wait for. */
  async #waitsForRoom(): Promise<boolean> {
    const { shelf, folding, isAsked } = this.#parts;
    if (!folding || shelf.waiting.length <= SWEEP_EPOCHS || folding.hasFailed) return false;
    this.#asked = Promise.withResolvers();
    if (!isAsked()) await Promise.race([folding.changed(), this.#asked.promise]);
    return true;
  }
}

/** Does what may fail with the place, and is done again later. @throws What is no {@link UserError}. */
export async function quietly(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}
