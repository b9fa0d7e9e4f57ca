/**
 * Reads what the members of a group have, and gives them what waits here: for a program that does not stay.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { membersOf } from "../../../group/record/record.ts";
import { type FeedState, isServing } from "../feeds/feed_node.ts";
import { type Clock, sleep } from "../../../sys/clock.ts";
import { refusal } from "../group_errors.ts";
import type { GroupRoom } from "../room/group_room.ts";
import type { GroupId, Groups } from "../groups.ts";
import type { OpenGroups } from "../open_groups.ts";
import type { GroupReading } from "../views/reading.ts";

/** What it works with. */
export interface ReadingOptions {
  /** Us. */
  readonly own: PublicKeyHex;
  /** Time. */
  readonly clock: Clock;
  /** Whether this program stays. */
  readonly resident: boolean;
}

/** So often it is looked how far it has come: that nobody answers is no event. */
const LOOK_MS = 50;
/** What is known to be missing is asked for at who may not have it either, members and the holder: no longer than this. */
const MISSING_MS = 2_000;

/**
 * Waits until the feed of each member that can be reached was read, then until somebody has what waits here. Who leaves
 * then waits for those who are away as well, and until who is there has read us.
 * @throws {UserError} refused: we are not in. The signal's reason.
 */
export async function readGroup(
  open: OpenGroups,
  { own, clock, resident }: ReadingOptions,
  { group, waitMs, leaves = false }: Parameters<Groups["read"]>[0],
  signal?: AbortSignal,
): Promise<GroupReading> {
  const startMs = clock.nowMs();
  const untilMs = startMs + waitMs;
  await open.asking.settle(() => open.room(group), waitMs, signal, leaves);
  const isIn = (): boolean => open.room(group).record.status === "active";
  if (!isIn()) throw refusal("not a member", open.room(group).record);
  const until = async (isDone: () => boolean, endMs: number): Promise<void> => {
    while (isIn() && !isDone() && clock.nowMs() < endMs) await sleep(clock, LOOK_MS, signal);
  };
  const feeds = (): GroupReading => readingOf(open, group, own, startMs);
  await until(() => isSettled(open.room(group), feeds()), untilMs);
  const isHolderRead = (): boolean => !holderOf(open.room(group))?.connected || feeds().away.length === 0;
  await until(isHolderRead, Math.min(untilMs, clock.nowMs() + MISSING_MS));
  await until(() => isSettled(open.room(group), feeds()), untilMs);
  await until(() => open.room(group).wants().length === 0, Math.min(untilMs, clock.nowMs() + MISSING_MS));
  const isHandedOn = ({ read, unread, waiting }: GroupReading): boolean =>
    waiting === 0 || read.length + unread.length === 0;
  await until(() => isHandedOn(feeds()), untilMs);
  if (!leaves && resident) return feeds();
  let all: (() => void) | undefined;
  // Decisions wait here as well, and nobody says that it has them; but where others talk on and on there is always
  // something new, for which nobody need be there.
  const isReadOut = (): boolean => {
    const node = open.room(group).feeds;
    all ??= node?.untilNow();
    return !isServing(node, clock.nowMs());
  };
  const isMet = (): boolean => {
    const [room, reading] = [open.room(group), feeds()];
    return reading.away.length === 0 && isSettled(room, reading) && isHandedOn(reading) && isReadOut();
  };
  await until(leaves ? isMet : isReadOut, untilMs).finally(() => all?.());
  await until(() => open.room(group).wants().length === 0, Math.min(untilMs, clock.nowMs() + MISSING_MS));
  return feeds();
}

/** As long as what was known when our last program ended stands against what is wanted, it may be so no longer. */
export interface Hearing {
  /** The group, which is opened anew by some of what is heard. */
  readonly find: () => GroupRoom;
  /** Whether there is something to wait for. */
  readonly while: () => boolean;
  /** What was read since then is read, by the clock's `nowMs`. */
  readonly sinceMs: number;
  /** No longer than until then. */
  readonly untilMs: number;
}

/**
 * Waits until every member that can be reached was read, and what came of it is kept; a program that stays has read them.
 * @throws The signal's reason.
 */
export async function hearOthers(
  open: OpenGroups,
  { own, clock, resident }: ReadingOptions,
  { find, while: isWanted, sinceMs, untilMs }: Hearing,
  signal?: AbortSignal,
): Promise<void> {
  if (resident || find().feeds === undefined) return;
  const areRead = (): boolean => isSettled(find(), readingOf(open, find().record.id, own, sinceMs));
  while (isWanted() && !areRead() && clock.nowMs() < untilMs) await sleep(clock, LOOK_MS, signal);
}

/** Who holds the feeds, as far as it is known here. */
const holderOf = ({ feeds, extra: { holder } }: GroupRoom): FeedState | undefined =>
  holder === "" ? undefined : feeds?.state(holder);

/** Whom we have met, and what came of it is kept; nor is the holder on its way. */
function isSettled(room: GroupRoom, { unread }: GroupReading): boolean {
  const holder = holderOf(room);
  return unread.length === 0 && !room.isHearing &&
    (holder === undefined || holder.connected || !holder.reaching);
}

function readingOf(open: OpenGroups, group: GroupId, own: PublicKeyHex, sinceMs: number): GroupReading {
  const room = open.room(group);
  const { record, feeds } = room;
  const followed = membersOf(record).flatMap((pk) => {
    const state = pk === own ? undefined : feeds?.state(pk);
    return state === undefined ? [] : [{ pk, ...state }];
  });
  const isHeld = holderOf(room)?.connected === true;
  const by = Object.groupBy(followed, ({ connected, reaching, readMs }) => {
    const isNow = readMs !== undefined && (readMs >= sinceMs || connected || isHeld);
    return isNow ? "read" : connected || reaching ? "unread" : "away";
  });
  const keys = (of: "read" | "unread" | "away"): PublicKeyHex[] => (by[of] ?? []).map(({ pk }) => pk);
  return {
    read: keys("read"),
    unread: keys("unread"),
    away: keys("away"),
    waiting: open.posted.waitingIn(group),
  };
}
