/**
 * What somebody who was put out while its program was off is told of that: nobody lets it read a feed any more. The
 * decisions are signed, so it matters not who gives them, and it learns nothing of what was decided since.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { FeedLeaf } from "../cxo/feed_change.ts";
import type { KnownDecision } from "./decision_book.ts";
import { encodeMutation, governancePath } from "./governance.ts";
import { MAX_ANSWERED, MAX_ANSWERED_BYTES } from "./leaf_request.ts";

/**
 * The decision by which somebody is out, and those before it, which it may have missed as well: the newest that one
 * frame holds. They are in clear, for the stream is sealed for whom they are, and it may have no key of their time.
 * @param skip  How many of the newest it has.
 * @returns In the order in which they were made; none when nobody has put it out, or it has them all.
 */
export function partingOf(decisions: readonly KnownDecision[], pk: PublicKeyHex, skip = 0): FeedLeaf[] {
  const byTime = [...decisions].sort((a, b) =>
    a.mutation.issuedAtNs < b.mutation.issuedAtNs ? -1 : a.mutation.issuedAtNs > b.mutation.issuedAtNs ? 1 : 0
  );
  const end = Math.max(0, byTime.findLastIndex((decision) => putsOut(decision, pk)) + 1 - skip);
  const leaves: FeedLeaf[] = [];
  let bytes = 0;
  for (const { domain, mutation } of byTime.slice(Math.max(0, end - MAX_ANSWERED), end).reverse()) {
    const leaf = { path: governancePath(domain, leaves.length + 1), value: encodeMutation(mutation) };
    bytes += leaf.path.length + leaf.value.length;
    if (bytes > MAX_ANSWERED_BYTES) break;
    leaves.unshift(leaf);
  }
  return leaves;
}

const putsOut = ({ domain, mutation: { op, peer } }: KnownDecision, pk: PublicKeyHex): boolean =>
  peer === pk && (domain === "roster" && op === 2 || domain === "mod" && op === 1);
