/**
 * A discovery client for a command that knows whom it will dial: it asks while the command still reads its key.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { DiscoveryClient, type DiscoveryOptions } from "../../dmsg/discovery/client.ts";
import type { Entry } from "../../dmsg/entries/entry.ts";
import type { Clock } from "../../sys/clock.ts";

/** An answer is used up to this age: a command may have queued for its identity meanwhile. */
const FRESH_MS = 3000;

interface Asked {
  readonly answer: Promise<Entry | undefined>;
  readonly atMs: number;
}

/** Answers the first look-up of a party that was asked about ahead with what came for it. */
export class LookAhead extends DiscoveryClient {
  readonly #clock: Clock;
  readonly #asked = new Map<PublicKeyHex, Asked>();

  /** Asks nothing yet. @throws As {@link DiscoveryClient}. */
  constructor(options: DiscoveryOptions) {
    super(options);
    this.#clock = options.clock;
  }

  /**
   * Looks up a client and the servers on which it sits. A failure is told to the one who asks for that entry.
   * @param pk  66 lower-case hex characters.
   */
  ahead(pk: PublicKeyHex): void {
    this.#ask(pk).then((entry) => {
      // One server is enough for a dial that works; the others are asked about when it does not.
      const server = entry?.client?.delegatedServers?.[0];
      if (server !== undefined) this.#ask(server).catch(() => {});
    }, () => {});
  }

  /** The answer that was asked for ahead, else a look-up. @see DiscoveryClient.entry */
  override entry(pk: PublicKeyHex): Promise<Entry | undefined> {
    const asked = this.#asked.get(pk);
    this.#asked.delete(pk);
    return asked && this.#clock.nowMs() - asked.atMs <= FRESH_MS ? asked.answer : super.entry(pk);
  }

  #ask(pk: PublicKeyHex): Promise<Entry | undefined> {
    const known = this.#asked.get(pk);
    if (known) return known.answer;
    const answer = super.entry(pk);
    this.#asked.set(pk, { answer, atMs: this.#clock.nowMs() });
    return answer;
  }
}
