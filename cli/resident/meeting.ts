/**
 * Everybody that we know, met for a bounded time: groups and pairs are read, what waits is handed on, both ways.
 *
 * @module
 */
import { type GroupId, type GroupView, isGroupId } from "../../lib/app/groups/groups.ts";
import type { ConversationId } from "../../lib/app/messages/messages.ts";
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
/** Who was told that we are here, or was asked to be paired, looks for us and writes within this time. */
const LINGER_MS = 3_000;
/** Who has come in while we were there was just heard. */
const NEWCOMER_MS = 2_000;
/** So often it is looked whether that is over. */
const LOOK_MS = 100;

/** How to meet. */
export interface MeetingRequest {
  /** At most so long. */
  readonly waitMs: number;
  /** When something last came, by the clock's `nowMs`. */
  readonly heardMs: () => number;
  /** Whom alone: peers and groups. Left out: everybody that we know. */
  readonly only?: readonly ConversationId[];
  /** Whether a program of ours stays, which meets who comes. */
  readonly stays: boolean;
}

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
  /** Of the groups that were asked for, those in which we are not; left out: none. */
  readonly out?: readonly GroupId[];
  /** Groups that have not let us in yet; left out: none. */
  readonly asking?: readonly GroupId[];
  /** What that means. */
  readonly status: Status;
}

/**
 * Meets who is there, and ends as soon as nothing is to be expected any more.
 * @throws {NetworkError} `no-network`: nobody could be met, for nobody could find us. The signal's reason.
 */
export async function meet(
  { clock, signal }: Pick<Context, "clock" | "signal">,
  app: CommandApp["app"],
  { waitMs, heardMs, only, stays }: MeetingRequest,
): Promise<Meeting> {
  const untilMs = clock.nowMs() + waitMs;
  const groupsNow = async (): Promise<readonly GroupView[]> =>
    (await app.groups.list()).filter(({ id }) => only?.includes(id) ?? true);
  const pairsThat = async (stand: (pair: PairView) => boolean): Promise<readonly PairView[]> =>
    (await app.pairs.list()).filter((pair) => stand(pair) && (only?.includes(pair.peer) ?? true));
  const pairsNow = () => pairsThat(({ status }) => status === "active");
  const toAsk = () => pairsThat(({ status, asked }) => status === "pending" && !asked);
  const pairing = new Pairing(clock, async () => (await toAsk()).length);
  await pairing.look();
  const peers = only && { peers: only.filter((one) => !isGroupId(one)) };
  // What is left when it is asked: the next owner is asked again when one ends.
  const how = {
    get waitMs() {
      const leftMs = Math.max(0, Math.ceil(untilMs - clock.nowMs()));
      return stays ? Math.min(leftMs, OWNED_MS) : leftMs;
    },
    ...(stays ? {} : { leaves: true }),
    ...peers,
  };
  const groups = await groupsNow();
  const [first, pairs, people] = await Promise.all([
    readGroups(app, groups.filter(isPolled), how, false, signal),
    app.pairs.read(stays ? { waitMs: 0, ...peers } : how),
    stays ? NOBODY : knock({ app, clock, signal, only: peers?.peers }, untilMs),
  ]);
  const isKnown = people.met.length + people.away.length > 0 || (await pairsNow()).length > 0 ||
    first.some(({ group }) => group.members > 1);
  // Of whom we know nobody, anybody may come: whoever was given our key.
  const lastMs = (): number =>
    isKnown
      ? Math.min(untilMs, LINGER_MS + Math.max(people.lastMs ?? 0, heardMs(), pairing.lastMs))
      : untilMs;
  while (!stays && clock.nowMs() < lastMs()) {
    await sleep(clock, LOOK_MS, signal);
    await pairing.look();
  }
  const reads = stays ? first : await withNewcomers(app, first, await groupsNow(), signal);
  const paired = await pairsNow();
  const asked = only === undefined ? [] : await groupsNow();
  return await meetingOf(app, { only, stays }, { reads, paired, pairsAway: pairs.away ?? [], people, asked });
}

