/**
 * The search for sessions that are missing: one list of servers after the other, each over as many rounds as it takes.
 *
 * @see lib/dmsg/README.md "The client"
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import { type Random, shuffled } from "../../sys/random.ts";
import type { DiscoveryClient } from "../discovery/client.ts";
import type { Entry } from "../entries/entry.ts";
import { connectMissing } from "./connecting.ts";
import { Networks } from "./networks.ts";
import type { Sessions } from "./sessions.ts";
import { Unconnected } from "./unconnected.ts";

/** What it needs. */
export interface HuntOptions {
  /** Offers servers. */
  readonly discovery: DiscoveryClient;
  /** Sessions that are there; new ones go into it. */
  readonly sessions: Sessions;
  /** Measures. */
  readonly clock: Clock;
  /** Shuffles servers. */
  readonly random: Random;
  /** Sessions to hold. */
  readonly wanted: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Waits for what a discovery says. */
  readonly asked: <T>(question: Promise<T>) => Promise<T>;
}

/** See the module. */
export class Hunt {
  readonly #options: HuntOptions;
  readonly #networks: Networks;
  /** No server was asked for yet. */
  #isNew = true;
  /** Servers of the last answer that were not tried yet. */
  #untried: readonly Entry[] = [];

  /** Nobody was asked yet. */
  constructor(options: HuntOptions) {
    this.#options = options;
    this.#networks = new Networks(options.discovery.urls);
  }

  /** Whether we sit on fewer servers than we want, or on none of one network. */
  get isShort(): boolean {
    const sitting = this.#sitting;
    return sitting.length < this.#options.wanted || this.#networks.misses(sitting);
  }

  /** What was offered before is old: there are enough sessions, or one has ended. */
  forget(): void {
    this.#untried = [];
  }

  /**
   * Connects to servers until there are enough sessions, or something else is to be done first.
   * @param isNews  Whether there are sessions that no entry names yet.
   * @returns Whether it is to be called again at once.
   * @throws {Unconnected} No server has taken us. {@link NetworkError} No discovery tells of any.
   */
  async go(isNews: () => boolean): Promise<boolean> {
    const { discovery, sessions, wanted, clock, signal } = this.#options;
    // At first one network is enough, that of the discovery that answers first: the others may keep us waiting.
    const isFirst = discovery.urls.length > 1 && this.#isNew;
    this.#isNew = false;
    const offered = this.#untried.length > 0 ? this.#untried : await this.#offered(isFirst);
    this.#untried = [];
    const connecting = { sessions, clock, wanted, networks: this.#networks, signal };
    const left = await connectMissing(connecting, offered, isNews).catch((error) => {
      if (!isFirst || !(error instanceof Unconnected)) throw error;
      return []; // another network may take us
    });
    if (!isFirst) this.#untried = left;
    return isFirst || left.length > 0;
  }

  /** Servers in the order in which to try them. */
  async #offered(isFirst: boolean): Promise<readonly Entry[]> {
    const { discovery, random, asked } = this.#options;
    if (isFirst) return shuffled(random, await asked(discovery.availableServers()));
    return this.#networks.told(await asked(discovery.offers()), this.#sitting, random);
  }

  get #sitting(): string[] {
    return this.#options.sessions.list().map(({ remotePk }) => remotePk);
  }
}
