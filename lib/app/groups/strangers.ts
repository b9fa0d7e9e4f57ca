/**
 * When somebody whom we do not know is asked why it reads our feed: seldom, for strangers may be many and made up.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import type { GroupId } from "./groups.ts";

/** One is asked once in this time, and so many of them at most. */
const STRANGER_MS = 60_000;
const MAX_STRANGERS = 16;
/** Who came too early, and is asked later: it may stay connected and not knock again. */
const MAX_WAITING = 256;

/** Those of all groups. */
export class Strangers {
  /** Who was asked not long ago, by group and key: when. */
  readonly #asked = new Map<string, number>();
  readonly #waiting = new Map<string, () => void>();
  #isClosed = false;

  /** Nobody was asked yet. */
  constructor(private readonly clock: Pick<Clock, "after" | "nowMs">) {}

  /**
   * Whether to ask now.
   * @param later  Called when it may be its turn, if it is not now.
   */
  isTurnOf(group: GroupId, pk: PublicKeyHex, later: () => void): boolean {
    const nowMs = this.clock.nowMs();
    for (const [key, atMs] of this.#asked) {
      if (nowMs - atMs >= STRANGER_MS) this.#asked.delete(key);
    }
    const key = `${group} ${pk}`;
    if (!this.#asked.has(key) && this.#asked.size < MAX_STRANGERS) {
      this.#asked.set(key, nowMs);
      return true;
    }
    if (!this.#isClosed && !this.#waiting.has(key) && this.#waiting.size < MAX_WAITING) {
      const cancel = this.clock.after(STRANGER_MS, () => {
        this.#waiting.delete(key);
        later();
      });
      this.#waiting.set(key, cancel);
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
