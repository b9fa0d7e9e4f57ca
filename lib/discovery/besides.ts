/**
 * The discovery's own entry, beside those of others.
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { memoryStore } from "./memory.ts";
import type { DiscoveryStore } from "./store.ts";

/**
 * A store in which one key's entry is kept in memory: whoever asks for it gets it, and no list names it. As with the Go
 * discovery, which is on no list of its own; it means nothing after the process that sits on servers under this key.
 * @param store  Has all others.
 */
export function withOwnEntry(store: DiscoveryStore, own: PublicKeyHex): DiscoveryStore {
  const apart = memoryStore({ maxEntries: 1 });
  const of = (pk: PublicKeyHex): DiscoveryStore => pk === own ? apart : store;
  return {
    get: (pk, nowMs) => of(pk).get(pk, nowMs),
    put: (kept, expected, nowMs) => of(kept.entry.static).put(kept, expected, nowMs),
    delete: (pk) => of(pk).delete(pk),
    clients: (nowMs) => store.clients(nowMs),
    servers: (nowMs) => store.servers(nowMs),
    sweep: (nowMs) => store.sweep(nowMs),
  };
}