/** Whom we want to be paired with: that goes to them at their first sign of life. */
class Pairing {
  /** When one of them was asked, or has agreed, by the clock's `nowMs`; 0: none. */
  lastMs = 0;
  #open: number | undefined;

  /** @param count  How many are still to be asked. */
  constructor(private readonly clock: Context["clock"], private readonly count: () => Promise<number>) {}

  /** Looks whether that has changed. */
  async look(): Promise<void> {
    if (this.#open === 0) return; // who has nobody to ask does not look on and on
    const open = await this.count();
    if (this.#open !== undefined && open < this.#open) this.lastMs = this.clock.nowMs();
    this.#open = open;
  }
}

/** Who was looked for, and what of them was heard. */
interface Looked {
  readonly reads: readonly GroupRead[];
  readonly paired: readonly PairView[];
  /** Pairs whose feed could not be read. */
  readonly pairsAway: readonly PublicKeyHex[];
  readonly people: Knocked;
  /** The groups that were asked for by name. */
  readonly asked: readonly GroupView[];
}

/** What all that comes to. @throws {NetworkError} As {@link meet}. */
async function meetingOf(
  app: CommandApp["app"],
  { only, stays }: Pick<MeetingRequest, "only" | "stays">,
  { reads, paired, pairsAway, people, asked }: Looked,
): Promise<Meeting> {
  const readings = reads.map(({ reading }) => reading);
  const { registered, problem, heard = [] } = await app.node.status();
  const missed = [...readings.flatMap((reading) => reading.away), ...pairsAway, ...people.away];
  const met = new Set([
    ...readings.flatMap(({ read }) => read),
    ...paired.map(({ peer }) => peer).filter((peer) => !pairsAway.includes(peer)),
    ...people.met,
    // A program that stays has heard of them at any time.
    ...stays ? [] : missed.filter((peer) => heard.includes(peer)),
  ]);
  const unread = new Set(readings.flatMap((reading) => reading.unread));
  const away = new Set(missed.filter((peer) => !met.has(peer) && !unread.has(peer)));
  if (met.size + unread.size === 0 && !registered && problem !== undefined) {
    throw new NetworkError(problem, { retry: true, reason: "no-network" });
  }
  const queued = (await app.outbox.list()).filter(({ message: { peer } }) => only?.includes(peer) ?? true);
  const waits = [
    queued.length,
    ...readings.map(({ waiting }) => waiting),
    ...paired.map(({ waiting }) => waiting),
  ];
  const isLate = unread.size > 0 || met.size === 0 && !registered;
  const isNobody = met.size === 0 && away.size > 0;
  const asking = reads.filter(({ reading }) => reading.asking).map(({ group: { id } }) => id);
  const out = asked.filter((group) => !isPolled(group)).map(({ id }) => id);
  return {
    met: [...met].filter((peer) => !unread.has(peer)),
    unread: [...unread],
    away: [...away],
    waiting: waits.reduce((sum, one) => sum + one, 0),
    ...(out.length === 0 ? {} : { out }),
    ...(asking.length === 0 ? {} : { asking }),
    status: isLate ? Status.notAcked : isNobody ? Status.unreachable : Status.done,
  };
}

/** The readings, and those of groups that have more members than when they were read: who has come in meanwhile. */
async function withNewcomers(
  app: CommandApp["app"],
  reads: readonly GroupRead[],
  now: readonly GroupView[],
  signal: AbortSignal,
): Promise<readonly GroupRead[]> {
  const before = new Map(reads.map(({ group: { id, members } }) => [id, members]));
  const grown = now.filter((group) => isPolled(group) && group.members > (before.get(group.id) ?? 1));
  const later = await readGroups(app, grown, { waitMs: NEWCOMER_MS }, false, signal);
  return [...reads.filter(({ group: { id } }) => !grown.some((group) => group.id === id)), ...later];
}

const NOBODY: Knocked = { met: [], away: [], lastMs: undefined };
