/**
 * A small dmsg network for tests: its clock is moved by hand, lines take 10 ms a way.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { ClientEvent, ClientOptions, DmsgClient } from "../../lib/dmsg/client.ts";
import type { ServerLimits } from "../../lib/dmsg/server/limits.ts";
import type { ServerEvent } from "../../lib/dmsg/server/server.ts";
import { acceptSession, type HandshakeContext } from "../../lib/dmsg/sessions/handshake.ts";
import { Session } from "../../lib/dmsg/sessions/session.ts";
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import { loadKem } from "../../lib/noise/hybrid.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { pairOf, START_NS } from "../discovery/support.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { type FakeClient, FakeDmsg, type FakeServer } from "../fakes/dmsg.ts";
import type { Accept, NetworkOptions } from "../fakes/network.ts";

/** One way between a client and a server, milliseconds. */
export const WAY_MS = 10;

/** A client with what it told. */
export interface BenchClient extends FakeClient {
  readonly events: ClientEvent[];
}

/** A server with what it told. */
export interface BenchServer extends FakeServer {
  readonly events: ServerEvent[];
}

/** A network whose parties have keys from small numbers. */
export class Bench {
  readonly clock = new FakeClock(1000, START_NS);
  readonly world: FakeDmsg;

  constructor(
    line: NetworkOptions["line"] = () => ({ latencyMs: () => WAY_MS }),
    discoveryMs?: () => number,
  ) {
    this.world = new FakeDmsg({ clock: this.clock, seed: "bench", line, discoveryMs });
  }

  /** Starts server `n`; its address is `10.0.0.<n>:80`. */
  async server(n: number, limits: Partial<ServerLimits> = {}, own?: string): Promise<BenchServer> {
    const events: ServerEvent[] = [];
    const onEvent = (event: ServerEvent) => void events.push(event);
    const server = this.world.server(pairOf(n), `10.0.0.${n}:80`, { limits, own, onEvent });
    return Object.assign(await this.done(server), { events });
  }

  /** Makes client `n`; its host is `10.1.0.<n>` unless the options of the test need two with one key. */
  client(n: number, options: Partial<ClientOptions> = {}, host = `10.1.0.${n}`): BenchClient {
    const events: ClientEvent[] = [];
    const onEvent = (event: ClientEvent) => void events.push(event);
    return Object.assign(this.world.client(pairOf(n), host, { onEvent, ...options }), { events });
  }

  /** Makes a client that publishes, and waits until it is registered. */
  async published(n: number, options: Partial<ClientOptions> = {}, host?: string): Promise<BenchClient> {
    const client = this.client(n, options, host);
    client.dmsg.publish();
    await this.until(() => client.events.some(({ kind }) => kind === "registered"));
    return client;
  }

  /** A stream from one client to another's listener on a port. */
  async streams(from: FakeClient, to: FakeClient, port = 1): Promise<[DmsgStream, DmsgStream]> {
    const listener = to.dmsg.listen(port);
    const dialled = await this.done(from.dmsg.dial({ pk: to.dmsg.pk, port }));
    const taken = await this.done(listener.accept());
    ok(taken);
    return [dialled, taken];
  }

  /** Moves the clock until a promise is settled, and returns its outcome. */
  async done<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let settled = false;
    const watch = () => void (settled = true);
    promise.then(watch, watch);
    await this.until(() => settled, limitMs);
    return await promise;
  }

  /** How long a promise took to settle, in milliseconds. */
  async took(promise: Promise<unknown>, limitMs = 60_000): Promise<number> {
    const startMs = this.clock.nowMs();
    await this.done(promise.catch(() => {}), limitMs);
    return this.clock.nowMs() - startMs;
  }

  /** Moves the clock from timer to timer until something is true. */
  async until(isTrue: () => boolean, limitMs = 60_000): Promise<void> {
    const endMs = this.clock.nowMs() + limitMs;
    await settle();
    while (!isTrue()) {
      const next = this.clock.nextTimerMs;
      ok(next !== undefined && next <= endMs, `not within ${limitMs} ms`);
      await this.clock.advance(Math.max(0, next - this.clock.nowMs()));
    }
  }
}

/** Reads until `count` bytes have come or the stream has ended. */
export async function readBytes(stream: DmsgStream, count: number): Promise<Uint8Array> {
  const all: number[] = [];
  while (all.length < count) {
    const view = await stream.read();
    if (view === null) break;
    all.push(...view);
  }
  return Uint8Array.from(all);
}

/** A server of its own kind: its entry is in the discovery, and a test says what it does with connections. */
export async function oddServer(bench: Bench, n: number, accept: Accept): Promise<string> {
  const pair = pairOf(n);
  const address = `10.0.0.${n}:80`;
  const server = { address, availableSessions: 100 };
  await bench.done(bench.world.discoveryClient().update(pair, (entry) => ({ ...entry, server })));
  bench.world.network.listen(address, accept);
  return pair.pk;
}

/** A server that takes sessions and streams and never answers a stream, as a classic one whose target is away. */
export const silentServer = (bench: Bench, n: number): Promise<string> =>
  oddServer(bench, n, async (duplex) => {
    const secured = await acceptSession(duplex, contextOf(bench, n));
    const options = { role: "server", clock: bench.clock, pauseMs: 0, onStream: () => {} } as const;
    new Session(duplex, secured, options);
  });

/** What party `n` needs for handshakes. */
export const contextOf = (bench: Bench, n: number, pq: Partial<HandshakeContext> = {}): HandshakeContext => ({
  local: pairOf(n),
  clock: bench.clock,
  random: bench.world.random(`context ${n}`),
  loadKem,
  offerPq: false,
  requirePq: false,
  ...pq,
});

/** Writes an entry that says that a client sits on some servers, whether it does or not. */
export async function claim(bench: Bench, n: number, servers: readonly string[]): Promise<string> {
  const client = { delegatedServers: [...servers] };
  await bench.done(bench.world.discoveryClient().update(pairOf(n), (entry) => ({ ...entry, client })));
  return pairOf(n).pk;
}

/** Looks at an error of the network: its reason, and what it says. */
export const failsWith = (reason: string, pattern: RegExp) => (error: unknown) => {
  ok(error instanceof NetworkError, String(error));
  strictEqual(error.reason, reason, error.message);
  match(error.message, pattern);
  return true;
};

/** Nothing of a client is in use. */
export const nothingOpen = (client: DmsgClient) => {
  const { streams, ports } = client.usage;
  deepStrictEqual({ streams, ports }, { streams: 0, ports: 0 });
};
