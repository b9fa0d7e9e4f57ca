/**
 * Groups that are kept and not open: what the disk does not give now it may give later.
 *
 * @module
 */
import type { Clock } from "../../sys/clock.ts";
import type { GroupId } from "./groups.ts";

/** Until one is tried again. */
const AGAIN_MS = 30_000;

/** Those of one identity. */
export class Unopened {
  readonly #cancels = new Map<GroupId, () => void>();
  /** What is being opened. */
  readonly #openings = new Set<Promise<unknown>>();
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
   * Opens a group; one that can't be opened is tried again by itself, until that is done.
   * @returns What `open` gives. @throws {DOMException} AbortError: nothing is opened any more. What `open` throws.
   */
  async opened<T>(group: GroupId, open: () => Promise<T>): Promise<T> {
    this.#stop.signal.throwIfAborted();
    const opening = open();
    this.#openings.add(opening);
    try {
      const room = await opening;
      this.forget(group);
      return room;
    } catch (error) {
      this.put(group);
      throw error;
    } finally {
      this.#openings.delete(opening);
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
    await Promise.allSettled(this.#openings);
  }
}
