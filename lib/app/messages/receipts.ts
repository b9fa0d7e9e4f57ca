/**
 * What the user has read.
 *
 * @module
 */
import { MAX_ID_CHARS } from "../../chat/outgoing.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Store } from "../../store/store.ts";

/** Most receipts of one call: who comes back after a year does not send ten thousand. */
const MAX_RECEIPTS = 200;

/**
 * Marks a conversation as read.
 * @param position  Up to which message; the newest by default.
 * @returns Ids of the peer's messages that the user has not read before, oldest first, the newest 200 at most.
 */
export async function markRead(store: Store, peer: PublicKeyHex, position?: number): Promise<string[]> {
  const conversation = await store.messages.conversation(peer);
  if (!conversation) return [];
  const { last, readTo } = conversation;
  const upTo = Math.min(position ?? last, last);
  if (upTo <= readTo) return [];
  await store.commit([{ kind: "read", peer, position: upTo }]);
  const messages = await store.messages.before(peer, upTo + 1, Math.min(MAX_RECEIPTS, upTo - readTo));
  return messages.flatMap(({ position, direction, via, id, state }) => {
    const isNew = position > readTo && direction === "in" && via === "dmsg" && state !== "deleted";
    return isNew && id !== undefined && id.length <= MAX_ID_CHARS ? [id] : [];
  });
}
