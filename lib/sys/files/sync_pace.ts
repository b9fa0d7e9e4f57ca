/**
 * Which syncs stop the program, and which another thread does. Asking the other thread takes a good part of a quick
 * sync; a slow one must not stop everything else. Only how long the last ones took tells them apart.
 *
 * @module
 */

/** A sync that takes no longer may as well stop everything else. */
const QUICK_MS = 2;
/**
 * So many slow ones in a row are the disk's. One may be of a machine with more to do than processors: a program that
 * waits for its turn sees its syncs take long on any disk.
 */
const PATIENCE = 3;
/** Behind them so many are left to another thread, and twice as many behind each further one. */
const LEFT_SYNCS = 8;
/** But no more than this. */
const MAX_LEFT_SYNCS = 1024;

/** The syncs of one file. */
export class SyncPace {
  #slow = 0;
  #patience = PATIENCE;
  /** Syncs that go to another thread, and how many after the next slow one. */
  #left = 0;
  #leave = LEFT_SYNCS;

  /** Whether the next sync goes to another thread. To be asked once for each. */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }

  /** One that has stopped the program took so long. */
  took(ms: number): void {
    if (ms <= QUICK_MS) {
      this.#slow = 0;
      this.#patience = PATIENCE;
      this.#leave = Math.max(LEFT_SYNCS, this.#leave / 2);
      return;
    }
    if (++this.#slow < this.#patience) return;
    this.#left = this.#leave;
    this.#leave = Math.min(2 * this.#leave, MAX_LEFT_SYNCS);
    // The next one only looks whether the disk is quick again.
    this.#patience = 1;
  }
}
