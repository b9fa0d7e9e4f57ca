/**
 * Where a discovery keeps entries: the type that its adapters share (one contract test for all of them).
 *
 * Time is wall time in milliseconds since 1970, because a kept entry outlives the process. Whatever has expired at
 * `nowMs` is not there for any reader, swept or not.
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Entry } from "../dmsg/entries/entry.ts";

/** Most entries by default: their key list stays below 4 MiB, which is what a client reads. */
export const DEFAULT_MAX_ENTRIES = 50_000;

/** A kept entry. */
export interface StoredEntry {
  /** The parsed entry. */
  readonly entry: Entry;
  /** The JSON text that is handed out: original signature, possibly members that we don't know. */
  readonly text: string;
  /** When it is forgotten, or undefined for never. */
  readonly expiresAtMs: number | undefined;
}

/** A kept client, as lists need it. */
export interface StoredClient {
  /** Its key. */
  readonly pk: PublicKeyHex;
  /** Its type, such as `visor`. */
  readonly clientType: string | undefined;
  /** The servers it sits on. */
  readonly servers: readonly PublicKeyHex[];
}

/** What became of a put: kept; another sequence is stored than expected; or no room for a new key. */
export type PutResult = "stored" | "conflict" | "full";

/** Entries by key. Methods reject only when the storage itself fails. */
export interface DiscoveryStore {
  /** The entry of a key. */
  get(pk: PublicKeyHex, nowMs: number): Promise<StoredEntry | undefined>;
  /**
   * Keeps an entry if what is stored for its key is still what the caller judged it by.
   * @param expected  The stored sequence, or undefined for "nothing stored".
   */
  put(kept: StoredEntry, expected: bigint | undefined, nowMs: number): Promise<PutResult>;
  /** Forgets a key; fine when there is nothing. */
  delete(pk: PublicKeyHex): Promise<void>;
  /** All entries with a client part, by key. */
  clients(nowMs: number): Promise<StoredClient[]>;
  /** All entries with a server part, by key. */
  servers(nowMs: number): Promise<StoredEntry[]>;
  /** Frees what has expired, some of it at a time. */
  sweep(nowMs: number): Promise<void>;
}

/** No entry is given a longer life: one that ends later was written by a clock that was ahead. */
const MAX_LIFE_MS = 31 * 86_400_000;

/** Whether an entry is forgotten at a time. */
export const hasExpired = (kept: { readonly expiresAtMs: number | undefined }, nowMs: number): boolean =>
  kept.expiresAtMs !== undefined && (kept.expiresAtMs <= nowMs || kept.expiresAtMs > nowMs + MAX_LIFE_MS);
