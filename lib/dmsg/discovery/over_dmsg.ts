/**
 * `fetch` for discoveries that are asked over dmsg.
 *
 * @see lib/dmsg/README.md "A discovery over dmsg"
 * @module
 */
import { generateKeyPair, type PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Fetch } from "../../sys/fetch.ts";
import { type Random, shuffled } from "../../sys/random.ts";
import { utf8 } from "../../wire/bytes.ts";
import { formatAddr } from "../addr.ts";
import type { Carrier } from "../carriers/carrier.ts";
import { DmsgClient } from "../client.ts";
import { type Entry, ENTRY_VERSION } from "../entries/entry.ts";
import { askOver } from "./ask_over.ts";
import { DiscoveryClient } from "./client.ts";
import { type DmsgPlace, dmsgPlace } from "./place.ts";

/** What it is made of. */
export interface OverDmsgOptions {
  /** Measures. */
  readonly clock: Clock;
  /** Makes the key that asks, and the order of the servers. */
  readonly random: Random;
  /** Ways to a server. */
  readonly carriers: readonly Carrier[];
}

/**
 * Makes a `fetch` that asks URLs of {@link dmsgPlace}. Who asks has a key of its own, thrown away with the process: the
 * discovery is needed before anybody can be reached under a key, and a second client of one key pushes the first off. Its
 * session stays, for what is asked next.
 * @throws {TypeError} Of the `fetch`: it is no such URL. @throws {Error} Of the `fetch`: it can't be reached, and why.
 */
export function fetchOverDmsg(options: OverDmsgOptions): Fetch {
  const clients = new Map<string, DmsgClient>();
  const pair = generateKeyPair(options.random);
  const clientOf = (place: DmsgPlace): DmsgClient => {
    const known = clients.get(place.base);
    if (known) return known;
    const made = new DmsgClient({ ...options, pair, discovery: new Seeds(place, options) });
    clients.set(place.base, made);
    return made;
  };
  return async (url, { method = "GET", body, signal } = {}) => {
    const place = dmsgPlace(url);
    if (!place) throw new TypeError(`not a URL of a discovery over dmsg: ${url}`);
    try {
      const stream = await clientOf(place).dial(place.addr, signal ?? undefined);
      return await askOver(stream, {
        method,
        host: formatAddr(place.addr),
        target: place.path || "/",
        body: typeof body === "string" ? utf8(body) : undefined,
        signal: signal ?? undefined,
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new Error((error as Error).message); // whose reason would be about the peer: this one is the discovery
    }
  };
}

/** Knows one discovery and its servers, and nobody else. */
class Seeds extends DiscoveryClient {
  readonly #entries = new Map<PublicKeyHex, Entry>();

  constructor({ addr, servers, base }: DmsgPlace, { clock, random }: OverDmsgOptions) {
    super({ urls: [base], fetch: () => Promise.reject(new TypeError("nobody else is known")), clock });
    const about = (pk: PublicKeyHex, part: Pick<Entry, "client" | "server">): void =>
      void this.#entries.set(pk, {
        version: ENTRY_VERSION,
        sequence: 0n,
        timestampNs: 0n,
        static: pk,
        ...part,
      });
    for (const { pk, address } of servers) about(pk, { server: { address, availableSessions: 1 } });
    about(addr.pk, { client: { delegatedServers: shuffled(random, servers).map(({ pk }) => pk) } });
  }

  override entry(pk: PublicKeyHex): Promise<Entry | undefined> {
    return Promise.resolve(this.#entries.get(pk));
  }
}
