/**
 * A whole network in memory for these tests: the real discovery handler, server and clients, one clock moved by
 * hand, and doors for peers that break the rules.
 *
 * @module
 */
import { deepStrictEqual, fail, ok } from "node:assert/strict";
import { type KeyPair, keyPairOf } from "../../lib/crypto/keys.ts";
import type { Addr } from "../../lib/dmsg/addr.ts";
import type { Carrier } from "../../lib/dmsg/carriers/carrier.ts";
import { type ClientEvent, DmsgClient } from "../../lib/dmsg/client.ts";
import { DiscoveryClient } from "../../lib/dmsg/discovery/client.ts";
import { signEntry } from "../../lib/dmsg/entries/entry.ts";
import type { Generation } from "../../lib/dmsg/entries/read.ts";
import type { ServerLimits } from "../../lib/dmsg/server/limits.ts";
import { DmsgServer, type ServerEvent } from "../../lib/dmsg/server/server.ts";
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import type { Random } from "../../lib/sys/random.ts";
import { concat, utf8 } from "../../lib/wire/bytes.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { type Bench, bench, clientEntry, pairOf, serverEntry, START_NS } from "../discovery/support.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../fakes/duplex.ts";
import { seededRandom } from "../fakes/random.ts";
import { rawClient, type RawSession } from "../fakes/raw_peer.ts";

/** The port on which bob echoes. */
export const ECHO_PORT = 80;
/** The address of the real server. */
const SERVER_ADDRESS = "203.0.113.1:1";
/** Fake time after which something that needs no time has failed. */
const PATIENCE_MS = 3000;
const STEP_MS = 10;

/** What a test may choose. */
export interface WorldOptions {
  readonly server?: KeyPair;
  readonly bob?: KeyPair;
  readonly bobRandom?: Random;
  readonly limits?: Partial<ServerLimits>;
  /** Which members and endpoints the discovery knows; those of 2026 by default. */
  readonly generation?: Generation;
}

/** One network. */
export class World {
  readonly clock = new FakeClock(1000, START_NS);
  readonly discovery: Bench;
  readonly server: DmsgServer;
  readonly serverPair: KeyPair;
  readonly serverEvents: ServerEvent[] = [];
  /** A good client, on the server, that echoes on {@link ECHO_PORT}. */
  readonly bob: DmsgClient;
  readonly bobPair: KeyPair;
  readonly bobEvents: ClientEvent[] = [];
  /** What bob's streams ended with: null for the peer's FIN. */
  readonly bobEnds: (Error | null)[] = [];
  /** Takes connections to an address; tests add servers of their own. */
  readonly hosts = new Map<string, (duplex: Duplex) => void>();
  /** What the discovery answers instead of the truth, by path. */
  readonly lies = new Map<string, string>();
  #nextKey = 1000;

  constructor(options: WorldOptions) {
    this.discovery = bench({ generation: options.generation ?? "current" }, this.clock);
    this.serverPair = options.server ?? pairOf(50);
    this.bobPair = options.bob ?? pairOf(51);
    this.server = new DmsgServer({
      pair: this.serverPair,
      clock: this.clock,
      random: seededRandom("server"),
      limits: options.limits,
      onEvent: (event) => this.serverEvents.push(event),
    });
    this.hosts.set(SERVER_ADDRESS, (duplex) => void this.server.take(duplex, "203.0.113.77"));
    this.bob = this.client(this.bobPair, {
      random: options.bobRandom,
      onEvent: (event) => this.bobEvents.push(event),
    });
  }

  /** Starts one: the server is in the discovery, bob is published and listens. */
  static async open(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    await world.register(world.serverPair, SERVER_ADDRESS);
    void world.#echo();
    world.bob.publish();
    await world.until(() => world.bobEvents.some(({ kind }) => kind === "registered"), "bob is registered");
    return world;
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.settled(this.bob.close());
    this.server.close();
    await settle();
  }

  /** Puts a server's entry into the discovery. */
  async register(pair: KeyPair, address: string): Promise<void> {
    const server = { address, availableSessions: 100 };
    await this.post(serverEntry(pair, { server, timestampNs: this.clock.wallNs() }));
  }

  /** Puts a client's entry into the discovery. */
  async delegate(pair: KeyPair, ...servers: string[]): Promise<void> {
    await this.post(clientEntry(pair, { client: { delegatedServers: servers } }));
  }

  /** Writes bob's entry anew with these servers, whether he has sessions with them or not. */
  async bobSitsOn(...delegatedServers: string[]): Promise<void> {
    const { pk, secret } = this.bobPair;
    const now = await this.discoveryClient().entry(pk);
    const next = { ...now!, sequence: now!.sequence + 1n, timestampNs: this.clock.wallNs() };
    await this.post(signEntry({ ...next, client: { delegatedServers } }, secret));
  }

