/**
 * Messages that were handed over and are not done yet, and the mark that survives us: everything up to a cursor, and
 * some behind it. So each is handed over at least once, however often we are ended.
 *
 * @see lib/bot/README.md "At least once"
 * @module
 */

/** Done ones that are named one by one: of more it is said which ones before are not. */
const MAX_DONE = 256;

/** Which messages are done: short, however long one of them is not. */
export interface Mark {
  /** Everything up to this event. */
  readonly cursor: number;
  /** And these behind it. */
  readonly done: readonly number[];
  /** And everything else up to this one. */
  readonly to?: number;
  /** But not these. */
  readonly open?: readonly number[];
}

/** Messages by the cursors of their events, which only grow. */
export class Inbox<T> {
  /** Not done, in order; each with the cursor right before it. */
  readonly #open = new Map<number, { readonly before: number; readonly message: T }>();
  #done: Set<number>;
  /** Up to `to` all are done but those that are `left`. */
  #folded: { readonly to: number; readonly left: Set<number> } | undefined;
  #last: number;

  /** Nothing is open. @param mark  What was done before. */
  constructor({ cursor, done, to, open = [] }: Mark) {
    this.#last = cursor;
    this.#done = new Set(done);
    if (to !== undefined) this.#folded = { to, left: new Set(open) };
  }

  /** What is done. */
  get mark(): Mark {
    const [first] = this.#open.values();
    const cursor = first?.before ?? this.#last;
    for (const done of this.#done) if (done <= cursor) this.#done.delete(done);
    if (this.#folded !== undefined && this.#folded.to <= cursor) this.#folded = undefined;
    if (this.#done.size > MAX_DONE) this.#fold();
    const folded = this.#folded && { to: this.#folded.to, open: [...this.#folded.left] };
    return { cursor, done: [...this.#done], ...folded };
  }

  /** What is not done is much less than what is. */
  #fold(): void {
    const before = this.#folded;
    const to = Math.max(this.#last, before?.to ?? 0);
    // After a start those of before come once more.
    const coming = [...before?.left ?? []].filter((cursor) => cursor > this.#last);
    this.#folded = { to, left: new Set([...this.#open.keys(), ...coming]) };
    this.#done = new Set([...this.#done].filter((cursor) => cursor > to));
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
    this.#folded = undefined;
  }

  /** A message is to be handed over. @returns Whether it is; else it is done already. */
  add(cursor: number, message: T): boolean {
    const before = this.#last;
    this.#last = cursor;
    const { to = 0, left } = this.#folded ?? {};
    if (this.#done.has(cursor) || (cursor <= to && !left?.has(cursor))) return false;
    this.#open.set(cursor, { before, message });
    return true;
  }

  /** A message is done. @returns Whether it was open. */
  done(cursor: number): boolean {
    if (!this.#open.delete(cursor)) return false;
    if (!this.#folded?.left.delete(cursor)) this.#done.add(cursor);
    return true;
  }
}
