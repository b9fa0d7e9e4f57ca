/**
 * Waiting until a signal.
 *
 * @module
 */

export { unlessAborted } from "../lib/sys/abort.ts";

/** Resolves when a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
