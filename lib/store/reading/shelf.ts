/**
 * What is kept, as readers see it: rows of the place, and above them what is in the journal and not yet in rows.
 *
 * The planned writes lie in epochs, each of which fits one atomic write. The newest takes commits; the others wait for
 * their write, oldest first. A reader looks at the epochs before it looks at the place, and an epoch goes only after
 * its write, so nothing is missed.
 *
 * @module
 */
import type { Key, ListOptions, Range, Row } from "../place/place.ts";
import { type Opened, openedOf, type Vault } from "../place/vault.ts";
import type { Content } from "../rows/content.ts";
import { type EventRow, eventsIn } from "../rows/event_blocks.ts";
import type { IdFilter } from "../rows/id_filter.ts";
import { eventKey, eventRange, lastCounter, nameOf } from "../rows/keys.ts";
import type { HeadRecord } from "../rows/records.ts";
import { Draft, type Planned } from "../writing/draft.ts";
import { RecentValues } from "./recent.ts";

/** Event rows that are fetched at once. */
const EVENT_BATCH = 8;

/** A row's key, and its value when it lies in the place. */
export interface KeyRow {
  /** The key. */
  readonly key: Key;
  /** As it lies; undefined when it is not written yet. */
  readonly row?: Row;
}

/** An event and its place in the stream. */
export type NumberedEvent = Pick<EventRow, "cursor" | "record">;

/** Everything that is kept. */
export class Shelf {
  /** The place with its seals. */
  readonly vault: Vault;
  /** Which ids are known. */
  readonly ids: IdFilter;
  #current: Draft;
  #waiting: Draft[] = [];
  readonly #recent = new RecentValues();

  /** A shelf over an open vault. @param head  As it lies there. */
  constructor(vault: Vault, ids: IdFilter, head: HeadRecord) {
    this.vault = vault;
    this.ids = ids;
    this.#current = new Draft(this, head);
  }

  /** Whether new ids may be written in blocks. */
  get takesBlocks(): boolean {
    return this.ids.takesBlocks;
  }

  /** The counters as they are kept. */
  get head(): HeadRecord {
    return this.#current.head;
  }

  /** The epoch that takes commits. */
  get current(): Draft {
    return this.#current;
  }

  /** Epochs that wait for their write, oldest first. */
  get waiting(): readonly Draft[] {
    return this.#waiting;
  }

  /** Plans on top of everything; {@link take} keeps the plan. */
  draft(): Draft {
    return new Draft(this, this.head);
  }

  /** Keeps a plan that was made on top of everything. @returns false when a new epoch began for it. */
  take(draft: Draft): boolean {
    const fits = !this.#current.hasWrites || this.#current.fits(draft);
    if (!fits) this.turn();
    this.#current.take(draft);
    if (draft.mark) this.#current.mark = draft.mark;
    return fits;
  }

