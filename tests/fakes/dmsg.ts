/**
 * A whole dmsg network in memory: the real discovery, servers and clients over fake connections.
 *
 * @module
 */
import type { KeyPair } from "../../lib/crypto/keys.ts";
import { discoveryHandler } from "../../lib/discovery/http.ts";
import { memoryStore } from "../../lib/discovery/memory.ts";
import type { DiscoveryStore } from "../../lib/discovery/store.ts";
import { type ClientOptions, DmsgClient } from "../../lib/dmsg/client.ts";
import { DiscoveryClient } from "../../lib/dmsg/discovery/client.ts";
import { ServerEntry } from "../../lib/dmsg/entries/server_entry.ts";
import type { ServerLimits } from "../../lib/dmsg/server/limits.ts";
import { DmsgServer, type ServerEvent } from "../../lib/dmsg/server/server.ts";
import { type Clock, sleep } from "../../lib/sys/clock.ts";
import type { Random } from "../../lib/sys/random.ts";
import { FakeNetwork, type NetworkOptions } from "./network.ts";
import { seededRandom } from "./random.ts";

const DISCOVERY_URL = "http://discovery.test:9090";
const SILENT_URL = "http://silent.test:9090";

/** How the discovery answers: as it should, with a refused connection, or not at all. */
export type DiscoveryState = "up" | "refused" | "silent";

/** How the network is made. */
export interface FakeDmsgOptions extends NetworkOptions {
  /** All randomness follows from it. */
  readonly seed: string | number;
  /** Time of one way to the discovery. Default 1 ms. */
  readonly discoveryMs?: () => number;
}

/** A host dies with its process: none of its requests and dials leave any more. */
interface Life {
  alive: boolean;
}

/** The network. */
export class FakeDmsg {
  readonly clock: Clock;
  readonly network: FakeNetwork;
  readonly #options: FakeDmsgOptions;
  readonly #handler: { now: (request: Request) => Promise<Response> };
  #store!: DiscoveryStore;
  /** Whether clients and servers that are made now have another discovery, which never answers. */
  hasSilentSecond = false;
  /** What the discovery does with requests. */
  discovery: DiscoveryState = "up";
  #clients = 0;
  /** Whether it ever lost its entries. */
  forgotten = false;
  /** Requests that reached the discovery, as `POST /entry/`. */
  readonly requests: string[] = [];

  /** A discovery, and nobody else. */
  constructor(options: FakeDmsgOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.network = new FakeNetwork(options);
    this.#handler = { now: this.#newDiscovery() };
  }

  /** Randomness of its own for each name: what one party draws changes nothing for another. */
  random(name: string): Random {
    return seededRandom(`${this.#options.seed}/${name}`);
  }

  /** The discovery starts again and has forgotten everything. */
  emptyDiscovery(): void {
    this.forgotten = true;
    this.#handler.now = this.#newDiscovery();
  }

  /** What the discovery holds for a key. */
  async entryOf(pk: string): Promise<{ servers: readonly string[] } | undefined> {
    const kept = await this.#store.get(pk, Number(this.clock.wallNs() / 1_000_000n));
    return kept && { servers: kept.entry.client?.delegatedServers ?? [] };
  }

