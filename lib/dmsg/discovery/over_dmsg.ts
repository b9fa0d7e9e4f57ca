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
import { askOver } from "./ask_over.ts";
import { DiscoveryClient, MAX_LIST_BYTES } from "./client.ts";
import { wholeAnswer } from "./http_body.ts";
import { type ServerMemory, serversOf } from "./known_servers.ts";
import { type DmsgPlace, dmsgPlace, type KnownServer } from "./place.ts";

/** What it is made of. */
export interface OverDmsgOptions {
  /** Measures. */
  readonly clock: Clock;
  /** Makes the key that asks, and the order of the servers. */
  readonly random: Random;
  /** Ways to a server. */
  readonly carriers: readonly Carrier[];
  /** Where else its servers are than a URL says; left out: nothing is known. */
  readonly memory?: ServerMemory;
}

/** What tells of servers. */
const SERVERS_PATH = "/dmsg-discovery/available_servers";

/**
 * Makes a `fetch` that asks URLs of {@link dmsgPlace}. Who asks has a key of its own, thrown away with the process: the
 * discovery is needed before anybody can be reached under a key, and a second client of one key pushes the first off. Its
 * session stays, for what is asked next.
 * @throws {TypeError} Of the `fetch`: it is no such URL. @throws {Error} Of the `fetch`: it can't be reached, and why.
 */
export function fetchOverDmsg(options: OverDmsgOptions): Fetch {
  const clients = new Map<string, Promise<DmsgClient>>();
  const pair = generateKeyPair(options.random);
  const clientOf = (place: DmsgPlace): Promise<DmsgClient> => {
    const known = clients.get(place.base);
    if (known) return known;
    const made = (async () => {
      const learned = await options.memory?.recall(place.addr.pk) ?? [];
      return new DmsgClient({ ...options, pair, discovery: new Seeds(place, learned, options) });
    })();
    clients.set(place.base, made);
    return made;
  };
  return async (url, { method = "GET", body, signal } = {}) => {
    const place = dmsgPlace(url);
    if (!place) throw new TypeError(`not a URL of a discovery over dmsg: ${url}`);
    try {
      const client = await clientOf(place);
      const stream = await client.dial(place.addr, signal ?? undefined);
      const answer = await askOver(stream, {
        method,
        host: formatAddr(place.addr),
        target: place.path || "/",
        body: typeof body === "string" ? utf8(body) : undefined,
        signal: signal ?? undefined,
      });
      return options.memory !== undefined && method === "GET" && place.path === SERVERS_PATH
        ? await learning(options.memory, place, answer)
        : answer;
    } catch (error) {
      signal?.throwIfAborted();
      throw new Error((error as Error).message); // whose reason would be about the peer: this one is the discovery
    }
  };
}

/** Remembers the servers that an answer tells of. @returns The answer. */
async function learning(
  memory: ServerMemory,
  { addr }: DmsgPlace,
  answer: FetchAnswer,
): Promise<FetchAnswer> {
  const whole = await wholeAnswer(answer, MAX_LIST_BYTES);
  try {
    if (whole.status === 200) void memory.learn(addr.pk, serversOf(parseEntries(fromUtf8(whole.bytes))));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error; // who has asked is told what is wrong with it
  }
  return whole;
}

/** Knows one discovery and its servers, and nobody else. */
class Seeds extends DiscoveryClient {
  readonly #entries = new Map<PublicKeyHex, Entry>();

  /** @param learned  Servers that it has told of before: they are tried first, each where it was told to be. */
  constructor(
    { addr, servers, base }: DmsgPlace,
    learned: readonly KnownServer[],
    { clock, random }: OverDmsgOptions,
  ) {
    super({ urls: [base], fetch: () => Promise.reject(new TypeError("nobody else is known")), clock });
    const about = (pk: PublicKeyHex, part: Pick<Entry, "client" | "server">): void =>
      void this.#entries.set(pk, {
        version: ENTRY_VERSION,
        sequence: 0n,
        timestampNs: 0n,
        static: pk,
        ...part,
      });
    const isLearned = new Set(learned.map(({ pk }) => pk));
    const named = servers.filter(({ pk }) => !isLearned.has(pk));
    const all = [...shuffled(random, learned), ...shuffled(random, named)];
    for (const { pk, address } of all) about(pk, { server: { address, availableSessions: 1 } });
    about(addr.pk, { client: { delegatedServers: all.map(({ pk }) => pk) } });
  }

  override entry(pk: PublicKeyHex): Promise<Entry | undefined> {
    return Promise.resolve(this.#entries.get(pk));
  }
}