  /** The current epoch waits for its write from now on, if there is something in it. */
  turn(): void {
    if (!this.#current.hasWrites) return;
    this.#waiting.push(this.#current);
    this.#current = new Draft(this, this.#current.head);
  }

  /** The oldest epoch, or a draft that was written without one, is in the place now. */
  written(draft: Draft): void {
    if (draft === this.#waiting[0]) this.#waiting.shift();
    else this.#current.head = draft.head;
    this.#recent.written(draft.all());
  }

  /** Forgets what it need not know: the place may have changed, or memory is wanted. */
  forget(): void {
    this.#recent.clear();
  }

  /** The head as it lies, when there is nothing above it. */
  reset(head: HeadRecord): void {
    this.forget();
    this.#current = new Draft(this, head);
  }

  /** Values of keys, in order; undefined where there is none. @throws {UserError} As `Vault.read`. */
  async read(keys: readonly Key[]): Promise<(Opened | undefined)[]> {
    const found = keys.map((key) => this.#find(key));
    const missing = keys.filter((_, i) => found[i] === undefined);
    if (missing.length === 0) return found.map((one) => one ?? undefined);
    const { changes } = this.#recent;
    const values = await this.#inPlace(missing);
    this.#recent.read(values, changes);
    let at = 0;
    return found.map((one) => one === undefined ? values[at++] : one ?? undefined);
  }

  /** Like {@link read}, contents alone. */
  async contents(keys: readonly Key[]): Promise<(Content | undefined)[]> {
    return (await this.read(keys)).map((opened) => opened?.content);
  }

  /** A content that is in memory; undefined when the place has to be asked, or there is none. */
  known(key: Key): Content | undefined {
    const planned = this.#planned(key);
    return planned ? planned.content : this.#recent.get(nameOf(key))?.content;
  }

  /** The content of a key that is kept and not written yet; undefined when the place has it, or nobody. */
  unwritten(key: Key): Content | undefined {
    return this.#planned(key)?.content;
  }

  /** Values of a range, in order. Not for events. @throws {UserError} As `Vault.read`. */
  async *list(range: Range, options: ListOptions = {}): AsyncGenerator<Opened> {
    const above = this.#above(range);
    const inPlace = this.vault.list(range, below(options, above.size));
    yield* merged(
      inPlace,
      above,
      options,
      ({ key, content }) => openedOf(key, content),
    );
  }

  /** Keys of a range, in order. Not for events. @throws {UserError} local: the place failed. */
  async *keys(range: Range, options: ListOptions = {}): AsyncGenerator<KeyRow> {
    const above = this.#above(range);
    const inPlace = keyRows(this.vault.raw(range, below(options, above.size)));
    yield* merged<KeyRow>(inPlace, above, options, ({ key }) => ({ key }));
  }

  /**
   * Events from a cursor up to another, which is not included, in order, as many together as lie together.
   * @throws {UserError} As `Vault.read`.
   */
  async *events(from: number, to: number): AsyncGenerator<readonly NumberedEvent[]> {
    const above = [...this.#waiting, this.#current].map(({ events }) => between(events, from, to));
    const first = above.find(({ length }) => length > 0)?.[0].cursor ?? to;
    if (from < first) yield* this.#eventsInPlace(from, Math.min(to, first));
    yield* above;
  }

  async *#eventsInPlace(from: number, to: number): AsyncGenerator<readonly NumberedEvent[]> {
    let start = from;
    for await (const { key } of this.vault.raw(eventRange(0, from + 1), { limit: 1, reverse: true })) {
      start = lastCounter(key);
    }
    const range = { start: eventKey(start), end: eventKey(to) };
    for await (const { key, content } of this.vault.list(range, { batch: EVENT_BATCH })) {
      const begins = lastCounter(key);
      const all = eventsIn(content).map((record, i) => ({ cursor: begins + i, record }));
      yield all.filter(({ cursor }) => cursor >= from && cursor < to);
    }
  }

  /** Ids lie in rows of their own, or in blocks; those that have come back in both, or twice. */
  async #inPlace(keys: readonly Key[]): Promise<(Opened | undefined)[]> {
    const isId = ([kind]: Key): boolean => kind === "i";
    const hasIds = keys.some(isId);
    if (hasIds) await this.ids.ready();
    const values = await this.vault.read(keys);
    if (!hasIds) return values;
    for (const [i, key] of keys.entries()) if (isId(key)) values[i] = await this.ids.newest(key, values[i]);
    return values;
  }

  /** null: there is certainly nothing. undefined: the place knows. */
  #find(key: Key): Opened | null | undefined {
    const planned = this.#planned(key);
    if (planned === undefined) return this.#recent.get(nameOf(key));
    const { content } = planned;
    return content === undefined ? null : openedOf(key, content);
  }

  #planned(key: Key): Planned | undefined {
    const name = nameOf(key);
    let planned = this.#current.planned(key[0], name);
    for (let i = this.#waiting.length - 1; i >= 0 && !planned; i--) {
      planned = this.#waiting[i].planned(key[0], name);
    }
    return planned;
  }

  /** What is planned in a range, by name in order. */
  #above({ start, end }: Range): Map<string, Planned> {
    const [from, to] = [nameOf(start), nameOf(end)];
    const found = new Map<string, Planned>();
    for (const epoch of [...this.#waiting, this.#current]) {
      for (const [name, planned] of epoch.plannedOf(start[0])) {
        if (name >= from && name < to) found.set(name, planned);
      }
    }
    return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1));
  }
}

/** Rows above may hide as many below. */
const below = (options: ListOptions, hidden: number): ListOptions =>
  options.limit === undefined ? options : { ...options, limit: options.limit + hidden };

async function* keyRows(rows: AsyncIterable<Row>): AsyncGenerator<KeyRow> {
  for await (const row of rows) yield { key: row.key, row };
}

/** Two ordered sources as one; above wins. */
async function* merged<T extends { readonly key: Key }>(
  inPlace: AsyncIterable<T>,
  above: ReadonlyMap<string, Planned>,
  { limit = Infinity, reverse = false }: ListOptions,
  shown: (planned: { key: Key; content: Content }) => T,
): AsyncGenerator<T> {
  const entries = reverse ? [...above].reverse() : [...above];
  let [at, left] = [0, limit];
  const next = (until: string | undefined): T[] => {
    const found: T[] = [];
    for (; at < entries.length && found.length < left; at++) {
      const [name, { key, content }] = entries[at];
      if (until !== undefined && (reverse ? name <= until : name >= until)) break;
      if (content !== undefined) found.push(shown({ key, content }));
    }
    left -= found.length;
    return found;
  };
  for await (const one of inPlace) {
    const name = nameOf(one.key);
    yield* next(name);
    if (left <= 0) return;
    if (above.has(name)) continue;
    left--;
    yield one;
    if (left <= 0) return;
  }
  yield* next(undefined);
}

/**
 * Those from a cursor up to another, which is not included. They have no gaps. A copy: the newest epoch takes more while
 * they are read.
 */
function between(events: readonly EventRow[], from: number, to: number): readonly EventRow[] {
  const first = events[0]?.cursor ?? 0;
  return events.slice(Math.max(0, from - first), Math.max(0, to - first));
}
