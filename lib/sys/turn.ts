/**
 * Long work lets others have their turn: what has come from the network, timers, signals.
 *
 * @module
 */

/**
 * Resolves in a later turn of the event loop, as soon as possible. Without a timer: a test's clock that stands still
 * holds nobody up.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
