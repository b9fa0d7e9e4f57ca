/**
 * Decisions that one member gives another one by hand, where no feed does. Who was put out while its program was off is
 * told of that, for nobody lets it read a feed any more, and nothing of what was decided since. And who is asked to let
 * somebody read whom it does not know is told why it should: of two whom only somebody has told of who has left, one does
 * not read the other's feed. They are signed, so it matters not who gives them.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { FeedLeaf } from "../../cxo/feed/change.ts";
import { MAX_ANSWERED, MAX_ANSWERED_BYTES } from "../threads/leaf_request.ts";
import type { KnownDecision } from "./decision_book.ts";
import { encodeMutation, governancePath, putsOut } from "./governance.ts";

/**
 * The decision by which somebody is out who was in, and those before it, which it may have missed as well: the newest
 * that one frame holds. They are in clear, for the stream is sealed for whom they are, and it may have no key of their
 * time. Who was never let in, and is banned, is given none: what was decided is no stranger's.
 * @param skip  How many of the newest it has.
 * @returns In the order in which they were made; none when nobody has put it out, or who let it in, or it has them all.
 */
export function partingOf(decisions: readonly KnownDecision[], pk: PublicKeyHex, skip = 0): FeedLeaf[] {
  const sorted = byTime(decisions);
  return pageOf(sorted, endOf(sorted, pk) - skip);
}

/** All decisions, in the same way: for who is in. @param skip  How many of the newest it has. */
export const newestDecisions = (decisions: readonly KnownDecision[], skip = 0): FeedLeaf[] =>
  pageOf(byTime(decisions), decisions.length - skip);

const byTime = (decisions: readonly KnownDecision[]): KnownDecision[] =>
  [...decisions].sort((a, b) =>
    a.mutation.issuedAtNs < b.mutation.issuedAtNs ? -1 : a.mutation.issuedAtNs > b.mutation.issuedAtNs ? 1 : 0
  );

/** The newest of those before an end that one frame holds. */
function pageOf(sorted: readonly KnownDecision[], behind: number): FeedLeaf[] {
  const end = Math.max(0, behind);
  const leaves: FeedLeaf[] = [];
  let bytes = 0;
  for (const { domain, mutation } of sorted.slice(Math.max(0, end - MAX_ANSWERED), end).reverse()) {
    const leaf = { path: governancePath(domain, leaves.length + 1), value: encodeMutation(mutation) };
    bytes += leaf.path.length + leaf.value.length;
    if (bytes > MAX_ANSWERED_BYTES) break;
    leaves.unshift(leaf);
  }
  return leaves;
}

/**
 * Behind the decision by which somebody is out: the first one since it was let in last, for what came later is not for
 * it, a ban of who was removed already included. One that did not know of its removal may have let it in later.
 */
function endOf(sorted: readonly KnownDecision[], pk: PublicKeyHex): number {
  const letIn = sorted.findLastIndex(({ domain, mutation: { op, peer } }) =>
    peer === pk && domain === "roster" && op === 1
  );
  if (letIn < 0) return 0;
  const isOut = ({ domain, mutation: { op, peer } }: KnownDecision): boolean =>
    peer === pk && putsOut(domain, op);
  const out = sorted.findIndex((decision, i) => i > letIn && isOut(decision));
  const last = out >= 0 ? out : sorted.findLastIndex(isOut);
  if (last >= 0) return 1 + last;
  // Whoever let it in decided no more: that counts for nobody who knows, and is told to none but it.
  const { issuer } = sorted[letIn].mutation;
  return 1 +
    sorted.findLastIndex(({ domain, mutation: { op, peer } }) =>
      peer === issuer && (putsOut(domain, op) || domain === "admin" && op === 2)
    );
}
