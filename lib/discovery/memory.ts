/**
 * A discovery store in memory: for tests and for networks whose parties post again soon.
 *
 * @module
 */
import { DEFAULT_MAX_ENTRIES, type DiscoveryStore, hasExpired, type StoredEntry } from "./store.ts";

/** Most characters of all texts together, by default: 50,000 entries of 2,500. */
const DEFAULT_MAX_CHARS = 128 * 1024 * 1024;

/**
 * An empty store.
 * @param limits.maxEntries  Most keys, default 50,000.
 * @param limits.maxChars  Most characters of all entry texts, default 128 Mi.
 */
export function memoryStore(limits: { maxEntries?: number; maxChars?: number } = {}): DiscoveryStore {
  const { maxEntries = DEFAULT_MAX_ENTRIES, maxChars = DEFAULT_MAX_CHARS } = limits;
  const entries = new Map<string, StoredEntry>();
  let chars = 0;

  const live = (pk: string, nowMs: number) => {
    const kept = entries.get(pk);
    return kept && !hasExpired(kept, nowMs) ? kept : undefined;
  };
  const all = (nowMs: number) =>
    [...entries.values()]
      .filter((kept) => !hasExpired(kept, nowMs))
      .sort((a, b) => a.entry.static < b.entry.static ? -1 : 1);
  const drop = (pk: string) => {
    chars -= entries.get(pk)?.text.length ?? 0;
    entries.delete(pk);
  };

  return {
    get: (pk, nowMs) => Promise.resolve(live(pk, nowMs)),
    put: (kept, expected, nowMs) => {
      const pk = kept.entry.static;
      if (live(pk, nowMs)?.entry.sequence !== expected) return Promise.resolve("conflict");
      const length = chars + kept.text.length - (entries.get(pk)?.text.length ?? 0);
      if ((!entries.has(pk) && entries.size >= maxEntries) || length > maxChars) {
        return Promise.resolve("full");
      }
      drop(pk);
      entries.set(pk, kept);
      chars = length;
      return Promise.resolve("stored");
    },
    delete: (pk) => Promise.resolve(drop(pk)),
    clients: (nowMs) =>
      Promise.resolve(
        all(nowMs).flatMap(({ entry }) =>
          entry.client
            ? [{
              pk: entry.static,
              clientType: entry.clientType,
              servers: entry.client.delegatedServers ?? [],
            }]
            : []
        ),
      ),
    servers: (nowMs) => Promise.resolve(all(nowMs).filter(({ entry }) => entry.server)),
    sweep: (nowMs) => {
      for (const [pk, kept] of entries) if (hasExpired(kept, nowMs)) drop(pk);
      return Promise.resolve();
    },
  };
}
