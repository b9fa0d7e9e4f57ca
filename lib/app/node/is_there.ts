/**
 * Whether somebody answers a dial.
 *
 * @module
 */
import { type Clock, within } from "../../sys/clock.ts";
import { NetworkError } from "../../wire/errors.ts";

/**
 * Whether a dial has an answer in time, a "no" as well: a peer that has no such port is there, too.
 * @param dial  Opens a stream and closes it; its signal ends when nobody waits any more.
 * @param ms  No longer than so many milliseconds.
 * @throws The signal's reason; nothing else.
 */
export async function isThere(
  dial: (signal: AbortSignal) => Promise<void>,
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<boolean> {
  const over = new AbortController();
  const late = (): Error => new NetworkError("no answer", { retry: true, reason: "timeout" });
  try {
    await within(clock, ms, dial(AbortSignal.any([signal, over.signal])), late, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof NetworkError && error.reason === "refused";
  } finally {
    over.abort();
  }
}
