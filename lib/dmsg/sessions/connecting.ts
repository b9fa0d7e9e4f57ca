/**
 * From the servers that a discovery offers to as many sessions as are wanted.
 *
 * @see specification dmsg §13
 * @module
 */
import { atMost, type Clock } from "../../sys/clock.ts";
import type { Entry } from "../entries/entry.ts";
import type { Networks } from "./networks.ts";
import { LONG_MS, SLOW_MS, STALLED_MS } from "./pauses.ts";
import type { Sessions } from "./sessions.ts";
import { Unconnected } from "./unconnected.ts";

/** Servers that are being tried at once, at most. */
const MAX_TRIED = 4;

/** What connecting needs. */
export interface ConnectingOptions {
  /** Sessions that are there; new ones go into it. */
  readonly sessions: Sessions;
  /** Measures. */
  readonly clock: Clock;
  /** Sessions to hold. */
  readonly wanted: number;
  /** In each of them one session at least. */
  readonly networks: Networks;
  /** Ends it: nothing more is tried, and nothing waited for. */
  readonly signal: AbortSignal;
}

/**
 * Connects to one server after the other until there are enough sessions. One that has not answered after a second keeps
 * nobody waiting: the next one is tried beside it, so there may be some more sessions than wanted in the end.
 * @param offered  Servers, in the order in which to try them.
 * @param isNews  Whether there are sessions that no entry names yet: with one, all servers need not be tried.
 * @returns Servers that are left, which were not tried: there is something else to do first.
 * @throws {Unconnected} None has taken us.
 */
export async function connectMissing(
  options: ConnectingOptions,
  offered: readonly Entry[],
  isNews: () => boolean,
): Promise<readonly Entry[]> {
  const { signal } = options;
  const ended = Promise.withResolvers<void>();
  const end = (): void => ended.resolve();
  signal.addEventListener("abort", end, { once: true });
  try {
    return await tryAll(options, offered, isNews, ended.promise);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

async function tryAll(
  { sessions, clock, wanted, networks, signal }: ConnectingOptions,
  offered: readonly Entry[],
  isNews: () => boolean,
  ended: Promise<void>,
): Promise<readonly Entry[]> {
  const tried = new Map<string, Promise<unknown>>();
  const beganMs = clock.nowMs();
  const isLong = (): boolean => clock.nowMs() - beganMs > (isNews() ? SLOW_MS : LONG_MS);
  let problem: Error | undefined;
  /** What answers: the first frame of ours may be why a server drops us. */
  const live = (): string[] =>
    sessions.list().map(({ remotePk }) => remotePk).filter((server) => !tried.has(server));
  const helps = (entry: Entry): boolean => live().length < wanted || networks.needs(entry.static, live());
  const isOver = (): boolean => signal.aborted || !offered.some(helps);
  for (const [i, entry] of offered.entries()) {
    if (isOver()) break;
    if (tried.has(entry.static) || sessions.get(entry.static) || !helps(entry)) continue;
    if (isLong() && live().length > 0) return offered.slice(i);
    const trying = connect(sessions, entry).catch((error) => problem = error).finally(() =>
      tried.delete(entry.static)
    );
    tried.set(entry.static, trying);
    await atMost(clock, STALLED_MS, Promise.race([trying, ended]));
    if (tried.size >= MAX_TRIED) await Promise.race([...tried.values(), ended]);
  }
  while (tried.size > 0 && !isOver()) await Promise.race([...tried.values(), ended]);
  if (!signal.aborted && sessions.list().length === 0) throw new Unconnected(problem);
  return [];
}

async function connect(sessions: Sessions, entry: Entry): Promise<void> {
  const session = await sessions.connect(entry.static, entry);
  // The first frame of ours: if the server drops us for it, we hear of it here and come back patiently.
  await session.mux.ping().catch(async (error) => {
    const patient = await sessions.reconnectPatiently(session);
    if (!patient) throw error;
    await patient.mux.ping();
  });
}
