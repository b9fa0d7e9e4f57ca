/**
 * A discovery in memory for tests: the real handler, a clock moved by hand, and requests to it.
 *
 * @module
 */
import { type KeyPair, keyPairOf } from "../../lib/crypto/keys.ts";
import { discoveryHandler } from "../../lib/discovery/http.ts";
import { memoryStore } from "../../lib/discovery/memory.ts";
import type { DiscoveryHandlerOptions } from "../../lib/discovery/service.ts";
import { type Entry, freshEntry, signEntry } from "../../lib/dmsg/entries/entry.ts";
import { FakeClock } from "../fakes/clock.ts";

/** The wall clock at the start, nanoseconds since 1970. */
export const START_NS = 1_795_000_000_000_000_000n;

/** A key pair for a small number. */
export const pairOf = (n: number): KeyPair => keyPairOf(new Uint8Array(32).fill(n, 31));

/** Status and body of an answer. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** A discovery with its clock. */
export interface Bench {
  readonly clock: FakeClock;
  readonly handler: (request: Request) => Promise<Response>;
  /** One request, such as `ask("GET", "/health")`. */
  ask(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Reply>;
}

/** Starts one. In test mode unless the options say otherwise. */
export function bench(
  options: Partial<DiscoveryHandlerOptions> = {},
  clock = new FakeClock(1000, START_NS),
): Bench {
  const startedAt = new Date(Number(START_NS / 1_000_000n));
  const handler = discoveryHandler({ store: memoryStore(), clock, testMode: true, startedAt, ...options });
  return {
    clock,
    handler,
    async ask(method, path, body, headers) {
      const response = await handler(new Request(`http://127.0.0.1:9090${path}`, { method, body, headers }));
      return { status: response.status, body: await response.text() };
    },
  };
}

/** The reply in message form. */
export const said = (status: number, text: string): Reply => {
  return { status, body: JSON.stringify({ message: text, code: status }) };
};

/** A signed client entry that sits on one server. */
export function clientEntry(pair: KeyPair, change: Partial<Entry> = {}): Entry {
  const client = { delegatedServers: [pairOf(99).pk] };
  return signEntry({ ...freshEntry(pair.pk, START_NS), client, ...change }, pair.secret);
}

/** A signed server entry. */
export function serverEntry(pair: KeyPair, change: Partial<Entry> = {}): Entry {
  const server = { address: "203.0.113.7:8080", availableSessions: 10 };
  return signEntry({ ...freshEntry(pair.pk, START_NS), server, ...change }, pair.secret);
}
