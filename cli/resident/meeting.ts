/**
 * Everybody that we know, met for a bounded time: groups and pairs are read, what waits is handed on, both ways.
 *
 * @module
 */
import type { PairView } from "../../lib/app/pairs/pairs.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { sleep } from "../../lib/sys/clock.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import type { CommandApp } from "../app.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { type GroupRead, isPolled, readGroups } from "./group_readings.ts";
import { knock, type Knocked } from "./knocking.ts";

/** Where a program of ours stays it meets who comes; what is on its way just now is waited for a little. */
const OWNED_MS = 5_000;
/** Who was told that we are here looks for us and writes within this time. */
const LINGER_MS = 3_000;
/** Who has come in while we were there was just heard. */
const NEWCOMER_MS = 2_000;
/** So often it is looked whether that is over. */
const LOOK_MS = 100;

/** Whom we have met, each once. */
export interface Meeting {
  /** Those whose feeds were read, or who took a stream. */
  readonly met: readonly PublicKeyHex[];
  /** Those who are there, and of whom not everything was read in time. */
  readonly unread: readonly PublicKeyHex[];
  /** Those who are not there. */
  readonly away: readonly PublicKeyHex[];
  /** Messages of ours that still wait for somebody here. */
  readonly waiting: number;
  /** What that means. */
  readonly status: Status;
}

/**
 * Meets who is there, and ends as soon as nothing is to be expected any more.
 * @param waitMs  At most so long.
 * @param heardMs  When something last came, by the clock's `nowMs`.
 * @throws {NetworkError} `no-network`: nobody could be met, for nobody could find us. The signal's reason.
 */
export async function meet(
  { clock, signal }: Pick<Context, "clock" | "signal">,
  { app }: Pick<CommandApp, "app">,
  waitMs: number,
  heardMs: () => number,
): Promise<Meeting> {
  const untilMs = clock.nowMs() + waitMs;
  const isOurs = app.role !== "client";
  const groups = (await app.groups.list()).filter(isPolled);
  const how = isOurs ? { waitMs, leaves: true } : { waitMs: Math.min(waitMs, OWNED_MS) };
  const [first, pairs, people] = await Promise.all([
    readGroups(app, groups, how, false, signal),
    app.pairs.read(isOurs ? how : { waitMs: 0 }),
    isOurs ? knock({ app, clock, signal }, untilMs) : NOBODY,
  ]);
  const isKnown = people.met.length + people.away.length > 0 || (await activePairs(app)).length > 0 ||
    first.some(({ group }) => group.members > 1);
  // Of whom we know nobody, anybody may come: whoever was given our key.
  const lastMs = (): number =>
    isKnown ? Math.min(untilMs, LINGER_MS + Math.max(people.lastMs ?? 0, heardMs())) : untilMs;
  while (isOurs && clock.nowMs() < lastMs()) await sleep(clock, LOOK_MS, signal);
  const reads = isOurs ? await withNewcomers(app, first, signal) : first;
  const paired = await activePairs(app);
  const readings = reads.map(({ reading }) => reading);
  const met = new Set([
    ...readings.flatMap(({ read }) => read),
    ...paired.map(({ peer }) => peer).filter((peer) => !pairs.away?.includes(peer)),
    ...people.met,
  ]);
  const unread = new Set(readings.flatMap((reading) => reading.unread));
  const missed = [...readings.flatMap((reading) => reading.away), ...pairs.away ?? [], ...people.away];
  const away = new Set(missed.filter((peer) => !met.has(peer) && !unread.has(peer)));
  const waits = [
    (await app.outbox.list()).length,
    ...readings.map(({ waiting }) => waiting),
    ...paired.map(({ waiting }) => waiting),
  ];
  const { registered, problem } = await app.node.status();
  if (met.size + unread.size === 0 && !registered && problem !== undefined) {
    throw new NetworkError(problem, { retry: true, reason: "no-network" });
  }
  const isLate = unread.size > 0 || met.size + unread.size === 0 && !registered;
  const isNobody = met.size === 0 && away.size > 0;
  return {
    met: [...met].filter((peer) => !unread.has(peer)),
    unread: [...unread],
    away: [...away],
    waiting: waits.reduce((sum, one) => sum + one, 0),
    status: isLate ? Status.notAcked : isNobody ? Status.unreachable : Status.done,
  };
}

/** Pairs that are agreed upon. */
const activePairs = async (app: CommandApp["app"]): Promise<PairView[]> =>
  (await app.pairs.list()).filter(({ status }) => status === "active");

/** The readings, and those of groups that have more members than when they were read: who has come in meanwhile. */
async function withNewcomers(
  app: CommandApp["app"],
  reads: readonly GroupRead[],
  signal: AbortSignal,
): Promise<readonly GroupRead[]> {
  const before = new Map(reads.map(({ group: { id, members } }) => [id, members]));
  const grown = (await app.groups.list()).filter((group) =>
    isPolled(group) && group.members > (before.get(group.id) ?? 1)
  );
  const later = await readGroups(app, grown, { waitMs: NEWCOMER_MS }, false, signal);
  return [...reads.filter(({ group: { id } }) => !grown.some((group) => group.id === id)), ...later];
}

const NOBODY: Knocked = { met: [], away: [], lastMs: undefined };
