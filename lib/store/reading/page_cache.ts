/**
 * The page that was decoded last, and a message of it.
 *
 * @module
 */
import type { StoredMessage } from "../store.ts";

/** The page that was decoded last: events and neighbours ask for the same one again. */
export interface PageCache {
  /** Whose. */
  peer?: string;
  /** Its messages. */
  messages?: readonly StoredMessage[];
}

/** A message of a page, which has nearly always all positions from its first one on. */
export function inPage(
  messages: readonly StoredMessage[] | undefined,
  position: number,
): StoredMessage | undefined {
  if (!messages || messages.length === 0) return undefined;
  const guess = messages[position - messages[0].position];
  return guess?.position === position ? guess : messages.find((message) => message.position === position);
}
