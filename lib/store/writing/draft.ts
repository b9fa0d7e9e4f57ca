/**
 * Writes that are planned: reads see them, the place does not yet. What was planned last can be dropped again.
 *
 * @module
 */
import { type Key, MAX_WRITE_BYTES, MAX_WRITES } from "../place/place.ts";
import { type Opened, piecesOf } from "../place/vault.ts";
import type { Content } from "../rows/content.ts";
import type { EventRow } from "../rows/event_blocks.ts";
import { ID_BYTES, MIN_BLOCK_IDS } from "../rows/id_blocks.ts";
import { nameOf } from "../rows/keys.ts";
import type { EventRecord, HeadRecord, JournalMark } from "../rows/records.ts";

/** Bytes of a key, a seal and the place's own bookkeeping, at most. */
const ROW_BYTES = 160;
/** Room for the head row and for the rows of events. */
const HEAD_BYTES = 20_000;
/** Events and ids are rows together; so many planned ones are counted as one, and {@link SPARE_ROWS} for the rest. */
const [EVENTS_A_ROW, IDS_A_ROW] = [32, 256];
/** Events of some length are in a row by 24,000 bytes, and a few ids are rows of their own. */
const SPARE_ROWS = 48 + MIN_BLOCK_IDS;
/** Of a write that is filled so far the rest is left, so that its rows can become pages before it goes. */
const NEARLY = 0.75;

/** A planned value. */
export interface Planned {
  /** Where. */
  readonly key: Key;
  /** undefined: the key is deleted. */
  readonly content: Content | undefined;
  /** Pieces of the value that lies there before. */
  readonly oldPieces: number;
  /** Nothing lies there before. */
  readonly fresh: boolean;
}

/** Where a draft reads what it does not plan itself. */
export interface Below {
  /** Values of keys, in order. */
  read(keys: readonly Key[]): Promise<(Opened | undefined)[]>;
  /** Whether new ids may be written in blocks. */
  readonly takesBlocks: boolean;
}

/** Where a plan began that can be dropped. */
export interface Beginning {
  /** The counters before it. */
  readonly head: HeadRecord;
  /** Events, their bytes and all others. */
  readonly events: number;
  /** See above. */
  readonly bytes: number;
}

/** What a plan has replaced. */
interface Replaced {
  readonly kind: Map<string, Planned>;
  readonly name: string;
  readonly before: Planned | undefined;
}

/** Planned writes. */
export class Draft {
  /** The counters as they will be. */
  head: HeadRecord;
  /** Up to where the journal is in here. */
  mark: JournalMark | undefined;
  readonly #below: Below;
  /** By kind and name. */
  readonly #kinds = new Map<string, Map<string, Planned>>();
  readonly #events: EventRow[] = [];
  /** What was read from below. */
  readonly #known = new Map<string, Opened | undefined>();
  /** What was replaced since {@link begin}, in order. */
  #replaced: Replaced[] = [];
  #isUndoable = false;
  readonly #inBlocks: boolean;
  #ids = 0;
  #writes = 0;
  #bytes = 0;

  /** Nothing planned. */
  constructor(below: Below, head: HeadRecord) {
    this.#below = below;
    this.head = head;
    this.#inBlocks = below.takesBlocks;
  }

