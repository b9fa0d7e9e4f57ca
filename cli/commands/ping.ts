/**
 * `dmsg ping`: whether a peer answers, and how fast.
 *
 * @see lib/dmsg/streams/control.ts
 * @module
 */
import type { Command } from "@stricli/core";
import type { App } from "../../lib/app/app.ts";
import type { AppStream } from "../../lib/app/node/node.ts";
import { type Addr, formatAddr } from "../../lib/dmsg/addr.ts";
import { CONTROL_PORT, pingPeer } from "../../lib/dmsg/streams/control.ts";
import { sleep, within } from "../../lib/sys/clock.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { unlessAborted } from "../abort.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../flags/flags.ts";
import { parseCount } from "../flags/size.ts";
import { TimeLimit } from "../flags/time_limit.ts";
import { addressNamed, PeerNames } from "../names/peers.ts";
import { alsoSnake } from "../output/snake.ts";
import { shortKeys } from "../words/people.ts";

type PingFlags = CommonFlags & {
  readonly count: number;
  readonly interval: number;
  readonly timeout?: number;
};

/** How long to wait for an answer when nothing is said. */
const TIMEOUT_MS = 5000;

/** `dmsg ping`. */
const ping: Command<Context> = command({
  brief: "Ask a peer whether it is there",
  details:
    "Opens one stream to the peer's port 7 and measures pings on it; `listen`, `nc -l` and Go visors answer them.\n" +
    "Status 0: at least one answer. 3: none. 4: the peer is there, but does not answer pings.",
  examples: [
    ["dmsg ping PK", "Three pings"],
    ["dmsg ping PK -n 1 --json", '{"pk":"02…","seq":1,"time_ms":1.42,…}, then a summary'],
  ],
  parameters: {
    flags: {
      count: { kind: "parsed", parse: parseCount, default: "3", placeholder: "n", brief: "How many pings" },
      interval: {
        kind: "parsed",
        parse: parseDurationMs,
        default: "1s",
        placeholder: "time",
        brief: "From one ping to the next",
      },
      timeout: {
        kind: "parsed",
        parse: parseDurationMs,
        optional: true,
        placeholder: "time",
        brief: "How long to wait for one answer, the way to the peer included (default 5s)",
      },
      ...commonFlags,
    },
    aliases: { ...commonAliases, n: "count" },
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        placeholder: "pk",
        brief: "The peer's public key or alias; PK:PORT for another port than 7",
      }],
    },
  },
  async run(context: Context, flags: PingFlags, name: string) {
    const peer = await addressNamed(context, name, CONTROL_PORT);
    const limit = flags.timeout ? new TimeLimit(context.clock, flags.timeout) : undefined;
    const request = { command: "ping", resident: false, storeless: true, peers: [peer], limit };
    const { app } = await openCommandApp(context, flags, request);
    try {
      return await pings(context, flags, peer, app, limit);
    } finally {
      await app.close();
    }
  },
});

export default ping;

/** All rounds and their summary, also when a signal ends them. */
async function pings(
  context: Context,
  flags: PingFlags,
  peer: Addr,
  app: App,
  limit: TimeLimit | undefined,
): Promise<Status> {
  const { clock, signal, print } = context;
  const { timeout = TIMEOUT_MS } = flags;
  const dial = (limitMs: number): Promise<AppStream> =>
    within(clock, limitMs, app.node.dial(peer, signal), () => tooLate(peer, timeout), signal);
  // Without a wish the ways to a peer have limits of their own.
  let stream: AppStream | undefined = await firstDial(
    peer,
    limit ? dial(limit.leftMs()) : app.node.dial(peer, signal),
  );
  const names = new PeerNames(context);
  await names.load();
  const pk_alias = names.of(peer.pk);
  const times: number[] = [];
  let sent = 0;
  try {
    while (sent < flags.count) {
      const startMs = clock.nowMs();
      sent++;
      try {
        stream ??= await dial(timeout);
        const leftMs = Math.max(1, timeout - (clock.nowMs() - startMs));
        const timeMs = round(await pingPeer(stream, clock, Math.ceil(leftMs), signal));
        times.push(timeMs);
        print.out("pong", alsoSnake({ pk: peer.pk, pk_alias, seq: sent, timeMs }));
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        stream?.close();
        stream = undefined; // a pong that comes late must not count for the next ping
        const reason = print.mode.json ? error.message : shortKeys(error.message, (pk) => names.of(pk));
        print.out("noPong", { pk: peer.pk, pk_alias, seq: sent, error: reason });
      }
      await unlessAborted(signal, print.room());
      if (sent < flags.count) await sleep(clock, flags.interval - (clock.nowMs() - startMs), signal);
    }
  } finally {
    if (sent > 0) print.out("pings", alsoSnake({ ...summary(peer, sent, times), pk_alias }));
  }
  if (stream) await leave(stream);
  return times.length > 0 ? Status.done : Status.unreachable;
}

/** Nothing is measured when the first dial fails: its error says why. */
async function firstDial(peer: Addr, dialing: Promise<AppStream>): Promise<AppStream> {
  try {
    return await dialing;
  } catch (error) {
    if (!(error instanceof NetworkError && error.reason === "refused")) throw error;
    const { code } = error.cause as { code?: unknown };
    if (code !== 306) throw error;
    throw new NetworkError(`${formatAddr(peer)} is reachable, but does not answer pings`, {
      retry: false,
      reason: "refused",
      cause: error,
    });
  }
}

const tooLate = (peer: Addr, ms: number): NetworkError =>
  new NetworkError(`Cannot reach ${formatAddr(peer)}: no answer within ${ms} ms`, {
    retry: true,
    reason: "unreachable",
  });

/** Says goodbye, so that the peer sees an end and not a broken stream. */
async function leave(stream: AppStream): Promise<void> {
  await stream.closeWrite().catch(() => {});
  stream.close();
}

function summary(
  peer: Addr,
  sent: number,
  times: readonly number[],
): { pk: string; sent: number; answered: number; minMs?: number; avgMs?: number; maxMs?: number } {
  const counts = { pk: peer.pk, sent, answered: times.length };
  if (times.length === 0) return counts;
  const avgMs = round(times.reduce((sum, time) => sum + time, 0) / times.length);
  return { ...counts, minMs: Math.min(...times), avgMs, maxMs: Math.max(...times) };
}

/** To hundredths: the clock has no more. */
const round = (ms: number): number => Math.round(ms * 100) / 100;
