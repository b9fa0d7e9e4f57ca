/**
 * Waiting for something that can't be cancelled, but no longer than until a signal.
 *
 * @module
 */

/**
 * The promise's outcome, or a rejection with the signal's reason when that comes first. The promise goes on; what
 * becomes of it later is dropped.
 */
export function unlessAborted<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Aborts a controller when a signal is aborted, with its reason. `AbortSignal.any` does the same in 1.5 ms of code that
 * a command runs for the first time.
 * @returns Undoes it: a signal that lives long must not hold what is over.
 */
export function abortWith(controller: AbortController, signal: AbortSignal | undefined): () => void {
  if (!signal) return () => {};
  const stop = (): void => controller.abort(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return () => signal.removeEventListener("abort", stop);
}
