/**
 * Who asks a discovery over dmsg: a client under a key of its own, which knows that discovery, its servers, and nobody
 * else.
 *
 * @see lib/dmsg/README.md "A discovery over dmsg"
 * @module
 */
import { generateKeyPair, type PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import { type Random, shuffled } from "../../sys/random.ts";
import type { Carrier } from "../carriers/carrier.ts";
import { DmsgClient } from "../client.ts";
import { type Entry, ENTRY_VERSION } from "../entries/entry.ts";
import { STALLED_MS } from "../sessions/pauses.ts";
import { hedged } from "../streams/hedged.ts";
import type { DmsgStream } from "../streams/stream.ts";
import { DiscoveryClient } from "./client.ts";
import { remembered } from "./known_servers.ts";
import type { DmsgPlace, KnownServer } from "./place.ts";

/**
 * A client whose dial has had no answer for so long has a new one beside it: its connections may be dead on one side
 * alone, which is found out after 4 s or more. Time for the next server, when it has one, and less than half of a question's.
 */
const BESIDE_MS = 2 * STALLED_MS;
/** What a client that is replaced was asked for may still come: so long it stays, longer than any question has. */
const LAST_MS = 10_000;

/** What clients are made of. */
export interface AskerOptions {
  /** Measures. */
  readonly clock: Clock;
  /** Makes the keys that ask, and the order of the servers. */
  readonly random: Random;
  /** Ways to a server. */
  readonly carriers: readonly Carrier[];
}

/** Dials one discovery. */
export class Asker {
  readonly #place: DmsgPlace;
  readonly #options: AskerOptions;
  readonly #seeds: Seeds;
  #client: DmsgClient;
  /** The one beside it, and how many dials go through that. */
  #beside: { readonly client: DmsgClient; dials: number } | undefined;

  /** Connects to nobody yet. @param learned  Servers that the discovery has told of before. */
  constructor(place: DmsgPlace, learned: readonly KnownServer[], options: AskerOptions) {
    this.#place = place;
    this.#options = options;
    this.#seeds = new Seeds(place, learned, options);
    this.#client = this.#newClient();
  }

  /** The discovery has told of servers. */
  learn(servers: readonly KnownServer[]): void {
    this.#seeds.learn(servers);
  }

  /**
   * Opens a stream to the discovery; sessions that are made for it stay. Where those that there are bring no answer, a
   * client under a new key dials beside them, and takes over when it is faster: with the same key it would push them off,
   * or be the one that a classic server forgets.
   * @throws As `DmsgClient.dial`.
   */
  async dial(signal: AbortSignal | undefined): Promise<DmsgStream> {
    const client = this.#client;
    const { addr } = this.#place;
    if (client.servers.length === 0) return await client.dial(addr, signal);
    let isAlone = true;
    let failed: unknown;
    const first = (over: AbortSignal): Promise<DmsgStream> =>
      client.dial(addr, over).catch((error) => {
        if (isAlone) failed = error;
        throw error;
      });
    const second = (over: AbortSignal): Promise<DmsgStream> => {
      isAlone = false;
      return this.#dialBeside(over);
    };
    const outcome = await hedged([first, second], {
      clock: this.#options.clock,
      stallMs: BESIDE_MS,
      signal,
      isFinal: (error) => error === failed, // a failure is an answer: a new connection would bring the same
      drop: (stream) => stream.close(),
    });
    if ("value" in outcome) return outcome.value;
    throw outcome.errors[0];
  }

  async #dialBeside(signal: AbortSignal): Promise<DmsgStream> {
    const beside = this.#beside ??= { client: this.#newClient(), dials: 0 };
    beside.dials++;
    try {
      const stream = await beside.client.dial(this.#place.addr, signal);
      if (this.#beside === beside) this.#replace(beside.client);
      return stream;
    } finally {
      if (--beside.dials === 0 && this.#beside === beside) {
        this.#beside = undefined;
        void beside.client.close();
      }
    }
  }

  #replace(client: DmsgClient): void {
    const old = this.#client;
    this.#client = client;
    this.#beside = undefined;
    this.#options.clock.after(LAST_MS, () => void old.close());
  }

  #newClient(): DmsgClient {
    const pair = generateKeyPair(this.#options.random);
    return new DmsgClient({ ...this.#options, pair, discovery: this.#seeds, stallMs: STALLED_MS });
  }
}

/** Knows one discovery and its servers, and nobody else. */
class Seeds extends DiscoveryClient {
  readonly #place: DmsgPlace;
  readonly #random: Random;
  #learned: readonly KnownServer[];

  /** @param learned  Servers that it has told of before. */
  constructor(place: DmsgPlace, learned: readonly KnownServer[], { clock, random }: AskerOptions) {
    const nobody = () => Promise.reject(new TypeError("nobody else is known"));
    super({ urls: [place.base], fetch: nobody, clock });
    this.#place = place;
    this.#random = random;
    this.#learned = learned;
  }

  /** It has told of servers. */
  learn(servers: readonly KnownServer[]): void {
    this.#learned = remembered(servers, this.#learned);
  }

  override entry(pk: PublicKeyHex): Promise<Entry | undefined> {
    if (pk === this.#place.addr.pk) {
      const delegatedServers = this.#inOrder().map(({ pk }) => pk);
      return Promise.resolve({ ...NOTHING, static: pk, client: { delegatedServers } });
    }
    const known = [...this.#learned, ...this.#place.servers].find((server) => server.pk === pk);
    if (!known) return Promise.resolve(undefined);
    const { address } = known;
    return Promise.resolve({ ...NOTHING, static: pk, server: { address, availableSessions: 1 } });
  }

  /**
   * In which order they are tried: one of which it has told and one of the URL by turns, for either may be gone, and each
   * time other ones at first: who asks again is to come to those that answer.
   */
  #inOrder(): KnownServer[] {
    const isLearned = new Set(this.#learned.map(({ pk }) => pk));
    const named = shuffled(this.#random, this.#place.servers.filter(({ pk }) => !isLearned.has(pk)));
    const learned = shuffled(this.#random, this.#learned);
    return [
      ...learned.flatMap((server, i) => [server, ...named.slice(i, i + 1)]),
      ...named.slice(learned.length),
    ];
  }
}

const NOTHING = { version: ENTRY_VERSION, sequence: 0n, timestampNs: 0n } as const;
