/**
 * The discovery as a client sees it: entries over HTTP, from one discovery or several at once.
 *
 * @see specification dmsg §7
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { encodeEntry, type Entry, signEntry } from "../entries/entry.ts";
import { OwnPosts, type Standing } from "../entries/own_posts.ts";
import { updateEntry } from "../entries/update.ts";
import { type Act, ChangesInTurn } from "./changes_in_turn.ts";
import { type Answer, type Ask, exchange, type Exchanger } from "./exchange.ts";
import { entryAt, goodText, MAX_ENTRY_BYTES, MAX_LIST_BYTES, read, serversAt } from "./get.ts";
import {
  type DiscoveryFailure,
  type DiscoveryReport,
  eachOf,
  everywhere,
  firstOf,
  networkError,
  type Offer,
  type Outcome,
  refused,
  soonOf,
  stillSilent,
  unexpected,
} from "./many.ts";
import type { DiscoveryOptions } from "./options.ts";
import { discoveryText } from "./texts.ts";
import { discoveryBases } from "./urls.ts";

export type { DiscoveryFailure, DiscoveryOptions, DiscoveryReport, Offer };

/** How messages of failures begin. */
const LISTING = "Cannot list servers";
const lookUp = (pk: PublicKeyHex): string => `Cannot look up "${pk}"`;

/** What a discovery has of our own entry. */
export interface OwnStanding {
  /** Base URL. */
  readonly url: string;
  /** Whose the entry is; an error when it could not be read. */
  readonly standing: Standing | Error;
  /** The entry, when there is one. */
  readonly entry?: Entry;
}

/**
 * Reads and posts entries. Signatures of fetched entries are not verified: a discovery alters server entries
 * (§6.4), and the handshake with the party is the real proof.
 */
export class DiscoveryClient {
  /** Base URLs in use, without a trailing slash. */
  readonly urls: readonly string[];
  readonly #by: Exchanger;
  readonly #retries: number;
  readonly #signal: AbortSignal | undefined;
  readonly #posts = new OwnPosts();
  readonly #changes: ChangesInTurn;