  /** A discovery client of one host. */
  discoveryClient(life: Life = { alive: true }): DiscoveryClient {
    const urls = this.hasSilentSecond ? [SILENT_URL, DISCOVERY_URL] : [DISCOVERY_URL];
    return new DiscoveryClient({ urls, fetch: this.#fetch(life), clock: this.clock });
  }

  /** Asks the discovery, by whatever host. */
  get fetch(): typeof fetch {
    return this.#fetch({ alive: true });
  }

  /** Starts a server; its entry is in the discovery when the promise resolves. */
  async server(pair: KeyPair, address: string, options: FakeServerOptions = {}): Promise<FakeServer> {
    const server = new FakeServer(this, pair, address, options);
    await server.start();
    return server;
  }

  /** Makes a client; it dials, and after `publish()` can be reached. */
  client(pair: KeyPair, host: string, options: Partial<ClientOptions> = {}): FakeClient {
    const random = this.random(`${host}#${this.#clients++}`);
    return new FakeClient(this, pair, host, { random, ...options });
  }

  #newDiscovery(): (request: Request) => Promise<Response> {
    this.#store = memoryStore();
    return discoveryHandler({ store: this.#store, clock: this.clock, startedAt: new Date(0) });
  }

  #fetch(life: Life): typeof fetch {
    const { clock, discoveryMs = () => 1 } = this.#options;
    const ask = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
      const signal = init.signal ?? undefined;
      if (life.alive) await sleep(clock, discoveryMs(), signal);
      if (!life.alive || this.discovery === "refused") throw new TypeError("connection refused");
      if (this.discovery === "silent" || `${input}`.startsWith(SILENT_URL)) await aborted(signal!);
      const { method, body, headers } = init;
      const request = new Request(input as string, { method, body, headers });
      const path = new URL(request.url).pathname.replace(/^\/dmsg-discovery/, "");
      this.requests.push(`${request.method} ${path}`);
      const response = await this.#handler.now(request);
      await sleep(clock, discoveryMs(), signal);
      return response;
    };
    return ask as typeof fetch;
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

/** How a server is set up. */
export interface FakeServerOptions {
  readonly limits?: Partial<ServerLimits>;
  readonly own?: string;
  readonly onEvent?: (event: ServerEvent) => void;
}

/** A server that can be crashed and started again. */
export class FakeServer {
  readonly pair: KeyPair;
  readonly address: string;
  readonly #world: FakeDmsg;
  readonly #options: FakeServerOptions;
  /** The running process; undefined after a crash. */
  relay: DmsgServer | undefined;
  #entry!: ServerEntry;
  #life: Life = { alive: false };
  #starts = 0;

  constructor(world: FakeDmsg, pair: KeyPair, address: string, options: FakeServerOptions) {
    this.#world = world;
    this.pair = pair;
    this.address = address;
    this.#options = options;
  }

  /** Starts, also after a crash: the same key at the same address. */
  async start(): Promise<void> {
    const { clock, network } = this.#world;
    const { pair, address } = this;
    const { limits, own, onEvent } = this.#options;
    this.#life = { alive: true };
    const relay: DmsgServer = new DmsgServer({
      pair,
      clock,
      limits,
      own,
      random: this.#world.random(`${address}#${this.#starts++}`),
      onEvent: (event) => {
        onEvent?.(event);
        if (event.kind.startsWith("session")) entry.changed();
      },
    });
    const entry = new ServerEntry({
      pair,
      address,
      availableSessions: () => relay.availableSessions,
      discovery: this.#world.discoveryClient(this.#life),
      clock,
      onProblem: () => {},
    });
    this.relay = relay;
    this.#entry = entry;
    network.listen(address, (duplex, ip) => void relay.take(duplex, ip));
    await entry.start().catch(() => {}); // the loop goes on
  }

  /**
   * Ends the process without a word.
   * @param heardMs  When the clients hear of it, from now; undefined: never.
   */
  crash(heardMs: () => number | undefined = () => 0): void {
    this.#life.alive = false;
    this.#world.network.unlisten(this.address);
    for (const { connection } of this.#world.network.connections({ address: this.address })) {
      const atMs = heardMs();
      if (atMs === undefined) connection.silence();
      else connection.cut(atMs, 0);
    }
    this.relay?.close();
    this.relay = undefined;
    void this.#entry.close().catch(() => {});
  }

  /** Ends in order: sessions are closed, the entry is taken back. */
  async close(): Promise<void> {
    this.#world.network.unlisten(this.address);
    this.relay?.close();
    await this.#entry.close().catch(() => {});
  }
}

/** A client that can be crashed. */
export class FakeClient {
  readonly dmsg: DmsgClient;
  readonly host: string;
  readonly #world: FakeDmsg;
  readonly #life: Life = { alive: true };

  constructor(
    world: FakeDmsg,
    pair: KeyPair,
    host: string,
    options: Partial<ClientOptions> & Pick<ClientOptions, "random">,
  ) {
    this.#world = world;
    this.host = host;
    const carrier = world.network.carrier(host);
    const dead = (): Promise<never> => Promise.reject(new Error("this process is dead"));
    this.dmsg = new DmsgClient({
      pair,
      discovery: world.discoveryClient(this.#life),
      carriers: [{
        ...carrier,
        dial: (address, signal) => this.#life.alive ? carrier.dial(address, signal) : dead(),
      }],
      clock: world.clock,
      ...options,
    });
  }

  /**
   * Ends the process without a word.
   * @param heardMs  When the servers hear of it, from now; undefined: never.
   */
  crash(heardMs: () => number | undefined = () => 0): void {
    this.#life.alive = false;
    for (const { connection } of this.#world.network.connections({ from: this.host })) {
      const atMs = heardMs();
      if (atMs === undefined) connection.silence();
      else connection.cut(0, atMs);
    }
    void this.dmsg.close();
  }
}
