/**
 * Several ways to one end, in turn: one that stalls keeps nobody waiting, the next is tried beside it (a "hedged
 * request").
 *
 * @module
 */
import { abortWith } from "../../sys/abort.ts";
import { atMost, type Clock } from "../../sys/clock.ts";

/** One way. @param signal  Ends it: nothing of it is to stay. */
export type Way<T> = (signal: AbortSignal) => Promise<T>;

/** How ways are tried. */
export interface Hedging<T> {
  /** Measures. */
  readonly clock: Clock;
  /** A way that has not ended after so long has another one beside it, milliseconds. */
  readonly stallMs: number;
  /** Gives all of them up. */
  readonly signal: AbortSignal | undefined;
  /** Whether an error of one way is the answer, which no other will change. */
  readonly isFinal: (error: unknown) => boolean;
  /** Takes what came in the same moment as the first. */
  readonly drop: (late: T) => void;
}

/** Ends the ways that are not needed any more. A reason of our own: the runtime's would load 1.5 ms of exceptions. */
const NOT_NEEDED = new Error("another way was faster");

/**
 * Goes the first way that leads somewhere; the others are ended.
 * @returns What it gave, or how each way has failed, in the order of the ways.
 * @throws An error that is final, or the signal's reason.
 */
export async function hedged<T>(
  ways: readonly Way<T>[],
  { clock, stallMs, signal, isFinal, drop }: Hedging<T>,
): Promise<{ readonly value: T } | { readonly errors: readonly unknown[] }> {
  const over = new AbortController();
  const unlink = abortWith(over, signal);
  const errors: unknown[] = [];
  const going = new Set<Promise<void>>();
  let found: { readonly value: T } | { readonly error: unknown } | undefined;
  const ended = Promise.withResolvers<void>();
  const end = (what: typeof found): void => {
    found ??= what;
    ended.resolve();
  };
  const go = async (at: number): Promise<void> => {
    try {
      const value = await ways[at](over.signal);
      if (found !== undefined) return drop(value);
      end({ value });
    } catch (error) {
      if (!over.signal.aborted && isFinal(error)) end({ error });
      else errors[at] = error;
    }
  };
  try {
    for (let at = 0; at < ways.length && found === undefined && !over.signal.aborted; at++) {
      const one: Promise<void> = go(at).finally(() => going.delete(one));
      going.add(one);
      if (at + 1 < ways.length) await atMost(clock, stallMs, Promise.race([one, ended.promise]));
    }
    while (going.size > 0 && found === undefined) await Promise.race([...going, ended.promise]);
    if (found === undefined) signal?.throwIfAborted();
    if (found === undefined) return { errors };
    if ("error" in found) throw found.error;
    return found;
  } finally {
    unlink();
    over.abort(NOT_NEEDED);
  }
}
