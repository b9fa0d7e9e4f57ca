/**
 * What a room's engine is given of leaves that came.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { FeedLeaf } from "../../../cxo/feed/change.ts";
import type { GroupIn } from "../../../group/group_types.ts";
import { keysOf } from "../../../group/keys/ring.ts";
import { NAME_PATH, readNameLeaf } from "../../../group/record/name_leaf.ts";
import type { GroupRecord } from "../../../group/record/record.ts";
import { ringOf } from "../../../group/record/state.ts";
import { inOrder } from "../../../group/threads/order.ts";

/** Leaves that came together: decisions before what they allow (§b.3), and messages behind what their authors had seen. */
export const readingOrder = (leaves: readonly FeedLeaf[]): FeedLeaf[] =>
  inOrder(leaves).sort((a, b) => rankOf(a) - rankOf(b));

const rankOf = ({ path }: FeedLeaf): number =>
  ["d2", "keys", "roster", "admin", "mod"].indexOf(path.slice(0, path.indexOf("/"))) & 7;

/** An input of which nothing follows but what was not said yet. */
export const WAKE = (own: PublicKeyHex): GroupIn => ({ kind: "leaves", feed: own, leaves: [] });

/** The other name that leaves of its founder's feed give a group; undefined: none, or one that we can't open. */
export function renamedBy(
  feed: PublicKeyHex,
  leaves: readonly FeedLeaf[],
  record: GroupRecord,
): GroupIn | undefined {
  const value = feed === record.ownerPk ? leaves.find(({ path }) => path === NAME_PATH)?.value : undefined;
  if (value === undefined) return undefined;
  const name = readNameLeaf(value, record.mode === "private" ? keysOf(ringOf(record)) : undefined);
  return name === undefined || name === record.name ? undefined : { kind: "rename", name };
}
