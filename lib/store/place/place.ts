/**
 * Where sealed values lie: an ordered map with atomic writes. The adapters know nothing of messages, so the whole
 * store runs the same code over memory, a file and a server.
 *
 * @module
 */

/** A one-letter kind and up to three binary parts. Sorted part by part; see keys.ts for all shapes. */
export type Key = readonly [kind: string, ...parts: Uint8Array[]];

/** A key with its value. */
export interface Row {
  /** The key. */
  readonly key: Key;
  /** At most {@link MAX_VALUE_BYTES}. */
  readonly value: Uint8Array;
}

/** Sets a value, or deletes the key when there is none. */
export interface Write {
  /** The key. */
  readonly key: Key;
  /** At most {@link MAX_VALUE_BYTES}. */
  readonly value: Uint8Array | undefined;
}

/** Keys from `start` (included) to `end` (not included), both of one kind. */
export interface Range {
  /** The first key that counts. */
  readonly start: Key;
  /** The first key behind. */
  readonly end: Key;
}

/** How a range is read. */
export interface ListOptions {
  /** Most rows. */
  readonly limit?: number;
  /** From the end. */
  readonly reverse?: boolean;
  /** Rows that are fetched at once, 1 … 500: what is held in memory. Default 100. */
  readonly batch?: number;
}

/** Deno KV's limit is 65,536. */
export const MAX_VALUE_BYTES = 61_440;
/** Deno KV's limit of one atomic write is 1000 mutations; the rest is for the head and events that are dropped. */
export const MAX_WRITES = 850;
/** Deno KV's limit of one atomic write is 819,200 bytes with its keys. */
export const MAX_WRITE_BYTES = 780_000;

/** An ordered map with atomic writes. Methods reject with what the system says; the store explains it. */
export interface Place {
  /** How errors call it: a path or URL. */
  readonly name: string;
  /** Values of keys, in order; undefined where there is none. */
  read(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]>;
  /** One value and its stamp, which every write of the key changes; null when there is no such key. */
  stamped(key: Key): Promise<{ value: Uint8Array | undefined; stamp: string | null }>;
  /** Rows of a range, in order. */
  list(range: Range, options?: ListOptions): AsyncIterable<Row>;
  /**
   * Writes all or nothing, if a key still has the stamp. What is written survives a power cut.
   * @returns The stamp of all written keys, or undefined when the guard's key was written by somebody else.
   */
  write(writes: readonly Write[], guard: { key: Key; stamp: string | null }): Promise<string | undefined>;
  /** Frees it. */
  close(): void;
}
