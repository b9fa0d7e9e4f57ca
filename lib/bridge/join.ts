/**
 * Two byte pipes made one: what `forward` and `expose` do with a socket and a stream.
 *
 * @see lib/bridge/README.md "Joining"
 * @module
 */
import { unlessAborted } from "../sys/abort.ts";
import type { Clock } from "../sys/clock.ts";
import { NetworkError } from "../wire/errors.ts";
import type { Duplex } from "../wire/machine.ts";
import type { Living } from "../wire/reading.ts";

/**
 * A pipe in which nothing has moved for so long is given up. Sessions of ssh and the like stand still for a night; a
 * peer that vanished is noticed long before, by its server. What is left are ends that nobody holds any more.
 */
export const IDLE_MS: number = 24 * 3_600_000;

/**
 * Who has ended its direction and takes nothing for so long is gone: a stock server tells of a peer that left by an end
 * alone, and takes our bytes until a window is full. It resets the stream after the same time, as ours do; others may not.
 */
export const GONE_MS: number = 5 * 60_000;

/** A pipe that can end so that the other side knows of missing bytes. */
export interface Breakable extends Duplex, Living {
  /** Ends both directions at once; an end that is no end of file. Safe to call twice. */
  reset(): void;
}

/** What joins them. */
export interface JoinParts {
  /** Measures how long nothing has moved. */
  readonly clock: Clock;
  /** For how long that may be, milliseconds; {@link IDLE_MS} when left out, 0: for ever. */
  readonly idleMs?: number;
  /** Breaks the two apart. */
  readonly signal: AbortSignal;
}

/** Bytes that were taken from one side and handed to the other. */
export interface Carried {
  /** From the first to the second. */
  forth: number;
  /** From the second to the first. */
  back: number;
}

/**
 * Copies both ways until both sides have finished, then closes them. One piece of each direction is in memory: a slow
 * reader slows its sender down. The end of one direction is passed on and leaves the other one open.
 * @param far  Of a peer: when it has ended its direction it is given up behind {@link GONE_MS} in which it takes nothing.
 * @param carried  Counts while it runs.
 * @throws {NetworkError} What broke one of them; the other is broken off as well, behind all that came before.
 * `timeout`: nothing has moved for too long.
 * @throws The signal's reason; both are broken off.
 */
export async function join(
  near: Breakable,
  far: Breakable,
  { clock, idleMs = IDLE_MS, signal }: JoinParts,
  carried: Carried = { forth: 0, back: 0 },
): Promise<void> {
  const watch = new Stillness(clock, idleMs);
  const taking = new Taking(far, clock);
  const back = copy(far, near, (bytes) => carried.back += bytes, watch).finally(() => taking.begin());
  const forth = copy(near, taking.pipe, (bytes) => carried.forth += bytes, watch);
  // Who takes nothing more may still have said something: that is delivered first.
  const both = Promise.all([forth.catch(after(back)), back.catch(after(forth))]);
  both.catch(() => {});
  try {
    await unlessAborted(signal, Promise.race([both, watch.tooLong, taking.gone]));
    near.close();
    far.close();
  } catch (error) {
    near.reset();
    far.reset();
    throw error;
  } finally {
    watch.stop();
    taking.stop();
  }
}

/** Whether a peer that has ended its direction still takes what is written to it. */
class Taking {
  /** Writes through here are watched. */
  readonly pipe: Pick<Duplex, "read" | "write" | "closeWrite" | "close">;
  readonly gone: Promise<never>;
  readonly #far: Breakable;
  readonly #clock: Clock;
  readonly #fail: (error: Error) => void;
  /** When the write that waits began, or something was taken. */
  #sinceMs: number | undefined;
  #moved: number | undefined;
  #cancel = (): void => {};
  #isOver = false;

  constructor(far: Breakable, clock: Clock) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.gone = promise;
    this.#fail = reject;
    this.#far = far;
    this.#clock = clock;
    this.pipe = {
      read: () => far.read(),
      write: (bytes) => {
        this.#sinceMs = clock.nowMs();
        return far.write(bytes).finally(() => this.#sinceMs = undefined);
      },
      closeWrite: () => far.closeWrite(),
      close: () => far.close(),
    };
  }

  /** It has ended its direction. */
  begin(): void {
    this.#look();
  }

  stop(): void {
    this.#isOver = true;
    this.#cancel();
  }

  #look(): void {
    if (this.#isOver) return;
    const nowMs = this.#clock.nowMs();
    if (this.#far.moved !== this.#moved) {
      [this.#moved, this.#sinceMs] = [this.#far.moved, this.#sinceMs && nowMs];
    }
    const leftMs = (this.#sinceMs ?? nowMs) + GONE_MS - nowMs;
    if (leftMs <= 0) {
      const why = "the peer has ended its side, and takes nothing more";
      return this.#fail(new NetworkError(why, { retry: false, reason: "timeout" }));
    }
    this.#cancel = this.#clock.after(Math.min(leftMs, GONE_MS / 10), () => this.#look());
  }
}

/** A write that failed says less than what reading from there will say. */
class NotTaken extends Error {}

async function copy(
  from: Duplex,
  to: Duplex,
  count: (bytes: number) => void,
  watch: Stillness,
): Promise<void> {
  for (let bytes = await from.read(); bytes !== null; bytes = await from.read()) {
    watch.moved();
    await to.write(bytes).catch(notTaken);
    count(bytes.length);
    watch.moved();
  }
  await to.closeWrite().catch(notTaken);
  watch.moved();
}

const notTaken = (cause: Error): never => {
  throw new NotTaken("", { cause });
};

/** When a write failed: waits for the other direction, and throws what reading there said, or the write's error. */
const after = (other: Promise<void>) => async (error: unknown): Promise<never> => {
  if (!(error instanceof NotTaken)) throw error;
  await other.catch((theirs) => {
    if (!(theirs instanceof NotTaken)) throw theirs;
  });
  throw error.cause;
};

/** Rejects once nothing has moved for some time. */
class Stillness {
  readonly tooLong: Promise<never>;
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #fail: (error: Error) => void;
  #movedMs: number;
  #cancel: () => void;

  constructor(clock: Clock, limitMs: number) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.tooLong = promise;
    this.#fail = reject;
    this.#clock = clock;
    this.#limitMs = limitMs === 0 ? Infinity : limitMs;
    this.#movedMs = clock.nowMs();
    this.#cancel = this.#lookIn(this.#limitMs);
  }

  moved(): void {
    this.#movedMs = this.#clock.nowMs();
  }

  stop(): void {
    this.#cancel();
  }

  #lookIn(leftMs: number): () => void {
    return this.#clock.after(Math.min(leftMs, IDLE_MS), () => this.#look()); // timers know no more than 24 days
  }

  #look(): void {
    const leftMs = this.#movedMs + this.#limitMs - this.#clock.nowMs();
    if (leftMs > 0) {
      this.#cancel = this.#lookIn(leftMs);
      return;
    }
    const limit = `${Math.round(this.#limitMs / 1000)} s`;
    this.#fail(new NetworkError(`nothing has moved for ${limit}`, { retry: false, reason: "timeout" }));
  }
}