  /** Posts an entry that must be taken. */
  async post(entry: Parameters<DiscoveryClient["post"]>[0]): Promise<void> {
    ok((await this.discoveryClient().post(entry)).taken.length === 1, "the discovery takes the entry");
  }

  /** A real client. */
  client(
    pair: KeyPair,
    options: { random?: Random; sessions?: number; onEvent?: (event: ClientEvent) => void } = {},
  ): DmsgClient {
    return new DmsgClient({
      pair,
      discovery: this.discoveryClient(),
      carriers: [this.#carrier()],
      clock: this.clock,
      random: options.random ?? seededRandom(`client ${pair.pk}`),
      sessions: options.sessions ?? 1,
      onEvent: options.onEvent,
    });
  }

  discoveryClient(): DiscoveryClient {
    const fetching = (input: RequestInfo | URL, init?: RequestInit) => {
      const lie = this.lies.get(new URL(String(input)).pathname);
      return lie === undefined
        ? this.discovery.handler(new Request(input, init))
        : Promise.resolve(new Response(lie));
    };
    return new DiscoveryClient({
      urls: ["http://127.0.0.1:9090"],
      fetch: fetching as typeof fetch,
      clock: this.clock,
    });
  }

  /** A fresh connection to the server. */
  connection(): MemoryDuplex {
    const [ours, theirs] = memoryDuplexPair();
    this.hosts.get(SERVER_ADDRESS)!(theirs);
    return ours;
  }

  /** A raw client's finished session with the server. */
  async session(pair: KeyPair = this.freshPair()): Promise<RawSession> {
    const { serverPair } = this;
    const session = await rawClient(this.connection(), pair, serverPair.public, seededRandom(pair.pk));
    await settle();
    return session;
  }

  /** A key pair that nobody has used. */
  freshPair(): KeyPair {
    const secret = new Uint8Array(32);
    new DataView(secret.buffer).setUint32(28, this.#nextKey++);
    return keyPairOf(secret);
  }

  /** Lets time pass in small steps until something holds; fails when it does not within 3 s of fake time. */
  async until(holds: () => boolean, what: string, patienceMs = PATIENCE_MS): Promise<void> {
    for (let waitedMs = 0; !holds(); waitedMs += STEP_MS) {
      if (waitedMs > patienceMs) fail(`did not happen within ${patienceMs} ms: ${what}`);
      await this.clock.advance(STEP_MS);
      await settle();
    }
  }

  /** The outcome of a promise that needs (little) time to pass. */
  async settled<T>(promise: Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
    let done = false;
    promise.then(() => done = true, () => done = true);
    await this.until(() => done, "the promise settles", patienceMs);
    return await promise;
  }

  /** Sends a text from one client to an echoing one and back. */
  async echoes(from: DmsgClient, to: Addr = { pk: this.bob.pk, port: ECHO_PORT }): Promise<void> {
    const stream = await this.settled(from.dial(to));
    const text = utf8("still there?");
    await this.settled(stream.write(text));
    deepStrictEqual(await this.settled(readAll(stream, text.length)), text);
    stream.close();
    await settle();
  }

  /** A client that nobody knows connects to the same server, reaches the same bob and hears its echo. */
  async stillServes(): Promise<void> {
    await this.register(this.serverPair, SERVER_ADDRESS).catch(() => {}); // it ages out in the long tests
    const guest = this.client(this.freshPair());
    await this.echoes(guest);
    await this.settled(guest.close());
  }

  async #echo(): Promise<void> {
    for await (const stream of this.bob.listen(ECHO_PORT)) void this.#echoOne(stream);
  }

  async #echoOne(stream: DmsgStream): Promise<void> {
    try {
      for (let view = await stream.read(); view !== null; view = await stream.read()) {
        await stream.write(view);
      }
      this.bobEnds.push(null);
    } catch (error) {
      this.bobEnds.push(error as Error);
    }
    stream.close();
  }

  #carrier(): Carrier {
    return {
      name: "memory",
      addressIn: (entry) => entry.server?.address,
      dial: (address) => {
        const take = this.hosts.get(address);
        if (!take) return Promise.reject(new Error(`nobody is at ${address}`));
        const [ours, theirs] = memoryDuplexPair();
        take(theirs);
        return Promise.resolve(ours);
      },
    };
  }
}

/** Runs a test in a network of its own. */
export async function inWorld(
  run: (world: World) => Promise<void>,
  options: WorldOptions = {},
): Promise<void> {
  const world = await World.open(options);
  try {
    await run(world);
  } finally {
    await world.close();
  }
}

async function readAll(stream: Duplex, count: number): Promise<Uint8Array> {
  let all: Uint8Array = new Uint8Array(0);
  while (all.length < count) {
    const view = await stream.read();
    if (view === null) break;
    all = concat(all, view);
  }
  return all;
}
