/**
 * What a room's engine is given of leaves that came, or that another one knew.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { FeedLeaf } from "../../../cxo/feed/change.ts";
import type { GroupIn } from "../../../group/group_types.ts";
import { GOVERNANCE_ORDER } from "../../../group/hearing.ts";
import { inOrder } from "../../../group/threads/order.ts";
import type { Given } from "./types.ts";

/** Leaves that came together: decisions before what they allow (§b.3), and messages behind what their authors had seen. */
export const readingOrder = (leaves: readonly FeedLeaf[]): FeedLeaf[] =>
  inOrder(leaves).sort((a, b) => rankOf(a) - rankOf(b));

const rankOf = ({ path }: FeedLeaf): number => {
  const rank = GOVERNANCE_ORDER.indexOf(path.slice(0, path.indexOf("/")));
  return rank < 0 ? GOVERNANCE_ORDER.length : rank;
};

/** An input of which nothing follows but what was not said yet. */
export const WAKE = (own: PublicKeyHex): GroupIn => ({ kind: "leaves", feed: own, leaves: [] });

/** All that was decided in a group, as leaves in clear. */
export function decidedIn({ circle }: { readonly circle: Given }): FeedLeaf[] {
  const decided: FeedLeaf[] = [];
  for (let more = circle.decided(); more.length > 0; more = circle.decided(decided.length)) {
    decided.push(...more);
  }
  return decided;
}
