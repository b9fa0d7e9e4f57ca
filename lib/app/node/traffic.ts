/**
 * What went and came since the start.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";

/** Most peers whose signs of life are remembered: anybody may give one. */
const MAX_HEARD = 256;

/** Counts of messages, and the times of the last ones. */
export class Traffic {
  /** Messages that came; those that were acked or handed over; attempts that had another outcome. */
  readonly counts = { inbound: 0, outbound: 0, outboundFailed: 0 };
  readonly #clock: Clock;
  readonly #heard = new Set<PublicKeyHex>();
  #lastRxNs: bigint | undefined;
  #lastSendNs: bigint | undefined;

  /** Nothing yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** When the last message came, wall clock in nanoseconds. */
  get lastRxNs(): bigint | undefined {
    return this.#lastRxNs;
  }

  /** When the last one was acked or handed over. */
  get lastSendNs(): bigint | undefined {
    return this.#lastSendNs;
  }

  /** Who gave a sign of life, those that did last at the end. */
  get heard(): readonly PublicKeyHex[] {
    return [...this.#heard];
  }

  /** A peer is there. */
  heardFrom(peer: PublicKeyHex): void {
    this.#heard.delete(peer);
    this.#heard.add(peer);
    if (this.#heard.size > MAX_HEARD) this.#heard.delete(this.#heard.values().next().value!);
  }

  /** A message came and is kept. */
  came(): void {
    this.counts.inbound++;
    this.#lastRxNs = this.#clock.wallNs();
  }

  /** An attempt has ended. */
  went(isDone: boolean): void {
    this.counts[isDone ? "outbound" : "outboundFailed"]++;
    if (isDone) this.#lastSendNs = this.#clock.wallNs();
  }
}
