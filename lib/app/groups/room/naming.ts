/**
 * Who says in a leaf of its own that it has seen a message of ours, however that leaf came here.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { FeedLeaf } from "../../../cxo/feed/change.ts";
import { parseLeafPath } from "../../../group/talk/leaf.ts";
import type { Ledger } from "../../../group/threads/ledger.ts";
import type { Place } from "../../../group/threads/thread.ts";
import { tailOfPath } from "./message_id.ts";

/**
 * Called before leaves are taken.
 * @param own  Us.
 * @returns Called behind them: our newest message that each of their authors names, by its tail, where that is news.
 */
export function namingIn(
  ledger: Ledger,
  leaves: readonly FeedLeaf[],
  own: PublicKeyHex,
): (behind: Ledger) => [tail: string, author: PublicKeyHex][] {
  const claimed = (book: Ledger, author: PublicKeyHex): Place | undefined =>
    book.of(own)?.state.claims.get(author);
  const before = new Map<PublicKeyHex, Place | undefined>();
  for (const { path } of leaves) {
    const author = parseLeafPath(path)?.sender;
    if (author !== undefined && author !== own) before.set(author, claimed(ledger, author));
  }
  return (behind) =>
    [...before].flatMap(([author, then]): [string, PublicKeyHex][] => {
      const now = claimed(behind, author);
      if (now === undefined || now.inc === then?.inc && now.seq === then.seq) return [];
      const path = behind.pathOf(own, now);
      return path === undefined ? [] : [[tailOfPath(path), author]];
    });
}
