/**
 * A discovery store in Deno KV: survives restarts. Several processes may share a server's database; a file has one:
 * a commit with a check throws there beside another writer (findings/deno_kv_check_throws.sh).
 *
 * Keys, below `prefix`:
 *
 *     ["entry", pk]              → { text: UTF-8 bytes, sequence, expiresAtMs }
 *     ["client", pk]             → { clientType, servers, expiresAtMs }   while the entry has a client part
 *     ["server", pk]             → true                                   while the entry has a server part
 *     ["expiry", expiresAtMs, pk]→ true                                   while the entry can expire
 *     ["count"]                  → u64, how many entries there are
 *
 * @module
 */
import { parseEntry } from "../dmsg/entries/read.ts";
import type { Kv } from "../sys/kv.ts";
import { equal, fromUtf8, utf8 } from "../wire/bytes.ts";
import {
  DEFAULT_MAX_ENTRIES,
  type DiscoveryStore,
  hasExpired,
  type StoredClient,
  type StoredEntry,
} from "./store.ts";

/** What is kept for a key. */
interface EntryRecord {
  readonly text: Uint8Array;
  readonly sequence: bigint;
  readonly expiresAtMs: number | undefined;
}

/** Expired entries that one sweep frees at most; the next one takes up where it ended. */
const SWEEP_BATCH = 500;
/** Keys that Deno KV reads in one call at most. */
const READ_BATCH = 10;
/** How often a deletion runs into another writer before it fails. */
const DELETE_ATTEMPTS = 10;
/** Added to a u64 counter, it takes one away. */
const MINUS_ONE = 2n ** 64n - 1n;

/**
 * A store in an open database.
 * @param kv  `await Deno.openKv(path)` (the path's directory must not be readable for others) or `openKvServer`; the
 * caller closes it.
 * @param options.prefix  First parts of all keys, default `["discovery"]`.
 * @param options.maxEntries  Most keys, default 50,000.
 */
export function kvStore(
  kv: Kv,
  options: { prefix?: Deno.KvKey; maxEntries?: number } = {},
): DiscoveryStore {
  const { prefix = ["discovery"], maxEntries = DEFAULT_MAX_ENTRIES } = options;
  const key = (...parts: Deno.KvKey) => [...prefix, ...parts];
  const countKey = key("count");
  const read = (pk: string) => kv.get<EntryRecord>(key("entry", pk));

  /** Removes a key's entry if it is still the one that was read. */
  async function remove(pk: string, old: Deno.KvEntry<EntryRecord>): Promise<boolean> {
    const { expiresAtMs } = old.value;
    let change = kv.atomic().check(old).delete(old.key).delete(key("client", pk)).delete(key("server", pk));
    if (expiresAtMs !== undefined) change = change.delete(key("expiry", expiresAtMs, pk));
    return (await change.sum(countKey, MINUS_ONE).commit()).ok;
  }

  return {
    async get(pk, nowMs) {
      const { value } = await read(pk);
      return value && !hasExpired(value, nowMs) ? storedOf(value) : undefined;
    },

    async put(kept, expected, nowMs) {
      const pk = kept.entry.static;
      const old = await read(pk);
      const live = old.value && !hasExpired(old.value, nowMs) ? old.value : undefined;
      if (live?.sequence !== expected) return "conflict";
      let change = kv.atomic().check(old);
      if (!old.value) {
        const count = await kv.get<Deno.KvU64>(countKey);
        if ((count.value?.value ?? 0n) >= maxEntries) return "full";
        change = change.sum(countKey, 1n);
      } else if (old.value.expiresAtMs !== undefined) {
        change = change.delete(key("expiry", old.value.expiresAtMs, pk));
      }
      change = change.set(old.key, recordOf(kept));
      const client = clientOf(kept);
      change = client ? change.set(key("client", pk), client) : change.delete(key("client", pk));
      change = kept.entry.server ? change.set(key("server", pk), true) : change.delete(key("server", pk));
      if (kept.expiresAtMs !== undefined) change = change.set(key("expiry", kept.expiresAtMs, pk), true);
      // A server's answer that was lost makes the runtime write again, and then our own entry is in the way
      // (findings/deno_kv_connect_writes_twice.sh).
      return (await change.commit()).ok || isThat((await read(pk)).value, kept) ? "stored" : "conflict";
    },

    async delete(pk) {
      for (let attempt = 0; attempt < DELETE_ATTEMPTS; attempt++) {
        const old = await read(pk);
        if (old.value === null || await remove(pk, old)) return;
      }
      throw new Error(`the entry of "${pk}" changed ${DELETE_ATTEMPTS} times while it was deleted`);
    },

    async clients(nowMs) {
      const clients: StoredClient[] = [];
      for await (const row of kv.list<ClientRecord>({ prefix: key("client") })) {
        const { clientType, servers } = row.value;
        if (!hasExpired(row.value, nowMs)) clients.push({ pk: lastPart(row.key), clientType, servers });
      }
      return clients;
    },

    async servers(nowMs) {
      const keys: Deno.KvKey[] = [];
      for await (const row of kv.list({ prefix: key("server") })) keys.push(key("entry", lastPart(row.key)));
      const servers: StoredEntry[] = [];
      for (let at = 0; at < keys.length; at += READ_BATCH) {
        for (const { value } of await kv.getMany<EntryRecord[]>(keys.slice(at, at + READ_BATCH))) {
          if (value && !hasExpired(value, nowMs)) servers.push(storedOf(value));
        }
      }
      return servers;
    },

    async sweep(nowMs) {
      const due = { start: key("expiry"), end: key("expiry", nowMs + 1) };
      for await (const row of kv.list(due, { limit: SWEEP_BATCH })) {
        const old = await read(lastPart(row.key));
        if (old.value !== null && hasExpired(old.value, nowMs)) await remove(lastPart(row.key), old);
      }
    },
  };
}

type ClientRecord = Omit<StoredClient, "pk"> & Pick<StoredEntry, "expiresAtMs">;

const lastPart = (key: Deno.KvKey) => key[key.length - 1] as string;

const recordOf = ({ entry, text, expiresAtMs }: StoredEntry): EntryRecord => {
  return { text: utf8(text), sequence: entry.sequence, expiresAtMs };
};

const isThat = (value: EntryRecord | null, kept: StoredEntry): boolean =>
  value !== null && equal(value.text, utf8(kept.text)) && value.expiresAtMs === kept.expiresAtMs;

const clientOf = ({ entry, expiresAtMs }: StoredEntry): ClientRecord | undefined =>
  entry.client && { clientType: entry.clientType, servers: entry.client.delegatedServers ?? [], expiresAtMs };

function storedOf({ text, expiresAtMs }: EntryRecord): StoredEntry {
  const json = fromUtf8(text);
  return { entry: parseEntry(json), text: json, expiresAtMs };
}
