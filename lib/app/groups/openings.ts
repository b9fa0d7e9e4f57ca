/**
 * How groups come to be open: one behind the other, again when the disk did not give one, and none behind the end.
 *
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import { Turns } from "../../wire/turns.ts";
import type { GroupId } from "./groups.ts";

/** Until one is tried again. */
const AGAIN_MS = 30_000;

/** Those of one identity. */
export class Openings {
  readonly #cancels = new Map<GroupId, () => void>();
  /** What is being opened. */
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #turns = new Turns();
  readonly #stop = new AbortController();

  /** None. @param open  Tries one again; it says itself when that fails. */
  constructor(
    private readonly clock: Pick<Clock, "after">,
    private readonly open: (group: GroupId) => Promise<void>,
  ) {}

  /** Whether one waits to be tried again. */
  has(group: GroupId): boolean {
    return this.#cancels.has(group);
  }

  /** Whether nothing is opened any more. */
  get isClosed(): boolean {
    return this.#stop.signal.aborted;
  }

  /**
   * Opens, changes or drops one behind what was asked for before: of two at once one would be nobody's, and go on.
   * @returns What `work` gives. @throws {DOMException} AbortError: nothing is opened any more. What `work` throws.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.run(() => {
      this.#stop.signal.throwIfAborted();
      return work();
    });
  }

  /**
   * Opens a group; one that can't be opened is tried again by itself, until that is done.
   * @returns What `open` gives. @throws {DOMException} AbortError: nothing is opened any more. What `open` throws.
   */
  async opened<T>(group: GroupId, open: () => Promise<T>): Promise<T> {
    this.#stop.signal.throwIfAborted();
    const opening = open();
    this.#underWay.add(opening);
    try {
      const room = await opening;
      this.forget(group);
      return room;
    } catch (error) {
      this.put(group);
      throw error;
    } finally {
      this.#underWay.delete(opening);
    }
  }

  /** Tries one again in a while. */
  put(group: GroupId): void {
    this.forget(group);
    if (this.isClosed) return;
    this.#cancels.set(
      group,
      this.clock.after(AGAIN_MS, () => {
        this.#cancels.delete(group);
        void this.open(group);
      }),
    );
  }

  /** It is open, or dropped. */
  forget(group: GroupId): void {
    this.#cancels.get(group)?.();
    this.#cancels.delete(group);
  }

  /** Opens nothing more, whatever is still under way elsewhere; resolves when what is being opened is open. */
  async close(): Promise<void> {
    this.#stop.abort(new DOMException("the app is closed", "AbortError"));
    for (const group of [...this.#cancels.keys()]) this.forget(group);
    await Promise.allSettled(this.#underWay);
  }
}
