/**
 * Which networks our sessions are in: several discoveries may be of several networks, each with servers of its own, and
 * whoever asks one of them finds us by servers that it knows.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { type Random, shuffled } from "../../sys/random.ts";
import type { Offer } from "../discovery/client.ts";
import type { Entry } from "../entries/entry.ts";

/** What the discoveries have told of their servers. */
export class Networks {
  readonly #urls: readonly string[];
  readonly #servers = new Map<string, ReadonlySet<PublicKeyHex>>();

  /** Nothing was told. @param urls  Of the discoveries. With one there is one network, and nothing to choose. */
  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  /**
   * Discoveries have told.
   * @param sitting  Servers that we sit on: one that has no room any more is of its network all the same.
   * @returns Their servers in the order in which to try them: one of each network by turns, there by chance.
   */
  told(offers: readonly Offer[], sitting: readonly PublicKeyHex[], random: Random): Entry[] {
    for (const { url, servers } of offers) {
      const known = this.#servers.get(url);
      const kept = sitting.filter((pk) => known?.has(pk));
      this.#servers.set(url, new Set([...servers.map((entry) => entry.static), ...kept]));
    }
    return inTurn(offers.map(({ servers }) => shuffled(random, servers)));
  }

  /** Whether there is a network in which we sit on no server, as far as is known. */
  misses(sitting: readonly PublicKeyHex[]): boolean {
    return this.#urls.length > 1 && this.#urls.some((url) => !this.#isIn(url, sitting));
  }

  /** Whether a server is one of a network in which we sit on none. */
  needs(server: PublicKeyHex, sitting: readonly PublicKeyHex[]): boolean {
    if (this.#urls.length === 1) return false;
    return this.#urls.some((url) => this.#servers.get(url)?.has(server) && !this.#isIn(url, sitting));
  }

  #isIn(url: string, sitting: readonly PublicKeyHex[]): boolean {
    const servers = this.#servers.get(url);
    return servers !== undefined && sitting.some((pk) => servers.has(pk));
  }
}

/** One of each list after the other; what stands in several comes once. */
function inTurn(lists: readonly (readonly Entry[])[]): Entry[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  const all = Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
  return [...new Map(all.map((entry) => [entry.static, entry])).values()];
}
