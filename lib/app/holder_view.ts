/**
 * A node that holds our feed, as every surface sees it.
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Leaves } from "../cxo/feed/change.ts";
import { formatGoTime } from "../wire/go_time.ts";
import type { FeedNode } from "./groups/feeds/feed_node.ts";
import type { HolderView } from "./groups/groups.ts";

/**
 * A holder.
 * @param named  Who, and when it was named, nanoseconds; 0: by a program that did not write it down.
 * @param leaves  Our feed. @param feeds  What carries it.
 */
export function holderView(
  named: { readonly pk: PublicKeyHex; readonly sinceNs: bigint },
  leaves: Leaves,
  feeds: FeedNode | undefined,
): HolderView {
  const state = feeds?.state(named.pk);
  const bytes = [...leaves].reduce((sum, [, { length }]) => sum + length, 0);
  return {
    pk: named.pk,
    ...(named.sinceNs === 0n ? {} : { since: formatGoTime(named.sinceNs) }),
    bytes,
    presence: state === undefined ? "unknown" : state.connected ? "connected" : "away",
    ...(state?.heardNs === undefined ? {} : { lastHeard: formatGoTime(state.heardNs) }),
  };
}
