/**
 * Writes that are planned: reads see them, the place does not yet. A fork can be taken over or dropped.
 *
 * @module
 */
import { toHex } from "../wire/bytes.ts";
import { blocksOf, type EventRow } from "./event_blocks.ts";
import { pathOf, pieceKey } from "./keys.ts";
import { type Key, MAX_WRITE_BYTES, MAX_WRITES, type Write } from "./place.ts";
import type { HeadRecord, JournalMark } from "./records.ts";
import { type Opened, piecesOf, type Vault } from "./vault.ts";

/** Bytes of a key, a seal and the place's own bookkeeping, at most. */
const ROW_BYTES = 160;
/** Room for the head row and for the rows of events. */
const HEAD_BYTES = 20_000;
/** Events are rows together; this many planned ones are counted as one. */
const EVENTS_A_ROW = 8;

/** A planned value. */
export interface Planned {
  /** Where. */
  readonly key: Key;
  /** undefined: the key is deleted. */
  readonly plain: Uint8Array | undefined;
  /** Pieces of the value that lies there before. */
  readonly oldPieces: number;
  /** Nothing lies there before. */
  readonly fresh: boolean;
}

/** Where a draft reads what it does not plan itself. */
export interface Below {
  /** Values of keys, in order. */
  read(keys: readonly Key[]): Promise<(Opened | undefined)[]>;
}

/** Planned writes. */
export class Draft {
  /** The counters as they will be. */
  head: HeadRecord;
  /** Up to where the journal is in here. */
  mark: JournalMark | undefined;
  readonly #below: Below;
  readonly #parent: Draft | undefined;
  readonly #planned = new Map<string, Planned>();
  readonly #kinds = new Map<string, Map<string, Planned>>();
  readonly #events: EventRow[] = [];
  /** What was read from below; shared by all forks. */
  readonly #known: Map<string, Opened | undefined>;
  #writes = 0;
  #bytes = 0;

  /** Nothing planned. @param parent  For forks. */
  constructor(below: Below, head: HeadRecord, parent?: Draft) {
    this.#below = below;
    this.head = head;
    this.#parent = parent;
    this.#known = parent ? parent.#known : new Map();
  }

