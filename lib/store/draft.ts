/**
 * Writes that are planned: reads see them, the place does not yet. A fork can be taken over or dropped.
 *
 * @module
 */
import { toHex } from "../wire/bytes.ts";
import { pathOf, pieceKey } from "./keys.ts";
import { type Key, MAX_WRITE_BYTES, MAX_WRITES, type Write } from "./place.ts";
import type { HeadRecord } from "./records.ts";
import { type Opened, piecesOf, type Vault } from "./vault.ts";

/** Bytes of a key, a seal and the place's own bookkeeping, at most. */
const ROW_BYTES = 160;
/** Room for the head row and for events that are dropped. */
const HEAD_BYTES = 20_000;

interface Planned {
  readonly key: Key;
  /** undefined: the key is deleted. */
  readonly plain: Uint8Array | undefined;
  /** Pieces of the value that is there now. */
  readonly oldPieces: number;
}

/** Planned writes over a vault. */
export class Draft {
  /** The counters as they will be. */
  head: HeadRecord;
  readonly #vault: Vault;
  readonly #parent: Draft | undefined;
  readonly #planned = new Map<string, Planned>();
  /** What was read from the vault; shared by all forks. */
  readonly #known: Map<string, Opened | undefined>;
  #writes = 0;
  #bytes = 0;

  /** Nothing planned. @param parent  For forks. */
  constructor(vault: Vault, head: HeadRecord, parent?: Draft) {
    this.#vault = vault;
    this.head = head;
    this.#parent = parent;
    this.#known = parent ? parent.#known : new Map();
  }

  /** Contents as they will be. @throws {UserError} local: as `Vault.read`. */
  async plain(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    const names = keys.map(nameOf);
    const missing = keys.filter((_, i) => !this.#find(names[i]) && !this.#known.has(names[i]));
    if (missing.length > 0) {
      const values = await this.#vault.read(missing);
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
    this.#plan(key, plain);
  }

  /** Plans a deletion of a key that was read. */
  remove(key: Key): void {
    this.#plan(key, undefined);
  }

  /** A draft on top: its writes count when they are taken over. */
  fork(): Draft {
    return new Draft(this.#vault, this.head, this);
  }

  /** Takes over a fork's writes. */
  take(fork: Draft): void {
    for (const { key, plain } of fork.#planned.values()) this.#plan(key, plain);
    this.head = fork.head;
  }

  /** Whether anything is planned. */
  get hasWrites(): boolean {
    return this.#planned.size > 0;
  }

  /** Whether this and a fork fit one atomic write, with room for the head. */
  fits(fork?: Draft): boolean {
    const [writes, bytes] = fork ? [fork.#writes, fork.#bytes] : [0, 0];
    return this.#writes + writes < MAX_WRITES && this.#bytes + bytes + HEAD_BYTES < MAX_WRITE_BYTES;
  }

  /** Seals everything that is planned. */
  async writes(): Promise<Write[]> {
    const rows = await Promise.all([...this.#planned.values()].map((planned) => this.#writesOf(planned)));
    return rows.flat();
  }

  async #writesOf({ key, plain, oldPieces }: Planned): Promise<Write[]> {
    const sealed: Write[] = plain ? await this.#vault.sealed(key, plain) : [{ key, value: undefined }];
    for (let i = sealed.length - 1; i < oldPieces; i++) {
      sealed.push({ key: pieceKey(key, i), value: undefined });
    }
    return sealed;
  }

  #find(name: string): Planned | undefined {
    return this.#planned.get(name) ?? (this.#parent && this.#parent.#find(name));
  }

  #plan(key: Key, plain: Uint8Array | undefined): void {
    const name = nameOf(key);
    const before = this.#planned.get(name);
    const planned = { key, plain, oldPieces: this.#known.get(name)?.pieces ?? 0 };
    this.#planned.set(name, planned);
    this.#count(planned, 1);
    if (before) this.#count(before, -1);
  }

  #count({ plain, oldPieces }: Planned, sign: 1 | -1): void {
    const rows = 1 + Math.max(piecesOf(plain?.length ?? 0), oldPieces);
    this.#writes += sign * rows;
    this.#bytes += sign * ((plain?.length ?? 0) + rows * ROW_BYTES);
  }
}

const nameOf = (key: Key): string => toHex(pathOf(key));
