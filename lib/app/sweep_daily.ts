/**
 * A program that stays tidies its store now and once a day.
 *
 * @module
 */
import type { Store } from "../store/store.ts";
import type { Clock } from "../sys/clock.ts";

/** The store is swept this often. */
const SWEEP_MS = 86_400_000;

/**
 * Begins to tidy.
 * @param parts.onProblem  Told when the store could not be tidied; it is tried again at the next time.
 * @returns What ends it.
 */
export function sweepDaily(
  parts: { readonly store: Store; readonly clock: Clock; readonly onProblem?: (error: Error) => void },
): () => void {
  const { store, clock, onProblem } = parts;
  let cancel = (): void => {};
  const sweep = (): void => {
    store.sweep().catch((error) => onProblem?.(error));
    cancel = clock.after(SWEEP_MS, sweep);
  };
  sweep();
  return () => cancel();
}