  /** Contents as they will be. @throws {UserError} local: as `Vault.read`. */
  async plain(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    const names = keys.map(nameOf);
    const missing = keys.filter((_, i) => !this.#find(names[i]) && !this.#known.has(names[i]));
    if (missing.length > 0) {
      const values = await this.#below.read(missing);
      for (const [i, key] of missing.entries()) this.#known.set(nameOf(key), values[i]);
    }
    return names.map((name) => {
      const planned = this.#find(name);
      return planned ? planned.plain : this.#known.get(name)?.plain;
    });
  }

  /** Tells the draft of a value that was read elsewhere; needed before it is replaced. */
  know(opened: Opened): void {
    this.#known.set(nameOf(opened.key), opened);
  }

  /** Plans a value. A key that was not read counts as new. */
  set(key: Key, plain: Uint8Array): void {
    this.#plan(key, plain, false);
  }

  /** Plans a value of a key that has never been used: when it is deleted before it is written, nothing is written. */
  add(key: Key, plain: Uint8Array): void {
    this.#plan(key, plain, true);
  }

  /** Plans a deletion of a key that was read. */
  remove(key: Key): void {
    this.#plan(key, undefined, false);
  }

  /** Plans the next event. */
  addEvent(plain: Uint8Array): void {
    const cursor = this.head.cursor + 1;
    this.#events.push({ cursor, plain });
    this.#bytes += plain.length + 2;
    this.head = { ...this.head, cursor };
  }

  /** Planned events, in order. */
  get events(): readonly EventRow[] {
    return this.#events;
  }

  /** What is planned here for a key. */
  planned(name: string): Planned | undefined {
    return this.#planned.get(name);
  }

  /** What is planned here for keys of a kind, by name. */
  plannedOf(kind: string): ReadonlyMap<string, Planned> {
    return this.#kinds.get(kind) ?? NOTHING;
  }

  /** Everything that is planned here. */
  all(): Iterable<Planned> {
    return this.#planned.values();
  }

  /** A draft on top: its writes count when they are taken over. */
  fork(): Draft {
    return new Draft(this.#below, this.head, this);
  }

  /** Takes over a fork's writes, or those of a draft that was planned over this one. */
  take(fork: Draft): void {
    for (const planned of fork.#planned.values()) this.#put(planned);
    for (const event of fork.#events) {
      this.#events.push(event);
      this.#bytes += event.plain.length + 2;
    }
    this.head = fork.head;
  }

  /** Whether anything is planned. */
  get hasWrites(): boolean {
    return this.#planned.size > 0 || this.#events.length > 0 || this.mark !== undefined;
  }

  /** Bytes of what is planned, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether this and a fork fit one atomic write, with room for the head. */
  fits(fork?: Draft): boolean {
    const [writes, bytes] = fork ? [fork.#rows, fork.#bytes] : [0, 0];
    return this.#rows + writes < MAX_WRITES && this.#bytes + bytes + HEAD_BYTES < MAX_WRITE_BYTES;
  }

  /** Seals everything that is planned. */
  async writes(vault: Vault): Promise<Write[]> {
    const rows = await Promise.all([
      ...[...this.#planned.values()].map((planned) => writesOf(vault, planned)),
      ...blocksOf(this.#events).map(({ key, plain }) => vault.sealed(key, plain)),
    ]);
    return rows.flat();
  }

  get #rows(): number {
    return this.#writes + Math.ceil(this.#events.length / EVENTS_A_ROW);
  }

  #find(name: string): Planned | undefined {
    return this.#planned.get(name) ?? (this.#parent && this.#parent.#find(name));
  }

  #plan(key: Key, plain: Uint8Array | undefined, fresh: boolean): void {
    this.#put({ key, plain, oldPieces: this.#known.get(nameOf(key))?.pieces ?? 0, fresh });
  }

  #put({ key, plain, oldPieces, fresh }: Planned): void {
    const name = nameOf(key);
    const before = this.#planned.get(name);
    // What lies there before this draft is what the first plan for the key has found.
    const planned = before
      ? { key, plain, oldPieces: before.oldPieces, fresh: before.fresh }
      : { key, plain, oldPieces, fresh };
    if (before) this.#count(before, -1);
    if (planned.fresh && plain === undefined) {
      this.#planned.delete(name);
      this.#kinds.get(key[0])?.delete(name);
      return;
    }
    this.#planned.set(name, planned);
    let kind = this.#kinds.get(key[0]);
    if (!kind) this.#kinds.set(key[0], kind = new Map());
    kind.set(name, planned);
    this.#count(planned, 1);
  }

  #count({ plain, oldPieces }: Planned, sign: 1 | -1): void {
    const rows = 1 + Math.max(piecesOf(plain?.length ?? 0), oldPieces);
    this.#writes += sign * rows;
    this.#bytes += sign * ((plain?.length ?? 0) + rows * ROW_BYTES);
  }
}

const NOTHING: ReadonlyMap<string, Planned> = new Map();

async function writesOf(vault: Vault, { key, plain, oldPieces }: Planned): Promise<Write[]> {
  const sealed: Write[] = plain ? await vault.sealed(key, plain) : [{ key, value: undefined }];
  for (let i = sealed.length - 1; i < oldPieces; i++) {
    sealed.push({ key: pieceKey(key, i), value: undefined });
  }
  return sealed;
}

const NAMES = new WeakMap<Key, string>();

/** A key as a text that sorts as it does. */
export function nameOf(key: Key): string {
  let name = NAMES.get(key);
  if (name === undefined) NAMES.set(key, name = toHex(pathOf(key)));
  return name;
}
