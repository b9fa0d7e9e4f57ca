/**
 * Messages that were handed over and are not done yet, and the mark that survives us: everything up to a cursor, and
 * some behind it. So each is handed over at least once, however often we are ended.
 *
 * @see lib/bot/README.md "At least once"
 * @module
 */

/** Which messages are done. */
export interface Mark {
  /** Everything up to this event. */
  readonly cursor: number;
  /** And these behind it. */
  readonly done: readonly number[];
}

/** Messages by the cursors of their events, which only grow. */
export class Inbox<T> {
  /** Not done, in order; each with the cursor right before it. */
  readonly #open = new Map<number, { readonly before: number; readonly message: T }>();
  readonly #done: Set<number>;
  #last: number;

  /** Nothing is open. @param mark  What was done before. */
  constructor(mark: Mark) {
    this.#last = mark.cursor;
    this.#done = new Set(mark.done);
  }

  /** What is done. */
  get mark(): Mark {
    const [first] = this.#open.values();
    const cursor = first?.before ?? this.#last;
    for (const done of this.#done) if (done <= cursor) this.#done.delete(done);
    return { cursor, done: [...this.#done] };
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Those that are open, the oldest first. */
  get open(): readonly T[] {
    return [...this.#open.values()].map(({ message }) => message);
  }

  /** The first open one behind a cursor. */
  after(cursor: number): T | undefined {
    for (const [at, { message }] of this.#open) if (at > cursor) return message;
    return undefined;
  }

  /** An open one. */
  get(cursor: number): T | undefined {
    return this.#open.get(cursor)?.message;
  }

  /** An event that is nobody's. */
  skip(cursor: number): void {
    this.#last = cursor;
  }

  /** What follows does not go on behind the mark: what was done is not known any more. */
  restart(cursor: number): void {
    this.#last = cursor;
    this.#done.clear();
  }

  /** A message is to be handed over. @returns Whether it is; else it is done already. */
  add(cursor: number, message: T): boolean {
    const before = this.#last;
    this.#last = cursor;
    if (this.#done.has(cursor)) return false;
    this.#open.set(cursor, { before, message });
    return true;
  }

  /** A message is done. @returns Whether it was open. */
  done(cursor: number): boolean {
    if (!this.#open.delete(cursor)) return false;
    this.#done.add(cursor);
    return true;
  }
}
