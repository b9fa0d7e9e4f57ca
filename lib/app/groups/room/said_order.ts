/**
 * A group's messages in the order in which they were said, which all members come to, and not in that of their coming
 * here: after a partition each side has the other's messages last.
 *
 * The order follows from the leaves of our feed, where every member copies what it shows: the newest 451 to 500
 * messages. Who reads a channel copies nothing, and keeps the leaves for who asks. What has no leaf any more keeps the
 * order of its coming; who comes late reads feed by feed, and finds in each what ours has no room for: that stands
 * before what its author said later.
 *
 * @see lib/group/README.md "Order"
 * @module
 */
import type { FeedLeaf } from "../../../cxo/feed/change.ts";
import { MAX_FEED_MESSAGES } from "../../../group/feed/own_feed.ts";
import { MESSAGE_PREFIX, parseLeafPath } from "../../../group/talk/leaf.ts";
import { saidTimes } from "../../../group/threads/order.ts";
import type { Store, StoredMessage } from "../../../store/store.ts";
import type { GroupId } from "../groups.ts";
import { newestArchived } from "../threads/archive.ts";
import { keptLeaves } from "./kept_groups.ts";
import { nanosOf, senderOf, tailOfId, tailOfPath } from "./message_id.ts";
import { isNotice } from "./notices.ts";

/** What a message is sorted by: the time that it counts as said at, its tail, and how many stand behind that one. */
type Key = readonly [atNs: bigint | undefined, tail: string, behind: number];

/** Before all that has a leaf. */
const OLDER: Key = [undefined, "", 0];

/**
 * The newest messages of a group as they were said. However few are asked for, all are looked at that may move.
 * @param limit  Most messages.
 * @param lines  Only lines of a chat.
 */
export async function newestAsSaid(
  { messages, values }: Pick<Store, "messages" | "values">,
  group: GroupId,
  limit: number,
  lines: boolean,
): Promise<StoredMessage[]> {
  let looked = Math.max(limit, MAX_FEED_MESSAGES);
  let newest = await messages.newest(group, looked, { lines });
  const leaves = await leavesOf(values, group, newest.length);
  const times = new Map(saidTimes(leaves).map(({ leaf, atNs }) => [tailOfPath(leaf.path), atNs]));
  // Of many who talk the feeds came one behind the other to who comes late: the newest of the first lie far back.
  for (let found = -1; newest.length === looked;) {
    const now = newest.filter(({ id = "" }) => times.has(tailOfId(id))).length;
    if (now === times.size || now === found) break;
    found = now;
    looked *= 2;
    newest = await messages.newest(group, looked, { lines });
  }
  const firsts = firstOfEach(times);
  const keys: Key[] = [];
  for (const message of newest) keys.push(keyOf(message, { times, firsts }, keys.at(-1) ?? OLDER));
  return newest.map((message, i) => ({ message, key: keys[i] }))
    .sort((a, b) => byKey(a.key, b.key))
    .map(({ message }) => message)
    .slice(-limit);
}

/** Leaves of messages: those of our feed, and where that holds nobody else's, as of who reads a channel, those kept beside it. */
async function leavesOf(values: Store["values"], group: GroupId, limit: number): Promise<FeedLeaf[]> {
  const copies = (await keptLeaves({ values }, group)).filter(isMessage);
  if (new Set(copies.map(({ path }) => parseLeafPath(path)?.sender)).size > 1) return copies;
  const beside = (await newestArchived({ values }, group, limit)).filter(isMessage);
  return [...new Map([...copies, ...beside].map((leaf) => [leaf.path, leaf])).values()];
}

const isMessage = ({ path }: FeedLeaf): boolean => path.startsWith(`${MESSAGE_PREFIX}/`);

/** When what has a leaf was said, by tail, in order; and the first of each author. */
interface Known {
  readonly times: ReadonlyMap<string, bigint>;
  readonly firsts: ReadonlyMap<string, Key>;
}

function firstOfEach(times: Known["times"]): Map<string, Key> {
  const firsts = new Map<string, Key>();
  for (const [tail, atNs] of times) {
    if (!firsts.has(senderOf(tail))) firsts.set(senderOf(tail), [atNs, tail, 0]);
  }
  return firsts;
}

/**
 * What has no leaf stays behind what it came behind, and before what its author said later and has one; a decision has
 * the time of its admin.
 */
function keyOf(message: StoredMessage, { times, firsts }: Known, before: Key): Key {
  const own = tailOfId(message.id ?? "");
  const saidNs = times.get(own);
  if (saidNs !== undefined) return [saidNs, own, 0];
  const [atNs, tail, behind] = before;
  if (isNotice(message)) return atNs === undefined ? [atNs, tail, behind + 1] : [message.atNs, "", 0];
  const first = firsts.get(senderOf(own));
  const isLate = first !== undefined && byKey(before, first) >= 0 &&
    BigInt(nanosOf(own)) < BigInt(nanosOf(first[1]));
  return isLate ? [first[0], "", behind + 1] : [atNs, tail, behind + 1];
}

function byKey([a, tailA, behindA]: Key, [b, tailB, behindB]: Key): number {
  if (a !== b) return a === undefined ? -1 : b === undefined ? 1 : a < b ? -1 : 1;
  return tailA < tailB ? -1 : tailA > tailB ? 1 : behindA - behindB;
}
