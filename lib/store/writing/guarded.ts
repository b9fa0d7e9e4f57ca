/**
 * Writes with a guard: each checks the head row's stamp and replaces it. So a second process is noticed at the first
 * write after its own, and after a failure the head tells whether the write happened.
 *
 * @module
 */
import type { Random } from "../../sys/random.ts";
import { storageError } from "../../sys/storage_error.ts";
import { toHex } from "../../wire/bytes.ts";
import type { UserError } from "../../wire/errors.ts";
import { otherWriter } from "../errors.ts";
import type { Vault } from "../place/vault.ts";
import { writesOf } from "../rows/draft_rows.ts";
import type { IdFilter } from "../rows/id_filter.ts";
import { HEAD_KEY } from "../rows/keys.ts";
import { decodeRecord, encodeRecord, type HeadRecord } from "../rows/records.ts";
import type { Draft } from "./draft.ts";

const WRITE_NAME_BYTES = 16;

/** The head of an open store, and the only writes there are. */
export class Guarded {
  /** What is written. */
  readonly vault: Vault;
  readonly #ids: IdFilter;
  readonly #random: Random;
  #record: HeadRecord;
  #stamp: string | null;
  /** The name of a write that failed and of which is not known whether it happened. */
  #doubtful: string | undefined;
  /** Set for good when somebody else has written. */
  #lost: UserError | undefined;

  /** Use {@link openGuarded}. */
  constructor(vault: Vault, ids: IdFilter, random: Random, record: HeadRecord, stamp: string | null) {
    this.vault = vault;
    this.#ids = ids;
    this.#random = random;
    this.#record = record;
    this.#stamp = stamp;
  }

  /** The head on disk, as far as we know. */
  get head(): HeadRecord {
    return this.#record;
  }

  /**
   * Resolves when it is known what is on disk.
   * @returns Whether the head is another one now: a write that was reported as failed has happened.
   * @throws {UserError} local: a write failed before, and the place can't tell what became of it; busy: another
   * process writes.
   */
  async ready(): Promise<boolean> {
    const before = this.#record.write;
    if (this.#doubtful !== undefined) await this.#look(this.#doubtful);
    if (this.#lost) throw this.#lost;
    return this.#record.write !== before;
  }

  /**
   * Writes a draft: all of it or nothing.
   * @throws {UserError} local, busy: it is not on disk, or nobody can tell.
   */
  async write(draft: Draft): Promise<void> {
    const { place } = this.vault;
    // A plan's head is the one that lay there when the store was opened, with its counters moved on: its place is old.
    const journal = draft.mark ?? this.#record.journal;
    const record: HeadRecord = {
      ...draft.head,
      ...(journal ? { journal } : {}),
      write: toHex(this.#random.bytes(WRITE_NAME_BYTES)),
    };
    const { writes, blocks } = await writesOf(draft, this.vault, this.#random);
    writes.push(...await this.vault.sealed(HEAD_KEY, encodeRecord(record)));
    let stamp: string | undefined;
    try {
      stamp = await place.write(writes, { key: HEAD_KEY, stamp: this.#stamp });
    } catch (error) {
      this.#doubtful = record.write;
      await this.#look(record.write).catch(() => {});
      if (this.#record.write === record.write) return this.#ids.wrote(blocks);
      throw storageError(error, place.name, "write");
    }
    if (stamp === undefined) await this.#lookForOurs(record.write);
    else [this.#record, this.#stamp] = [record, stamp];
    this.#ids.wrote(blocks);
  }

  /** A server's answer that was lost makes the runtime write again, and then it is our own write that is in the way. */
  async #lookForOurs(write: string): Promise<void> {
    this.#doubtful = write;
    await this.#look(write);
    if (this.#record.write !== write) throw this.#lost = otherWriter(this.vault.place.name);
  }

  /** Reads the head after a failed write of that name: it is there, or the one before it is, or somebody else's. */
  async #look(write: string): Promise<void> {
    const { record, stamp } = await readHead(this.vault);
    this.#doubtful = undefined;
    if (record?.write !== write && record?.write !== this.#record.write) {
      throw this.#lost = otherWriter(this.vault.place.name);
    }
    this.#record = record;
    this.#stamp = stamp;
  }
}

/** Reads the head and guards it. @throws {TypeError} There is none: the store was not migrated. */
export async function openGuarded(vault: Vault, ids: IdFilter, random: Random): Promise<Guarded> {
  const { record, stamp } = await readHead(vault);
  if (!record) throw new TypeError("the store has no head");
  return new Guarded(vault, ids, random, record, stamp);
}

async function readHead(vault: Vault): Promise<{ record: HeadRecord | undefined; stamp: string | null }> {
  const { plain, stamp } = await vault.stamped(HEAD_KEY);
  return { record: plain && decodeRecord<HeadRecord>(plain), stamp };
}
