/**
 * Keeps a client on the network: enough sessions, and an entry that names them.
 *
 * @see specification dmsg §7.3, §13
 * @module
 */
import type { KeyPair } from "../../crypto/keys.ts";
import { unlessAborted } from "../../sys/abort.ts";
import type { Clock } from "../../sys/clock.ts";
import { sleep } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import type { DiscoveryClient } from "../discovery/client.ts";
import { Hunt } from "../sessions/hunt.ts";
import { CONNECT_RETRY, DropPause, FETCH_RETRY, MORE_MS, next, spread } from "../sessions/pauses.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { TWIN_GONE_MS, type TwinWatch } from "../sessions/twin.ts";
import { Unconnected } from "../sessions/unconnected.ts";
import { Answering } from "./answering.ts";

/** An entry that did not change is posted again after this, well under the 10 minutes that mark a running owner. */
export const REFRESH_MS: number = 4 * 60_000;
/** Another program's entry that stays the same for so long has nobody behind it: ours posts every 4 minutes, Go's every 5. */
const ABANDONED_MS = 6 * 60_000;
/** The entry is read back after this, ± a quarter: a second program with the key is noticed within a minute. */
const LOOK_MS = 45_000;

/** What the loop tells its owner. */
export type RegistrationEvent =
  /** The discovery took our entry; `servers` are the keys in it. */
  | { readonly kind: "registered"; readonly servers: readonly string[] }
  /** A round failed; the next one begins `retryMs` later, or sooner when a session comes. */
  | { readonly kind: "problem"; readonly error: Error; readonly retryMs: number };

/** What the loop needs. */
export interface RegistrationOptions {
  /** Whose entry it is, and its signature. */
  readonly pair: KeyPair;
  /** The client's sessions; the loop adds to them. */
  readonly sessions: Sessions;
  /** Offers servers and takes the entry. */
  readonly discovery: DiscoveryClient;
  /** Measures the pauses. */
  readonly clock: Clock;
  /** Shuffles servers, spreads retries by a quarter to both sides. */
  readonly random: Random;
  /** Sessions to hold. */
  readonly wanted: number;
  /** Notes other programs with the key. */
  readonly twins: TwinWatch;
  /** Told when the entry was not what it should be: sessions may be deaf as well. */
  readonly onUncertain: () => void;
  /** Told of posts and problems; must not throw. */
  readonly onEvent: (event: RegistrationEvent) => void;
}

