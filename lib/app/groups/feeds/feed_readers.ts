/**
 * Who may read our feed: members, who holds it for them, and for a while those who may no longer, so that they get the
 * Root that says so.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { Clock } from "../../../sys/clock.ts";

/** Who may no longer read gets the Root that says so within this time, and is cut off then. */
const FAREWELL_MS = 3_000;
/** The same for who could not get it because our program had ended: it dials again every 30 s at most. */
const LATE_FAREWELL_MS = 90_000;

/** What it works with. */
export interface FeedReadersOptions {
  /** Time. */
  readonly clock: Clock;
  /** Lets these read, or (null) everybody. */
  readonly let: (peers: readonly PublicKeyHex[] | null) => void;
  /** These may no longer read, and have been cut off. */
  readonly parted: (peers: readonly PublicKeyHex[]) => void;
}

/** The readers of one feed. */
export class FeedReaders {
  readonly #options: FeedReadersOptions;
  /** Undefined: everybody. */
  #readers: readonly PublicKeyHex[] | undefined = [];
  #holders: readonly PublicKeyHex[] = [];
  #leaving: PublicKeyHex[] = [];
  #farewellMs = 0;
  #cancelFarewell: (() => void) | undefined;

  /** Nobody may read. */
  constructor(options: FeedReadersOptions) {
    this.#options = options;
  }

  /** Says who may. @param leaving  Who could not any more when this program began: they have longer. */
  allow(readers: readonly PublicKeyHex[] | undefined, leaving: readonly PublicKeyHex[]): void {
    const gone = readers === undefined ? [] : (this.#readers ?? []).filter((pk) => !readers.includes(pk));
    this.#readers = readers;
    this.#part([...gone, ...leaving], leaving.length > 0 ? LATE_FAREWELL_MS : FAREWELL_MS);
  }

  /** Says who holds it for them. */
  also(holders: readonly PublicKeyHex[]): void {
    const gone = this.#holders.filter((pk) => !holders.includes(pk));
    this.#holders = holders;
    this.#part(gone, FAREWELL_MS);
  }

  /** Nothing is let any more. */
  close(): void {
    this.#cancelFarewell?.();
  }

  #part(gone: readonly PublicKeyHex[], farewellMs: number): void {
    this.#leaving = [...new Set([...this.#leaving, ...gone])].filter((pk) =>
      !this.#readers?.includes(pk) && !this.#holders.includes(pk)
    );
    this.#cancelFarewell?.();
    this.#let();
    if (this.#leaving.length === 0) return;
    this.#farewellMs = Math.max(this.#farewellMs, farewellMs);
    this.#cancelFarewell = this.#options.clock.after(this.#farewellMs, () => {
      const gone = this.#leaving;
      [this.#leaving, this.#farewellMs] = [[], 0];
      this.#let();
      this.#options.parted(gone);
    });
  }

  #let(): void {
    this.#options.let(
      this.#readers === undefined ? null : [...this.#readers, ...this.#holders, ...this.#leaving],
    );
  }
}