  /** Contents as they will be. @throws {UserError} local: as `Vault.read`. */
  async read(keys: readonly Key[]): Promise<(Content | undefined)[]> {
    const names = keys.map(nameOf);
    const missing = keys.filter((_, i) => !this.#find(keys[i][0], names[i]) && !this.#known.has(names[i]));
    if (missing.length > 0) {
      const values = await this.#below.read(missing);
      for (const [i, key] of missing.entries()) this.#known.set(nameOf(key), values[i]);
    }
    return names.map((name, i) => {
      const planned = this.#find(keys[i][0], name);
      return planned ? planned.content : this.#known.get(name)?.content;
    });
  }

  /** A content as it will be, if the draft knows it already. */
  known(key: Key): Content | undefined {
    const name = nameOf(key);
    const planned = this.#find(key[0], name);
    return planned ? planned.content : this.#known.get(name)?.content;
  }

  /** Tells the draft of a value that was read elsewhere; needed before it is replaced. */
  know(opened: Opened): void {
    this.#known.set(nameOf(opened.key), opened);
  }

  /** Plans a value. A key that was not read counts as new. */
  set(key: Key, content: Content): void {
    this.#plan(key, content, false);
  }

  /** Plans a value of a key that has never been used: when it is deleted before it is written, nothing is written. */
  add(key: Key, content: Content): void {
    this.#plan(key, content, true);
  }

  /** Plans a deletion of a key that was read. */
  remove(key: Key): void {
    this.#plan(key, undefined, false);
  }

  /** Plans the next event. @param size  Bytes of its record, at most. */
  addEvent(record: EventRecord, size: number): void {
    const cursor = this.head.cursor + 1;
    this.#events.push({ cursor, record, size });
    this.#bytes += size + 2;
    this.head = { ...this.head, cursor };
  }

  /** Planned events, in order. */
  get events(): readonly EventRow[] {
    return this.#events;
  }

  /** What is planned here for a key. */
  planned(kind: string, name: string): Planned | undefined {
    return this.#kinds.get(kind)?.get(name);
  }

  /** What is planned here for keys of a kind, by name. */
  plannedOf(kind: string): ReadonlyMap<string, Planned> {
    return this.#kinds.get(kind) ?? NOTHING;
  }

  /** Everything that is planned here. */
  *all(): Generator<Planned> {
    for (const planned of this.#kinds.values()) yield* planned.values();
  }

  /** Begins a plan that {@link drop} can take back; what was planned before stays. */
  begin(): Beginning {
    this.#replaced = [];
    this.#isUndoable = true;
    return { head: this.head, events: this.#events.length, bytes: this.#bytes };
  }

  /** Takes back what was planned since the last {@link begin}. */
  drop({ head, events, bytes }: Beginning): void {
    const replaced = this.#replaced;
    this.#isUndoable = false;
    for (let i = replaced.length - 1; i >= 0; i--) {
      const { kind, name, before } = replaced[i];
      const now = kind.get(name);
      if (now) this.#count(now, -1);
      if (before) {
        kind.set(name, before);
        this.#count(before, 1);
      } else kind.delete(name);
    }
    this.#events.length = events;
    this.#bytes = bytes;
    this.head = head;
  }

  /** Takes over the writes of a draft that was planned over this one. */
  take(draft: Draft): void {
    for (const kind of draft.#kinds.values()) for (const planned of kind.values()) this.#put(planned);
    for (const event of draft.#events) {
      this.#events.push(event);
      this.#bytes += event.size + 2;
    }
    this.head = draft.head;
  }

  /** Whether anything is planned. */
  get hasWrites(): boolean {
    return this.#writes + this.#ids + this.#events.length > 0 || this.mark !== undefined;
  }

  /** Bytes of what is planned, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether little more fits one atomic write. */
  get isNearlyFull(): boolean {
    return this.#rows > NEARLY * MAX_WRITES || this.#bytes > NEARLY * MAX_WRITE_BYTES;
  }

  /** Whether this and another one fit one atomic write, with room for the head. */
  fits(other?: Draft): boolean {
    const [rows, bytes] = other ? [other.#rows, other.#bytes] : [0, 0];
    return this.#rows + rows < MAX_WRITES && this.#bytes + bytes + HEAD_BYTES < MAX_WRITE_BYTES;
  }

  /** Whether new ids are going to be written in blocks. */
  get inBlocks(): boolean {
    return this.#inBlocks;
  }

  get #rows(): number {
    return this.#writes + Math.ceil(this.#events.length / EVENTS_A_ROW) + Math.ceil(this.#ids / IDS_A_ROW) +
      SPARE_ROWS;
  }

  #find(kind: string, name: string): Planned | undefined {
    return this.#kinds.get(kind)?.get(name);
  }

  #plan(key: Key, content: Content | undefined, fresh: boolean): void {
    this.#put({ key, content, oldPieces: this.#known.get(nameOf(key))?.pieces ?? 0, fresh });
  }

  #put(next: Planned): void {
    const { key, content } = next;
    const name = nameOf(key);
    let kind = this.#kinds.get(key[0]);
    if (!kind) this.#kinds.set(key[0], kind = new Map());
    const before = kind.get(name);
    // What lies there before this draft is what the first plan for the key has found.
    const planned = before ? { ...next, oldPieces: before.oldPieces, fresh: before.fresh } : next;
    if (this.#isUndoable) this.#replaced.push({ kind, name, before });
    if (before) this.#count(before, -1);
    if (planned.fresh && content === undefined) {
      kind.delete(name);
      return;
    }
    kind.set(name, planned);
    this.#count(planned, 1);
  }

  #count(planned: Planned, sign: 1 | -1): void {
    const { content, oldPieces } = planned;
    if (this.#inBlocks && isNewId(planned)) {
      this.#ids += sign;
      this.#bytes += sign * ID_BYTES;
      return;
    }
    const rows = 1 + Math.max(piecesOf(content?.size ?? 0), oldPieces);
    this.#writes += sign * rows;
    this.#bytes += sign * ((content?.size ?? 0) + rows * ROW_BYTES);
  }
}

const NOTHING: ReadonlyMap<string, Planned> = new Map();

/** Whether it may be a part of a block. */
export const isNewId = ({ key, content }: Planned): boolean => key[0] === "i" && content !== undefined;