  /**
   * Asks nothing yet.
   * @throws {UserError} usage: no URL, or one that is not a plain http or https URL.
   */
  constructor(options: DiscoveryOptions) {
    this.urls = discoveryBases(options.urls);
    this.#changes = new ChangesInTurn(this.urls, options.signal);
    this.#by = {
      fetch: options.fetch,
      clock: options.clock,
      get timeoutMs() {
        return options.timeoutMs ?? 5000; // asked for each request: what is left of a command's time gets less
      },
    };
    this.#retries = options.retries ?? 2;
    this.#signal = options.signal;
  }

  /**
   * Looks up a party: all discoveries are asked at once and the first entry wins.
   * @param pk  66 hex characters.
   * @returns Its entry, or undefined when every discovery that answered has none.
   * @throws {NetworkError} `no-network`: none answered, or only with something else than the party's entry.
   */
  entry(pk: PublicKeyHex): Promise<Entry | undefined> {
    return this.#first(lookUp(pk), (url, stop) => this.#entryAt(url, pk, this.#retries, stop));
  }

  /**
   * A party's entry as each discovery has it: it may have left the network of the one that answers first. One that is
   * silent keeps those that answer waiting for a second.
   * @returns The one that was posted last is the first.
   * @throws {NetworkError} As {@link entry}.
   */
  async entries(pk: PublicKeyHex): Promise<Entry[]> {
    const ask = async (url: string) => ({ entry: await this.#entryAt(url, pk, this.#retries, this.#signal) });
    const found = await eachOf(this.urls, lookUp(pk), ask, this.#by.clock);
    return found.flatMap(({ entry }) => entry ?? []).toSorted((a, b) =>
      a.timestampNs > b.timestampNs ? -1 : 1
    );
  }

  /**
   * Servers with room for a session, in the discovery's order (most room first).
   * @returns Server entries; none when every discovery that answered says so.
   * @throws {NetworkError} As {@link entry}.
   */
  availableServers(): Promise<Entry[]> {
    return this.#servers("available_servers");
  }

  /**
   * Servers with room as each discovery tells of them: several can be of several networks. One that is silent keeps those
   * that answer waiting for a second.
   * @returns Of those that have answered.
   * @throws {NetworkError} As {@link entry}.
   */
  async offers(): Promise<Offer[]> {
    const [url] = this.urls;
    if (this.urls.length === 1) return [{ url, servers: await this.availableServers() }];
    const ask = async (url: string): Promise<Offer> => {
      return { url, servers: await this.#serversAt(url, "available_servers", this.#signal) ?? [] };
    };
    return await eachOf(this.urls, LISTING, ask, this.#by.clock);
  }

  /** All registered servers; else like {@link availableServers}. */
  allServers(): Promise<Entry[]> {
    return this.#servers("all_servers");
  }

  /**
   * Keys of all registered clients, of the first discovery that answers.
   * @throws {NetworkError} As {@link entry}.
   */
  async clients(): Promise<PublicKeyHex[]> {
    const keys = await this.#first("Cannot list clients", async (url, stop) => {
      const asking = { maxBytes: MAX_LIST_BYTES, retries: this.#retries, stop };
      const text = await goodText(this.#by, url, "entries", asking);
      return read(url, () => JSON.parse(text!) as unknown);
    });
    return Array.isArray(keys)
      ? keys.filter((key) => typeof key === "string" && /^[0-9a-f]{66}$/.test(key))
      : [];
  }

  /**
   * Posts a signed entry to every discovery.
   * @throws {NetworkError} When none took it: `refused` when all of them answered no, else `no-network`.
   */
  post(entry: Entry): Promise<DiscoveryReport> {
    return this.#everywhere(entry.static, `Cannot register "${entry.static}"`, async (url) => {
      const refusal = await this.#postAt(url, entry);
      if (refusal) throw refused(url, refusal);
      return "taken";
    });
  }

  /**
   * Deletes a party's entry from every discovery.
   * @param entry  Any entry of the party with a valid signature; of a server, one of the last 60 s.
   * @throws {NetworkError} As {@link post}.
   */
  delete(entry: Entry): Promise<DiscoveryReport> {
    return this.#everywhere(
      entry.static,
      `Cannot delete the entry of "${entry.static}"`,
      (url) => this.#deleteAt(url, entry),
    );
  }

  /**
   * Reads our own entry back from every discovery; one that is silent keeps those that answer waiting for a second.
   * @returns In the order of {@link urls}: whether it is one that this client has posted.
   */
  async standing(pk: PublicKeyHex): Promise<OwnStanding[]> {
    const all = this.urls.map((url) => this.#standingAt(url, pk));
    const found = await soonOf(all, this.#by.clock, ({ standing }) => !(standing instanceof Error));
    return found.map((one, i) => one ?? { url: this.urls[i], standing: stillSilent(this.urls[i]) });
  }

  async #standingAt(url: string, pk: PublicKeyHex): Promise<OwnStanding> {
    try {
      const entry = await this.#entryAt(url, pk, 0, this.#signal);
      return { url, standing: this.#posts.standing(url, pk, entry), ...(entry ? { entry } : {}) };
    } catch (error) {
      return { url, standing: networkError(error) };
    }
  }

  /**
   * Deletes our own entry from every discovery, wherever there is one. It is signed afresh, because a stored
   * server entry may be too old or not match its signature any more. When this client has posted, an entry that
   * another program with the key has posted since stays.
   * @param onHeard  Told when one has given the entry that is to be deleted.
   * @throws {NetworkError} As {@link post}.
   */
  withdraw(pair: KeyPair, onHeard?: () => void): Promise<DiscoveryReport> {
    return this.#everywhere(pair.pk, `Cannot delete the entry of "${pair.pk}"`, async (url) => {
      const stored = await this.#entryAt(url, pair.pk, 0, this.#signal);
      onHeard?.();
      if (!stored) return "taken";
      if (this.#posts.has(pair.pk) && this.#posts.standing(url, pair.pk, stored) !== "ours") {
        return "superseded";
      }
      const fresh = { ...stored, timestampNs: this.#by.clock.wallNs() };
      return this.#deleteAt(url, signEntry(fresh, pair.secret));
    });
  }

  /**
   * Changes our own entry in every discovery, each by itself, as {@link updateEntry} does it.
   * @param change  Gets the stored or a fresh entry and returns it with client, server and so on set. Its
   * sequence, timestamp, key and signature are set here. Called once for each discovery.
   * @throws {NetworkError} As {@link post}.
   * @see specification dmsg §7.3 "Update rule"
   */
  update(pair: KeyPair, change: (entry: Entry) => Entry): Promise<DiscoveryReport> {
    return this.#everywhere(
      pair.pk,
      `Cannot register "${pair.pk}"`,
      (url) => this.#updateAt(url, pair, change),
    );
  }

  #updateAt(url: string, pair: KeyPair, change: (entry: Entry) => Entry): Promise<Outcome> {
    const home = {
      url,
      read: () => this.#entryAt(url, pair.pk, 0, this.#signal),
      post: (entry: Entry) => {
        this.#posts.add(url, entry); // before: it may be taken although the answer is lost
        return this.#postAt(url, entry);
      },
      remove: (entry: Entry) => this.#deleteAt(url, entry),
      nowNs: () => this.#by.clock.wallNs(),
    };
    return updateEntry(home, pair, change);
  }

  #entryAt(url: string, pk: PublicKeyHex, retries: number, stop?: AbortSignal): Promise<Entry | undefined> {
    return entryAt(this.#by, url, pk, { retries, stop });
  }

  async #servers(list: string): Promise<Entry[]> {
    return await this.#first(LISTING, (url, stop) => this.#serversAt(url, list, stop)) ?? [];
  }

  #serversAt(url: string, list: string, stop: AbortSignal | undefined): Promise<Entry[] | undefined> {
    return serversAt(this.#by, url, list, { retries: this.#retries, stop });
  }

  /** The refusal's text, or undefined when the entry was taken. @throws {NetworkError} It has trouble of its own. */
  async #postAt(url: string, entry: Entry): Promise<string | undefined> {
    const answer = await this.#send("POST", `${url}/dmsg-discovery/entry/`, entry);
    if (answer.status === 500) throw unexpected(url, answer);
    return answer.status === 200 ? undefined : discoveryText(answer.text);
  }

  async #deleteAt(url: string, entry: Entry): Promise<"taken"> {
    const answer = await this.#send("DELETE", `${url}/dmsg-discovery/entry`, entry);
    if (answer.status === 500) throw unexpected(url, answer);
    if (answer.status !== 200) throw refused(url, discoveryText(answer.text));
    return "taken";
  }

  #send(method: Ask["method"], url: string, entry: Entry): Promise<Answer> {
    const ask = { url, method, body: encodeEntry(entry), maxBytes: MAX_ENTRY_BYTES, stop: this.#signal };
    return exchange(this.#by, ask);
  }

  #first<T>(
    what: string,
    ask: (url: string, stop: AbortSignal) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    return firstOf(this.urls, what, ask, this.#signal);
  }

  #everywhere(pk: PublicKeyHex, what: string, act: Act): Promise<DiscoveryReport> {
    return this.#changes.run(
      pk,
      act,
      (inTurn) => everywhere(this.urls, what, inTurn, this.#by.clock, this.#signal),
    );
  }
}
