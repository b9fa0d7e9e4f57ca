/**
 * Keeps a server's entry in the discovery true: at start, when sessions come and go, and every minute.
 *
 * @see specification dmsg §7.3
 * @module
 */
import type { KeyPair } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import { Turns } from "../../wire/turns.ts";
import type { DiscoveryClient } from "../discovery/client.ts";

/** Server entries expire after 2 minutes (specification dmsg §7.2). */
const REFRESH_MS = 60_000;
/** So often it is looked whether the wall clock has gone on by itself, by which entries expire: a machine sleeps, a clock is set. */
const LOOK_MS = 5000;
/** Session changes that come together are posted together. */
const DEBOUNCE_MS = 250;
/** After a failed post. */
const RETRY_MS = 1000;

/** What the loop needs. */
export interface ServerEntryOptions {
  /** The server's key. */
  readonly pair: KeyPair;
  /** `host:port` that clients dial. */
  readonly address: string;
  /** Asked at each post. */
  readonly availableSessions: () => number;
  /** Where it is posted. */
  readonly discovery: DiscoveryClient;
  /** Measures the pauses. */
  readonly clock: Clock;
  /** Told of each failed post of the loop; the next try is 1 s later. */
  readonly onProblem: (error: Error) => void;
}

/** Posts the entry of one server. */
export class ServerEntry {
  readonly #options: ServerEntryOptions;
  #cancel: (() => void) | undefined;
  /** When the next post is due; none is while one is under way. */
  #dueMs = Infinity;
  /** The same by the wall clock. */
  #dueNs = 0n;
  readonly #posting = new Turns();
  #closed = false;

  /** Posts nothing yet. */
  constructor(options: ServerEntryOptions) {
    this.#options = options;
  }

  /**
   * Posts now, then every minute and after each change; 1 s after a failure.
   * @returns When the discovery took the first post.
   * @throws {NetworkError} It did not; the loop goes on trying until {@link close}.
   */
  async start(): Promise<void> {
    try {
      await this.#post();
    } catch (error) {
      this.#schedule(RETRY_MS);
      throw error;
    }
    this.#schedule(REFRESH_MS);
  }

  /** The number of sessions changed: posts 250 ms later, once for all changes until then. */
  changed(): void {
    this.#schedule(DEBOUNCE_MS);
  }

  /**
   * Ends the loop and deletes the entry.
   * @throws {NetworkError} As `DiscoveryClient.withdraw`.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#posting.idle();
    await this.#options.discovery.withdraw(this.#options.pair);
  }

  /** The earlier time counts: changes that keep coming must not put a post off, nor may a refresh. */
  #schedule(delayMs: number): void {
    const { clock } = this.#options;
    const dueMs = clock.nowMs() + delayMs;
    if (this.#closed || dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#dueNs = clock.wallNs() + BigInt(delayMs) * 1_000_000n;
    this.#wait();
  }

  #wait(): void {
    const { clock, onProblem } = this.#options;
    this.#cancel?.();
    this.#cancel = clock.after(Math.min(LOOK_MS, this.#dueMs - clock.nowMs()), () => {
      if (clock.nowMs() < this.#dueMs && clock.wallNs() < this.#dueNs) return this.#wait();
      this.#dueMs = Infinity;
      this.#post().then(() => this.#schedule(REFRESH_MS), (error) => {
        onProblem(error);
        this.#schedule(RETRY_MS);
      });
    });
  }

  #post(): Promise<void> {
    const { discovery, pair, address, availableSessions } = this.#options;
    return this.#posting.run(async () => {
      const server = { address, availableSessions: availableSessions() };
      await discovery.update(pair, (entry) => ({ ...entry, server: { ...entry.server, ...server } }));
    });
  }
}
