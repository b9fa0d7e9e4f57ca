/**
 * Lets those whom we talk with know that we are here: a stream to a peer is a sign of life, at which what waits for us
 * there, and here for it, leaves.
 *
 * @see lib/app/README.md "A lane"
 * @module
 */
import { isGroupId } from "../../lib/app/groups/groups.ts";
import { isThere } from "../../lib/app/node/is_there.ts";
import type { PeerView } from "../../lib/app/peers/peers.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { CONTROL_PORT } from "../../lib/dmsg/streams/control.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { type Clock, sleep } from "../../lib/sys/clock.ts";
import { parseGoTime } from "../../lib/wire/go_time.ts";

/** Whoever was not there is asked again after so long. */
const AGAIN_MS = 5_000;
/**
 * How often those are asked for whom nothing waits here: who begins in the same second is found by then, and whoever comes
 * later and has something for us finds us.
 */
const MAX_ASKED = 2;
/** One try takes no longer. */
const TRY_MS = 5_000;
/** So often it is looked whether what waits has left, and who came by himself. */
const LOOK_MS = 250;
/** With whom nothing was said for so long is not looked for, nanoseconds: 30 days. */
const TALKED_NS = 30n * 86_400_000_000_000n;
/** Most peers whom nothing waits for, the latest conversations first. */
const MAX_PEERS = 32;

/** What it works with. */
export interface KnockingParts {
  /** Dials, and has what waits. */
  readonly app: Pick<KeptApp, "messages" | "pairs" | "peers" | "node">;
  /** Time. */
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Whom alone it is for, whatever was said with them: they are expected. Left out: everybody that we know. */
  readonly only?: readonly PublicKeyHex[];
}

/** Whom it has found. */
export interface Knocked {
  /** Those who are there. */
  readonly met: readonly PublicKeyHex[];
  /** Those who are not, of those whom something waits for and those whom the user has accepted; nobody who is blocked. */
  readonly away: readonly PublicKeyHex[];
  /** When the last of them was found, the clock's `nowMs`; undefined: nobody was. */
  readonly lastMs: number | undefined;
}

/**
 * Knocks until all who are expected were there and have what waits for them.
 * @param untilMs  No longer than to then, by the clock's `nowMs`.
 * @throws The signal's reason.
 */
export async function knock(parts: KnockingParts, untilMs: number): Promise<Knocked> {
  const { app, clock, signal, only } = parts;
  const met = new Set<PublicKeyHex>();
  let lastMs: number | undefined;
  const leftMs = (): number => untilMs - clock.nowMs();
  const decided = new Map((await app.peers.list()).map((view) => [view.peer, view]));
  const known = await whomWeKnow(parts, decided);
  const isFor = (peer: PublicKeyHex): boolean => only?.includes(peer) ?? decided.get(peer)?.blocked !== true;
  // That we want to be paired is told at a sign of life, as what waits is.
  const asking = (await app.pairs.list()).filter(({ status, asked }) => status === "pending" && !asked)
    .map(({ peer }) => peer).filter(isFor);
  for (const peer of asking) known.set(peer, true);
  // Who is told that we are here looks for our entry.
  while (!(await app.node.status()).registered && leftMs() > 0) await sleep(clock, LOOK_MS, signal);
  for (let nextMs = clock.nowMs(), rounds = 0;;) {
    const { heard = [], queuedFor = [] } = await app.node.status();
    const waiting = new Set(queuedFor.filter(isFor));
    const meets = (peer: PublicKeyHex): void => {
      if (met.has(peer)) return;
      met.add(peer);
      lastMs = clock.nowMs();
    };
    for (const peer of heard) if (known.has(peer) || waiting.has(peer)) meets(peer);
    const isDue = clock.nowMs() >= nextMs && leftMs() > 0;
    if (isDue) {
      nextMs = clock.nowMs() + AGAIN_MS;
      const others = rounds++ < MAX_ASKED || only !== undefined ? known.keys() : asking;
      const asked = [...new Set([...waiting, ...others])].filter((peer) => !met.has(peer));
      const looking = asked.map(async (peer) => {
        const ms = Math.min(TRY_MS, leftMs());
        if (await isThere((until) => knockAt(parts, peer, until), ms, parts)) meets(peer);
      });
      await Promise.all(looking);
    }
    const expected = [...waiting, ...[...known].flatMap(([peer, accepted]) => accepted ? [peer] : [])];
    const away = [...new Set(expected)].filter((peer) => !met.has(peer));
    const isHandedOn = ![...waiting].some((peer) => met.has(peer));
    if (leftMs() <= 0 || (away.length === 0 && isHandedOn && !isDue)) return { met: [...met], away, lastMs };
    await sleep(clock, Math.min(LOOK_MS, Math.max(0, leftMs())), signal);
  }
}

/** Peers with whom something was said lately, those that are accepted first, and whether they are expected. */
async function whomWeKnow(
  { app, clock, only }: KnockingParts,
  decided: ReadonlyMap<PublicKeyHex, PeerView>,
): Promise<Map<PublicKeyHex, boolean>> {
  if (only !== undefined) return new Map(only.map((peer) => [peer, true]));
  const isAccepted = (peer: PublicKeyHex): boolean => decided.get(peer)?.accepted === true;
  const sinceNs = clock.wallNs() - TALKED_NS;
  const talked = (await app.messages.conversations())
    .filter(({ peer, lastTs }) => !isGroupId(peer) && parseGoTime(lastTs) >= sinceNs)
    .map(({ peer }) => peer)
    .filter((peer) => decided.get(peer)?.blocked !== true);
  const [accepted, others] = [talked.filter(isAccepted), talked.filter((peer) => !isAccepted(peer))];
  return new Map([...accepted, ...others].slice(0, MAX_PEERS).map((peer) => [peer, isAccepted(peer)]));
}

/** A stream that tells a peer that we are here. */
async function knockAt(
  { app }: KnockingParts,
  pk: PublicKeyHex,
  signal: AbortSignal,
): Promise<void> {
  const stream = await app.node.dial({ pk, port: CONTROL_PORT }, signal);
  await stream.closeWrite().catch(() => {});
  stream.close();
}
