/**
 * The discovery as a client sees it: entries over HTTP, from one discovery or several at once.
 *
 * @see specification dmsg §7
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Fetch } from "../../sys/fetch.ts";
import { encodeEntry, type Entry, signEntry } from "../entries/entry.ts";
import { OwnPosts, type Standing } from "../entries/own_posts.ts";
import { parseEntries, parseEntry } from "../entries/read.ts";
import { updateEntry } from "../entries/update.ts";
import { type Act, ChangesInTurn } from "./changes_in_turn.ts";
import { type Answer, type Ask, exchange, type Exchanger } from "./exchange.ts";
import { type Asking, goodText, read } from "./get.ts";
import {
  type DiscoveryFailure,
  type DiscoveryReport,
  everywhere,
  firstOf,
  networkError,
  odd,
  type Outcome,
  refused,
  soonOf,
  stillSilent,
  unexpected,
} from "./many.ts";
import { DISCOVERY_TEXTS, discoveryText } from "./texts.ts";
import { discoveryBases } from "./urls.ts";

export type { DiscoveryFailure, DiscoveryReport };

/** Most bytes of one entry's answer. */
const MAX_ENTRY_BYTES = 64 * 1024;
/** Most bytes of a list: 512 servers of 8 KiB, or 60,000 keys. */
export const MAX_LIST_BYTES: number = 4 * 1024 * 1024;

/** What a discovery has of our own entry. */
export interface OwnStanding {
  /** Base URL. */
  readonly url: string;
  /** Whose the entry is; an error when it could not be read. */
  readonly standing: Standing | Error;
  /** The entry, when there is one. */
  readonly entry?: Entry;
}

/** What a discovery client needs. */
export interface DiscoveryOptions {
  /** Base URLs such as `http://host:9090`, one or more. */
  readonly urls: readonly string[];
  /** The web's `fetch`, or something of its shape. */
  readonly fetch: Fetch;
  /** Measures deadlines; its wall time goes into posted entries. */
  readonly clock: Clock;
  /** Deadline of one request, with all that is tried again. Default 5000. */
  readonly timeoutMs?: number;
  /** How often a look-up is repeated when the network fails before the deadline. Default 2. */
  readonly retries?: number;
  /** Ends all requests; their promises reject with its reason. */
  readonly signal?: AbortSignal;
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
    const what = `Cannot look up "${pk}"`;
    return this.#first(what, (url, stop) => this.#entryAt(url, pk, this.#retries, stop));
  }

  /**
   * Servers with room for a session, in the discovery's order (most room first).
   * @returns Server entries; none when every discovery that answered says so.
   * @throws {NetworkError} As {@link entry}.
   */
  availableServers(): Promise<Entry[]> {
    return this.#servers("available_servers");
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
      const text = await this.#get(url, "entries", {
        maxBytes: MAX_LIST_BYTES,
        retries: this.#retries,
        stop,
      });
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

  async #entryAt(
    url: string,
    pk: PublicKeyHex,
    retries: number,
    stop?: AbortSignal,
  ): Promise<Entry | undefined> {
    const absent = DISCOVERY_TEXTS.notFound;
    const text = await this.#get(url, `entry/${pk}`, { maxBytes: MAX_ENTRY_BYTES, retries, stop, absent });
    if (text === undefined) return undefined;
    const entry = read(url, () => parseEntry(text));
    if (entry.static !== pk.toLowerCase()) throw odd(url, "the entry of another key");
    return entry;
  }

  async #servers(list: string): Promise<Entry[]> {
    const found = await this.#first("Cannot list servers", async (url, stop) => {
      const asking = {
        maxBytes: MAX_LIST_BYTES,
        retries: this.#retries,
        stop,
        absent: DISCOVERY_TEXTS.noServers,
      };
      const text = await this.#get(url, list, asking);
      if (text === undefined) return undefined;
      return read(url, () => parseEntries(text).filter((entry) => entry.server));
    });
    return found ?? [];
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

  #get(url: string, path: string, asking: Asking): Promise<string | undefined> {
    return goodText(this.#by, url, path, asking);
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