/** The loop. `changed` and `lost` wake it when a session came or went. */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #stop = new AbortController();
  #wake: (() => void) | undefined;
  #published: string | undefined;
  #publishedMs = -Infinity;
  #fetchMs = FETCH_RETRY.firstMs;
  #connectMs = CONNECT_RETRY.firstMs;
  /** No new session while it lasts. */
  readonly #drops = new DropPause();
  /** When the entry is read back next. */
  #lookAtMs = Infinity;
  /** When our entry was found under another program's, the last time, and the signature of that one. */
  #pushedMs = -Infinity;
  #pushedBy: string | undefined;
  /** We let that program have the entry. */
  #aside = false;
  #running: Promise<void> | undefined;
  readonly #answering: Answering;
  readonly #hunt: Hunt;

  /** A loop that does not run yet. */
  constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#answering = new Answering(options.clock);
    this.#hunt = new Hunt({
      ...options,
      signal: this.#stop.signal,
      asked: (question) => this.#asked(question),
    });
  }

  /** Starts the loop; harmless when repeated. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Whether another program with the key is let have the entry. */
  get isAside(): boolean {
    return this.#aside;
  }

  /** A session came: the next round begins now. */
  changed(): void {
    this.#wake?.();
  }

  /**
   * A session has ended: the next round begins now, but may have to wait with a new one.
   * @param livedMs  How long it had lived.
   */
  lost(livedMs: number): void {
    const { clock, random } = this.#options;
    // Also when the same server takes us again: whoever had pushed us off may have taken the entry along.
    this.#publishedMs = -Infinity;
    this.#hunt.forget();
    this.#drops.ended(livedMs, clock.nowMs(), random);
    this.changed();
  }

  /**
   * Ends the loop after the round under way and takes the entry out of the discovery, if one was posted and it still is
   * ours. With a discovery that says nothing for a second, or has not answered lately for half of one, it gives up; the
   * entry ages, then.
   * @throws {NetworkError} As `DiscoveryClient.withdraw`.
   * @see specification dmsg §7.3
   */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#answering.farewell(this.#leave());
  }

  async #leave(): Promise<void> {
    await this.#running;
    if (this.#published === undefined) return;
    await this.#options.discovery.withdraw(this.#options.pair, () => this.#answering.heard());
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      let waitMs: number;
      try {
        waitMs = await this.#step();
      } catch (error) {
        if (this.#stop.signal.aborted) return; // a round that our own close cut short is no problem to tell
        waitMs = this.#backOff(error as Error);
      }
      await this.#pause(waitMs);
    }
  }

  /** One round: connect what is missing, publish what changed. Returns how long nothing needs doing. */
  async #step(): Promise<number> {
    const { sessions, clock } = this.#options;
    const { isShort } = this.#hunt;
    if (!isShort) this.#hunt.forget();
    const heldMs = isShort ? this.#drops.leftMs(clock.nowMs()) : 0;
    const isMissing = isShort && heldMs === 0;
    if (isMissing || clock.nowMs() >= this.#lookAtMs) await this.#look();
    if (this.#aside) return this.#untilLookMs;
    const hasMore = isMissing && await this.#hunt.go(() => this.#names() !== this.#published);
    if (this.#stop.signal.aborted) return 0;
    if (sessions.list().length === 0) return Math.min(heldMs, this.#untilLookMs); // nothing that the entry could say
    const keys = this.#servers;
    const names = this.#names();
    if (names !== this.#published || clock.nowMs() - this.#publishedMs >= REFRESH_MS) {
      await this.#look(); // whoever has pushed us off may have posted meanwhile
      if (this.#aside) return this.#untilLookMs;
      await this.#publish(keys);
      this.#published = names;
      this.#publishedMs = clock.nowMs();
      this.#lookLater();
    }
    this.#fetchMs = FETCH_RETRY.firstMs;
    this.#connectMs = CONNECT_RETRY.firstMs;
    // One that came or went while we published woke nobody.
    if (hasMore || this.#names() !== names) return 0;
    const leftMs = Math.max(1, this.#publishedMs + REFRESH_MS - clock.nowMs());
    const refreshMs = Math.min(leftMs, this.#untilLookMs);
    return this.#hunt.isShort ? Math.min(heldMs || MORE_MS, refreshMs) : refreshMs;
  }

  get #untilLookMs(): number {
    return Math.max(1, this.#lookAtMs - this.#options.clock.nowMs());
  }

  #lookLater(): void {
    const { clock, random } = this.#options;
    this.#lookAtMs = clock.nowMs() + LOOK_MS * spread(random);
  }

  /** Reads the entry back, once there is one. A discovery that does not answer is asked again the next time. */
  async #look(): Promise<void> {
    const { discovery, pair, twins, onUncertain } = this.#options;
    if (this.#lookAtMs === Infinity) return;
    this.#lookLater();
    twins.check();
    const found = await this.#asked(
      discovery.standing(pair.pk),
      (all) => all.some(({ standing }) => !(standing instanceof Error)),
    );
    const foreign = found.find(({ standing }) => standing === "foreign");
    if (foreign) return this.#giveWay(foreign.entry?.signature);
    if (found.every(({ standing }) => standing instanceof Error)) return;
    if (this.#aside) {
      this.#aside = false;
      twins.gone();
    } else if (found.every(({ standing }) => standing === "ours" || standing instanceof Error)) {
      return;
    }
    this.#publishedMs = -Infinity;
    onUncertain();
  }

  /**
   * Another program has posted over our entry. Ours is posted again, once, so that it hears of us too; when it does the
   * same, the entry is its: two that go on would take turns for ever. We come back when it takes the entry away, or
   * has not posted for as long as a live program would not wait.
   */
  #giveWay(signature: string | undefined): void {
    const { clock, twins, onUncertain } = this.#options;
    const sinceMs = clock.nowMs() - this.#pushedMs;
    const isKnown = signature === this.#pushedBy;
    if (isKnown && !this.#aside) return; // ours is about to be posted
    if (isKnown && sinceMs < ABANDONED_MS) return;
    if (isKnown) {
      twins.gone();
    } else {
      twins.seen("entry");
      this.#pushedBy = signature;
      this.#pushedMs = clock.nowMs();
    }
    this.#aside = !isKnown && sinceMs < TWIN_GONE_MS;
    if (this.#aside) return;
    this.#publishedMs = -Infinity;
    onUncertain();
  }

  /** The servers that we sit on. */
  get #servers(): string[] {
    return this.#options.sessions.list().map((session) => session.remotePk);
  }

  /** The same as one text to compare. */
  #names(): string {
    return this.#servers.join(",");
  }

  /** What changes nothing is waited for no more at the end: the farewell has no time for a discovery that is silent. */
  #asked<T>(question: Promise<T>, isAnswer?: (answer: T) => boolean): Promise<T> {
    return this.#answering.ask(unlessAborted(this.#stop.signal, question), isAnswer);
  }

  async #publish(delegatedServers: readonly string[]): Promise<void> {
    const { discovery, pair, onEvent } = this.#options;
    await this.#answering.ask(
      // A visor of our key may have said what it is; we are none.
      discovery.update(pair, (entry) => ({ ...entry, client: { delegatedServers }, clientType: undefined })),
    );
    onEvent({ kind: "registered", servers: delegatedServers });
  }

  #backOff(error: Error): number {
    const { random, onEvent } = this.#options;
    const unconnected = error instanceof Unconnected;
    const base = unconnected ? this.#connectMs : this.#fetchMs;
    if (unconnected) this.#connectMs = next(base, CONNECT_RETRY);
    else this.#fetchMs = next(base, FETCH_RETRY);
    const retryMs = base * spread(random);
    // A discovery that was away may have forgotten us: the entry is posted again although it says the same, and
    // `registered` tells that all is well.
    this.#publishedMs = -Infinity;
    onEvent({ kind: "problem", error, retryMs });
    return retryMs;
  }

  /** Waits, but no longer than until a session comes or goes. */
  async #pause(waitMs: number): Promise<void> {
    if (this.#stop.signal.aborted || waitMs <= 0) return;
    const timer = new AbortController();
    const woken = new Promise<void>((resolve) => this.#wake = resolve);
    const slept = sleep(this.#options.clock, waitMs, timer.signal).catch(() => {});
    await Promise.race([woken, slept]);
    timer.abort();
    this.#wake = undefined;
  }
}
