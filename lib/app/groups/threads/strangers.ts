/**
 * When somebody whom we do not know is asked why it reads our feed: seldom, for strangers may be many and made up.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { Clock } from "../../../sys/clock.ts";

/** One is asked once in this time, and so many of them at most. */
const STRANGER_MS = 60_000;
const MAX_STRANGERS = 16;
/** Who came too early, and is asked later: it may stay connected and not knock again. */
const MAX_WAITING = 256;

/** Those of one group: a crowd that reads one in clear is in the way of nobody who knocks at another one. */
export class Strangers {
  /** Who was asked not long ago: when. */
  readonly #asked = new Map<PublicKeyHex, number>();
  readonly #waiting = new Map<PublicKeyHex, () => void>();
  #isClosed = false;

  /** Nobody was asked yet. */
  constructor(private readonly clock: Pick<Clock, "after" | "nowMs">) {}

  /**
   * Whether to ask now.
   * @param later  Called when it may be its turn, if it is not now.
   */
  isTurnOf(pk: PublicKeyHex, later: () => void): boolean {
    const nowMs = this.clock.nowMs();
    for (const [asked, atMs] of this.#asked) {
      if (nowMs - atMs >= STRANGER_MS) this.#asked.delete(asked);
    }
    if (!this.#asked.has(pk) && this.#asked.size < MAX_STRANGERS) {
      this.#asked.set(pk, nowMs);
      return true;
    }
    if (!this.#isClosed && !this.#waiting.has(pk) && this.#waiting.size < MAX_WAITING) {
      const cancel = this.clock.after(STRANGER_MS, () => {
        this.#waiting.delete(pk);
        later();
      });
      this.#waiting.set(pk, cancel);
    }
    return false;
  }

  /** Nobody is asked later. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }
}
