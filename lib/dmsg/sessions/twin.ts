/**
 * A second live program with our key: since when, and when it was last noticed.
 *
 * @see lib/dmsg/README.md "Two programs with one key"
 * @module
 */
import type { Clock } from "../../sys/clock.ts";

/** Not noticed for so long, it is taken to be gone: a program posts its entry again well within that. */
export const TWIN_GONE_MS = 600_000;

/** What is known of it. */
export interface TwinView {
  /** First noticed: nanoseconds since 1970. */
  readonly sinceNs: bigint;
  /** Last noticed. */
  readonly seenNs: bigint;
  /** Whether the entry is the other program's, and we stand aside. */
  readonly hasEntry: boolean;
}

/** What changes. */
export type TwinEvent =
  /** Another program with our key is there: it has posted its entry over ours, or its streams have come. */
  | { readonly kind: "twin"; readonly how: "entry" | "stream" }
  /** It is gone. */
  | { readonly kind: "alone" };

/** Notes when another program shows itself. */
export class TwinWatch {
  readonly #clock: Clock;
  readonly #onEvent: (event: TwinEvent) => void;
  #view: Omit<TwinView, "hasEntry"> | undefined;
  #seenMs = -Infinity;

  /** We are alone. @param onEvent  Told at the start and at the end of another program; must not throw. */
  constructor(clock: Clock, onEvent: (event: TwinEvent) => void) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** What is known of it; undefined while we are alone. */
  get view(): Omit<TwinView, "hasEntry"> | undefined {
    this.check();
    return this.#view;
  }

  /** It has shown itself. */
  seen(how: "entry" | "stream"): void {
    this.check();
    const isNew = this.#view === undefined;
    const nowNs = this.#clock.wallNs();
    this.#seenMs = this.#clock.nowMs();
    this.#view = { sinceNs: this.#view?.sinceNs ?? nowNs, seenNs: nowNs };
    if (isNew) this.#onEvent({ kind: "twin", how });
  }

  /** It has taken its entry back. */
  gone(): void {
    if (!this.#view) return;
    this.#view = undefined;
    this.#onEvent({ kind: "alone" });
  }

  /** Whether it is gone by now. */
  check(): void {
    if (this.#view && this.#clock.nowMs() - this.#seenMs >= TWIN_GONE_MS) this.gone();
  }
}
