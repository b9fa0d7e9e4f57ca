/**
 * Writes that are planned: reads see them, the place does not yet. A fork can be taken over or dropped.
 *
 * @module
 */
import type { Random } from "../sys/random.ts";
import { Content } from "./content.ts";
import { blocksOf, type EventRow } from "./event_blocks.ts";
import { encodeIds, ID_BYTES, type KnownId, MAX_BLOCK_IDS, MIN_BLOCK_IDS } from "./id_blocks.ts";
import { idBlockKey, nameOf, pieceKey } from "./keys.ts";
import { type Key, MAX_WRITE_BYTES, MAX_WRITES, type Write } from "./place.ts";
import { type EventRecord, type HeadRecord, type IdRecord, type JournalMark, recordIn } from "./records.ts";
import { type Opened, piecesOf, type Vault } from "./vault.ts";

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
/** Rows with more bytes are encoded and sealed one after the other, so that commits come in between. */
const LARGE_BYTES = 4096;
/** Smaller ones so many at a time. */
const SMALL_ROWS = 32;
const BLOCK_NAME_BYTES = 8;

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

/** Planned writes. */
export class Draft {
  /** The counters as they will be. */
  head: HeadRecord;
  /** Up to where the journal is in here. */
  mark: JournalMark | undefined;
  readonly #below: Below;
  readonly #parent: Draft | undefined;
  /** By kind and name. */
  readonly #kinds = new Map<string, Map<string, Planned>>();
  readonly #events: EventRow[] = [];
  /** What was read from below; shared by all forks. */
  readonly #known: Map<string, Opened | undefined>;
  readonly #inBlocks: boolean;
  #ids = 0;
  #writes = 0;
  #bytes = 0;

  /** Nothing planned. @param parent  For forks. */
  constructor(below: Below, head: HeadRecord, parent?: Draft) {
    this.#below = below;
    this.head = head;
    this.#parent = parent;
    this.#known = parent ? parent.#known : new Map();
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

  /** A draft on top: its writes count when they are taken over. */
  fork(): Draft {
    return new Draft(this.#below, this.head, this);
  }

  /** Takes over a fork's writes, or those of a draft that was planned over this one. */
  take(fork: Draft): void {
    for (const kind of fork.#kinds.values()) for (const planned of kind.values()) this.#put(planned);
    for (const event of fork.#events) {
      this.#events.push(event);
      this.#bytes += event.size + 2;
    }
    this.head = fork.head;
  }

  /** Whether anything is planned. */
  get hasWrites(): boolean {
    return this.#kinds.size > 0 || this.#events.length > 0 || this.mark !== undefined;
  }

  /** Bytes of what is planned, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether little more fits one atomic write. */
  get isNearlyFull(): boolean {
    return this.#rows > NEARLY * MAX_WRITES || this.#bytes > NEARLY * MAX_WRITE_BYTES;
  }

  /** Whether this and a fork fit one atomic write, with room for the head. */
  fits(fork?: Draft): boolean {
    const [writes, bytes] = fork ? [fork.#rows, fork.#bytes] : [0, 0];
    return this.#rows + writes < MAX_WRITES && this.#bytes + bytes + HEAD_BYTES < MAX_WRITE_BYTES;
  }

  /**
   * Seals everything that is planned, with pauses: what is much must not hold up who waits for an ack.
   * @returns The writes, and the blocks of ids among them.
   */
  async writes(
    vault: Vault,
    random: Random,
  ): Promise<{ readonly writes: Write[]; readonly blocks: readonly IdBlock[] }> {
    const ids = this.#inBlocks ? this.#blocksOfIds(random) : [];
    const skipped = ids.length > 0;
    const rows: Pick<Planned, "key" | "content" | "oldPieces">[] = [
      ...blocksOf(this.#events).map((row) => ({ ...row, oldPieces: 0 })),
      ...ids.map(({ key, content }) => ({ key, content, oldPieces: 0 })),
    ];
    for (const planned of this.all()) if (!skipped || !isNewId(planned)) rows.push(planned);
    const writes: Write[] = [];
    let small: typeof rows = [];
    for (const [i, row] of rows.entries()) {
      small.push(row);
      const isLast = i === rows.length - 1;
      if (!isLast && small.length < SMALL_ROWS && (row.content?.size ?? 0) < LARGE_BYTES) continue;
      writes.push(...(await Promise.all(small.map((planned) => writesOf(vault, planned)))).flat());
      small = [];
    }
    return { writes, blocks: ids };
  }

  /** Ids of one generation together; none when there are few. */
  #blocksOfIds(random: Random): (IdBlock & { readonly content: Content })[] {
    const generations = new Map<string, { generation: Uint8Array; ids: KnownId[] }>();
    for (const planned of this.#kinds.get("i")?.values() ?? []) {
      if (!isNewId(planned)) continue;
      const [, generation, name] = planned.key as unknown as [string, Uint8Array, Uint8Array];
      const text = generation.toHex();
      let of = generations.get(text);
      if (!of) generations.set(text, of = { generation, ids: [] });
      of.ids.push({ name, record: recordIn<IdRecord>(planned.content!) });
    }
    const all = [...generations.values()];
    if (all.reduce((sum, { ids }) => sum + ids.length, 0) < MIN_BLOCK_IDS) return [];
    return all.flatMap(({ generation, ids }) =>
      Array.from({ length: Math.ceil(ids.length / MAX_BLOCK_IDS) }, (_, i) => {
        const part = ids.slice(i * MAX_BLOCK_IDS, (i + 1) * MAX_BLOCK_IDS);
        return {
          key: idBlockKey(generation, random.bytes(BLOCK_NAME_BYTES)),
          names: part.map(({ name }) => name),
          content: Content.later(part, part.length * ID_BYTES, encodeIds),
        };
      })
    );
  }

  get #rows(): number {
    return this.#writes + Math.ceil(this.#events.length / EVENTS_A_ROW) + Math.ceil(this.#ids / IDS_A_ROW) +
      SPARE_ROWS;
  }

  #find(kind: string, name: string): Planned | undefined {
    return this.#kinds.get(kind)?.get(name) ?? (this.#parent && this.#parent.#find(kind, name));
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

/** A block of ids that is going to be written. */
export interface IdBlock {
  /** Its key. */
  readonly key: Key;
  /** Which ids. */
  readonly names: readonly Uint8Array[];
}

const NOTHING: ReadonlyMap<string, Planned> = new Map();

/** Whether it may be a part of a block. */
const isNewId = ({ key, content }: Planned): boolean => key[0] === "i" && content !== undefined;

async function writesOf(
  vault: Vault,
  { key, content, oldPieces }: Pick<Planned, "key" | "content" | "oldPieces">,
): Promise<Write[]> {
  const sealed: Write[] = content ? await vault.sealed(key, content.bytes) : [{ key, value: undefined }];
  for (let i = sealed.length - 1; i < oldPieces; i++) {
    sealed.push({ key: pieceKey(key, i), value: undefined });
  }
  return sealed;
}
