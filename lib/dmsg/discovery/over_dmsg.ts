/**
 * `fetch` for discoveries that are asked over dmsg.
 *
 * @see lib/dmsg/README.md "A discovery over dmsg"
 * @module
 */
import { generateKeyPair, type PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Fetch, FetchAnswer } from "../../sys/fetch.ts";
import { type Random, shuffled } from "../../sys/random.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { formatAddr } from "../addr.ts";
import type { Carrier } from "../carriers/carrier.ts";
import { DmsgClient } from "../client.ts";
import { type Entry, ENTRY_VERSION } from "../entries/entry.ts";
import { parseEntries } from "../entries/read.ts";
import { STALLED_MS } from "../sessions/pauses.ts";
import { askOver } from "./ask_over.ts";
import { DiscoveryClient, MAX_LIST_BYTES } from "./client.ts";
import { wholeAnswer } from "./http_body.ts";
import { remembered, type ServerMemory, serversOf } from "./known_servers.ts";
import { type DmsgPlace, dmsgPlace, type KnownServer } from "./place.ts";

/** What it is made of. */
export interface OverDmsgOptions {
  /** Measures. */
  readonly clock: Clock;
  /** Makes the keys that ask, and the order of the servers. */
  readonly random: Random;
  /** Ways to a server. */
  readonly carriers: readonly Carrier[];
  /** Where else its servers are than a URL says; left out: nothing is known. */
  readonly memory?: ServerMemory;
}

/** What tells of servers. */
const SERVERS_PATH = "/dmsg-discovery/available_servers";

/**
 * Makes a `fetch` that asks URLs of {@link dmsgPlace}. Who asks has a key of its own for each discovery, thrown away with
 * the process: the discovery is needed before anybody can be reached under a key, and a second client of one key pushes the
 * first off, also where two discoveries sit on one server. Its session stays, for what is asked next.
 * @throws {TypeError} Of the `fetch`: it is no such URL. @throws {Error} Of the `fetch`: it can't be reached, and why.
 */
export function fetchOverDmsg(options: OverDmsgOptions): Fetch {
  const askers = new Map<string, Promise<Asker>>();
  const askerOf = (place: DmsgPlace): Promise<Asker> => {
    const known = askers.get(place.base);
    if (known) return known;
    const made = newAsker(place, options);
    askers.set(place.base, made);
    return made;
  };
  return async (url, { method = "GET", body, signal } = {}) => {
    const place = dmsgPlace(url);
    if (!place) throw new TypeError(`not a URL of a discovery over dmsg: ${url}`);
    try {
      const { client, seeds } = await askerOf(place);
      const stream = await client.dial(place.addr, signal ?? undefined);
      const answer = await askOver(stream, {
        method,
        host: formatAddr(place.addr),
        target: place.path || "/",
        body: typeof body === "string" ? utf8(body) : undefined,
        signal: signal ?? undefined,
      });
      if (method !== "GET" || place.path !== SERVERS_PATH) return answer;
      return await learning(answer, (servers) => {
        seeds.learn(servers);
        void options.memory?.learn(place.addr.pk, servers);
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new Error((error as Error).message); // whose reason would be about the peer: this one is the discovery
    }
  };
}

/** Who asks one discovery. */
interface Asker {
  readonly client: DmsgClient;
  readonly seeds: Seeds;
}

async function newAsker(place: DmsgPlace, options: OverDmsgOptions): Promise<Asker> {
  const seeds = new Seeds(place, await options.memory?.recall(place.addr.pk) ?? [], options);
  const pair = generateKeyPair(options.random);
  return { seeds, client: new DmsgClient({ ...options, pair, discovery: seeds, stallMs: STALLED_MS }) };
}

/** Has the servers remembered that an answer tells of. @returns The answer. */
async function learning(
  answer: FetchAnswer,
  learn: (servers: readonly KnownServer[]) => void,
): Promise<FetchAnswer> {
  const whole = await wholeAnswer(answer, MAX_LIST_BYTES);
  try {
    if (whole.status === 200) learn(serversOf(parseEntries(fromUtf8(whole.bytes))));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error; // who has asked is told what is wrong with it
  }
  return whole;
}

/** Knows one discovery and its servers, and nobody else. */
class Seeds extends DiscoveryClient {
  readonly #place: DmsgPlace;
  readonly #random: Random;
  #learned: readonly KnownServer[];

  /** @param learned  Servers that it has told of before. */
  constructor(place: DmsgPlace, learned: readonly KnownServer[], { clock, random }: OverDmsgOptions) {
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
