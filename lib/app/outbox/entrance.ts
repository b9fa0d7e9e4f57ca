/**
 * How messages come into a lane: kept one after the other, in the order in which they were handed over, and no more of
 * them in memory than there is room for.
 *
 * @see lib/app/README.md "A lane"
 * @module
 */
import { Turns } from "../../wire/turns.ts";

/** Messages of one peer that are in memory or under way at once; more wait until there is room. */
const MAX_UNDER_WAY = 128;
/** Their bytes. */
const MAX_UNDER_WAY_BYTES = 2 * 1024 * 1024;

/** What is behind it. */
export interface Behind {
  /** Whether something is under way. */
  readonly isBusy: boolean;
  /** Messages that are in memory, and their bytes. */
  held(): { readonly count: number; readonly bytes: number };
  /** Resolves when either may be another. */
  changed(): Promise<void>;
}

/** The way into one lane. */
export class Entrance {
  readonly #behind: Behind;
  readonly #turns = new Turns();
  /** Settled when what was asked for last is in the lane, or never will be. */
  #entered: Promise<unknown> = Promise.resolve();
  #keeping = 0;
  #drops = 0;
  #committing = 0;
  #committingBytes = 0;

  /** Nobody waits. */
  constructor(behind: Behind) {
    this.#behind = behind;
  }

  /** Messages that are on their way into the store, or wait for room. */
  get keeping(): number {
    return this.#keeping;
  }

  /**
   * Lets one in. Calls are taken one after the other, while their commits overlap, and come in in their order whichever
   * commit is told first.
   * @param bytes  Of its body.
   * @param prepare  Begins the commit.
   * @param enter  Takes it, once it is kept and all before it are in, unless it was {@link drop}ped meanwhile.
   * @param left  Called at the end, whatever that is.
   */
  async keep<R, T>(
    bytes: number,
    prepare: () => Promise<{ readonly committing: Promise<R> }>,
    enter: (result: R, isDropped: boolean) => T,
    left: () => void,
  ): Promise<T> {
    const drops = this.#drops;
    this.#keeping++;
    let counted = 0;
    const before = this.#entered;
    const entering = Promise.withResolvers<void>();
    this.#entered = entering.promise;
    try {
      const prepared = this.#turns.run(async () => {
        await this.#room();
        counted = 1;
        this.#committing++;
        this.#committingBytes += bytes;
        return prepare();
      });
      const result = await (await prepared).committing;
      await before;
      return enter(result, drops !== this.#drops);
    } finally {
      before.then(() => entering.resolve()); // one that is refused lets nobody past those before it
      this.#keeping--;
      this.#committing -= counted;
      this.#committingBytes -= counted * bytes;
      left();
    }
  }

  /** Drops what is on its way in. @param commit  Comes behind the commits of all that. @param left  As in {@link keep}. */
  async drop(commit: () => Promise<unknown>, left: () => void): Promise<void> {
    this.#drops++;
    await this.keep(0, () => Promise.resolve({ committing: commit() }), () => {}, left);
  }

  async #room(): Promise<void> {
    const isFull = (): boolean => {
      if (!this.#behind.isBusy && this.#committing === 0) return false;
      const { count, bytes } = this.#behind.held();
      return count + this.#committing >= MAX_UNDER_WAY ||
        bytes + this.#committingBytes >= MAX_UNDER_WAY_BYTES;
    };
    while (isFull()) await this.#behind.changed();
  }
}
