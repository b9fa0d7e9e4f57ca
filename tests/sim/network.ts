/**
 * A network of a seed: a discovery, servers and peers on lines of random speed, and one log of all that happens.
 *
 * @module
 */
import { sha256 } from "../../lib/crypto/hash.ts";
import { generateKeyPair } from "../../lib/crypto/keys.ts";
import type { ServerEvent } from "../../lib/dmsg/server/server.ts";
import type { Random } from "../../lib/sys/random.ts";
import { toHex, utf8 } from "../../lib/wire/bytes.ts";
import { FakeDmsg, type FakeServer } from "../fakes/dmsg.ts";
import type { NetworkConnection } from "../fakes/network.ts";
import { below, seededRandom } from "../fakes/random.ts";
import { SimClock } from "./clock.ts";
import { Model } from "./model.ts";
import { Peer, type PeerOptions } from "./peer.ts";

/** How large, and from which seed. */
export interface NetworkSize {
  readonly seed: string;
  readonly servers: number;
  readonly clients: number;
  /** See {@link SimClock}. */
  readonly turns?: number;
}

/** The network. */
export class SimNetwork {
  readonly clock: SimClock;
  readonly world: FakeDmsg;
  readonly model: Model;
  readonly servers: FakeServer[] = [];
  readonly peers: Peer[] = [];
  /** Second processes with the key of a peer, running or not. */
  readonly twins: Peer[] = [];
  /** Everything that happened, in order: `<ms> <what>`. */
  readonly lines: string[] = [];
  readonly #size: NetworkSize;
  readonly #options = new Map<Peer, PeerOptions>();

  constructor(size: NetworkSize) {
    this.#size = size;
    this.clock = new SimClock(size.turns);
    this.model = new Model((line) => this.log(line));
    const random = this.random("lines");
    this.world = new FakeDmsg({
      clock: this.clock,
      seed: size.seed,
      discoveryMs: () => 5 + below(random, 60),
      line: () => {
        const [baseMs, jitterMs] = [3 + below(random, 80), 1 + below(random, 20)];
        const most = random.fraction() < 0.3 ? 1 + below(random, 60) : 1460;
        const segment = (left: number) => left < most ? left : 1 + below(random, most);
        return { latencyMs: () => baseMs + below(random, jitterMs), segment };
      },
    });
  }

  /** Randomness for one purpose. */
  random(name: string): Random {
    return seededRandom(`${this.#size.seed}/sim/${name}`);
  }

  /** Adds a line to the log. */
  log(what: string): void {
    this.lines.push(`${this.clock.nowMs()} ${what}`);
  }

  /** The log as one short text: two runs of one seed have the same. */
  hash(): string {
    return toHex(sha256(utf8(this.lines.join("\n")))).slice(0, 16);
  }

  /** Does something later. */
  later(ms: number, act: () => unknown): void {
    this.clock.after(ms, () => void act());
  }

  /** Starts everybody; returns when all servers are registered. Peers come up over the next two seconds. */
  async start(): Promise<void> {
    const keys = this.random("keys");
    for (let i = 0; i < this.#size.servers; i++) {
      const address = `10.0.0.${i + 1}:8080`;
      const onEvent = (event: ServerEvent) => this.log(`server${i} ${serverText(event)}`);
      await this.done(
        this.world.server(generateKeyPair(keys), address, { onEvent }).then((server) =>
          this.servers.push(server)
        ),
      );
    }
    const random = this.random("peers");
    for (let i = 0; i < this.#size.clients; i++) {
      const readMs = random.fraction() < 0.1 ? 100 + below(random, 900) : 0;
      const peer = this.#peer({
        world: this.world,
        model: this.model,
        pair: generateKeyPair(keys),
        host: `10.1.${i >> 8}.${i & 255}`,
        name: `peer${i}`,
        random: this.random(`peer${i}`),
        readMs,
        log: (line) => this.log(line),
      });
      this.peers.push(peer);
      this.later(below(random, 2000), () => peer.start());
    }
  }

  /** A second process with a peer's key, on another host. */
  twinOf(peer: Peer): Peer {
    const options = this.#options.get(peer)!;
    const n = this.twins.length;
    const own = { host: `10.2.0.${n}`, name: `${peer.name}-twin${n}`, random: this.random(`twin${n}`) };
    const twin = this.#peer({ ...options, ...own });
    this.twins.push(twin);
    return twin;
  }

  /** An open connection. */
  anyConnection(random: Random): NetworkConnection | undefined {
    const all = this.world.network.connections();
    return all[below(random, all.length)];
  }

  /** Moves the clock until a promise is settled. */
  async done<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    promise.then(() => settled = true, () => settled = true);
    while (!settled) await this.clock.advance(10);
    return await promise;
  }

  /**
   * Moves the clock until something is true.
   * @returns How long it took, or undefined when it was not true in time.
   */
  async until(isTrue: () => boolean | Promise<boolean>, limitMs: number): Promise<number | undefined> {
    const startMs = this.clock.nowMs();
    while (!await isTrue()) {
      if (this.clock.nowMs() - startMs >= limitMs) return undefined;
      await this.clock.advance(500);
    }
    return this.clock.nowMs() - startMs;
  }

  #peer(options: PeerOptions): Peer {
    const peer = new Peer(options);
    this.#options.set(peer, options);
    return peer;
  }
}

function serverText(event: ServerEvent): string {
  if ("error" in event) return `${event.kind} ${event.error.message}`;
  return `${event.kind} ${event.client.slice(0, 8)}`;
}
