/**
 * Threads as they are kept: what is known of each author, and every leaf that has a place, for members who ask.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { FeedLeaf } from "../../../cxo/feed/change.ts";
import { MAX_LEAF_BYTES } from "../../../group/talk/leaf.ts";
import { isLong, leafBytes } from "../../../group/threads/leaf_answer.ts";
import {
  type LeavesRequest,
  MAX_ANSWERED,
  MAX_ANSWERED_BYTES,
  type Want,
} from "../../../group/threads/leaf_request.ts";
import { readLedger } from "../../../group/threads/ledger_state.ts";
import type { Range } from "../../../group/threads/ranges.ts";
import type { Place } from "../../../group/threads/thread.ts";
import type { Change, Store } from "../../../store/store.ts";
import { fromUtf8, utf8 } from "../../../wire/bytes.ts";
import { field, goBytes, goString, type GoStruct, goStruct } from "../../../wire/go_struct.ts";
import { dropRoom } from "../../drop_room.ts";
import type { GroupId } from "../groups.ts";

const LEAF: GoStruct<FeedLeaf> = goStruct<FeedLeaf>({
  path: field("path", goString),
  value: field("value", goBytes),
});

/** Places that one request may make us look at. */
const MAX_LOOKED_AT = 512;

const ledgersOf = (group: GroupId): string => `group ledgers ${group}`;
const archiveOf = (group: GroupId): string => `group archive ${group}`;

/** Sorts as the numbers do. */
const nameOf = (author: PublicKeyHex, { inc, seq }: Place): string =>
  `${author}/${inc}/${String(seq).padStart(20, "0")}`;

/** The change that keeps what is known of an author. */
export const keepLedger = (group: GroupId, author: PublicKeyHex, value: Uint8Array): Change => ({
  kind: "value",
  room: ledgersOf(group),
  name: author,
  value,
});

/** The change that keeps a leaf in its place, or (without one) drops it. */
export const keepArchived = (
  group: GroupId,
  author: PublicKeyHex,
  place: Place,
  leaf: FeedLeaf | undefined,
): Change => ({
  kind: "value",
  room: archiveOf(group),
  name: nameOf(author, place),
  value: leaf && utf8(LEAF.encode(leaf)),
});

/** What is known of all authors. */
export async function keptLedgers(store: Store, group: GroupId): Promise<[PublicKeyHex, Uint8Array][]> {
  return (await store.values.list(ledgersOf(group))).map(({ name, value }) => [name, value]);
}

/** All leaves that are kept, in the order of their places. */
export async function archivedLeaves(store: Store, group: GroupId): Promise<FeedLeaf[]> {
  const kept = await store.values.list(archiveOf(group));
  return kept.flatMap(({ value }) => LEAF.decode(fromUtf8(value)) ?? []);
}

/** The newest leaves that are kept of each author, at most so many of each. */
export async function newestArchived(
  { values }: Pick<Store, "values">,
  group: GroupId,
  limit: number,
): Promise<FeedLeaf[]> {
  const leaves: FeedLeaf[] = [];
  for (const { name: author, value } of await values.list(ledgersOf(group))) {
    for (const place of newestPlaces(value, limit)) {
      const kept = await values.get(archiveOf(group), nameOf(author, place));
      const leaf = kept && LEAF.decode(fromUtf8(kept));
      if (leaf !== undefined) leaves.push(leaf);
    }
  }
  return leaves;
}

/** Places of an author's leaves, the newest first; its runs are in the order in which they began here. */
function newestPlaces(ledger: Uint8Array, limit: number): Place[] {
  const places: Place[] = [];
  for (const [inc, { here }] of [...readLedger(ledger)?.runs ?? []].reverse()) {
    for (const [from, to] of here.list.toReversed()) {
      for (let seq = to; seq >= from && places.length < limit; seq--) places.push({ inc, seq });
    }
  }
  return places;
}

/** What a group knows of its leaves: of those that are not here, or not given, thousands keep back none behind them. */
export interface Giving {
  /** Which leaves of a run were noted, of a range; undefined: nothing is known of the run any more, which was whole. */
  hereOf(want: Want): readonly Range[] | undefined;
  /** A leaf as it may be given; undefined: not at all. */
  served(leaf: FeedLeaf): FeedLeaf | undefined;
}

/**
 * What is here of what somebody asks for, as much as an answer holds: leaves that go into one frame, or when none is
 * here the shortest of the long ones, where who asks takes them. So nothing keeps back what is shorter.
 */
export async function answerOf(
  store: Store,
  group: GroupId,
  { wants, takesPieces }: Pick<LeavesRequest, "wants" | "takesPieces">,
  { hereOf, served }: Giving,
): Promise<FeedLeaf[]> {
  const leaves: FeedLeaf[] = [];
  let long: FeedLeaf | undefined;
  let [looked, bytes] = [0, 0];
  const all = () => leaves.length === 0 && long !== undefined ? [long] : leaves;
  for (const { author, inc, from, to } of wants) {
    const here = hereOf({ author, inc, from, to });
    for (const seq of numbersIn(here ?? [[from, to]])) {
      if (++looked > MAX_LOOKED_AT || leaves.length >= MAX_ANSWERED) return all();
      const value = await store.values.get(archiveOf(group), nameOf(author, { inc, seq }));
      const kept = value && LEAF.decode(fromUtf8(value));
      if (kept === undefined && here === undefined) break;
      const leaf = kept && served(kept);
      if (leaf === undefined) continue;
      if (isLong(leaf)) {
        const most = long === undefined ? MAX_LEAF_BYTES : long.value.length - 1;
        if (takesPieces && leaf.value.length <= most) long = leaf;
        continue;
      }
      bytes += leafBytes(leaf);
      if (bytes > MAX_ANSWERED_BYTES) return leaves;
      leaves.push(leaf);
    }
  }
  return all();
}

function* numbersIn(ranges: readonly Range[]): Generator<bigint> {
  for (const [from, to] of ranges) for (let n = from; n <= to; n++) yield n;
}

/** Drops all of it, some at a time: a kill in between leaves the group and less of it. */
export async function dropArchive(store: Store, group: GroupId): Promise<void> {
  for (const room of [archiveOf(group), ledgersOf(group)]) await dropRoom(store, room);
}
