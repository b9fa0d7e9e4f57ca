/**
 * Whether a running program holds a key that is not our file's: its entry says so, or it answers.
 *
 * @see lib/app/README.md "A node"
 * @module
 */
import { generateKeyPair } from "../../crypto/keys.ts";
import { CARRIERS } from "../../dmsg/carriers/mod.ts";
import { DmsgClient } from "../../dmsg/client.ts";
import type { DiscoveryClient } from "../../dmsg/discovery/client.ts";
import type { Entry } from "../../dmsg/entries/entry.ts";
import { CONTROL_PORT } from "../../dmsg/streams/control.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { isThere } from "./is_there.ts";

/** An entry within this of our clock belongs to a program that runs: clients refresh theirs every few minutes. */
const RUNNING_NS = 600_000_000_000n;
/** How long it may take to answer. */
const ANSWER_MS = 3000;

/** What an entry tells of its program, by the clock alone. */
export type Held =
  /** It names servers and is of the last 10 minutes. */
  | "running"
  /** It names none: nobody can be reached by it. */
  | "free"
  /** Its time is far from our clock's. It may be old, or one of the two clocks is wrong. */
  | "unknown";

/**
 * Judges an entry.
 * @param nowNs  Wall time, nanoseconds since 1970.
 */
export function heldBy(entry: Entry | undefined, nowNs: bigint): Held {
  if (!entry?.client?.delegatedServers?.length) return "free";
  const ageNs = nowNs - entry.timestampNs;
  return ageNs < RUNNING_NS && ageNs > -RUNNING_NS ? "running" : "unknown";
}

/** What asking needs. */
export interface AskHost {
  /** Time. */
  readonly clock: Clock;
  /** For a key that is thrown away. */
  readonly random: Random;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Asks the program itself: a dial from a key that is thrown away, so that no server takes it for the program's own.
 * An answer needs no clock to be right.
 * @returns Whether somebody has answered for the key, also with a "no", within 3 s.
 */
export async function answers(pk: string, discovery: DiscoveryClient, host: AskHost): Promise<boolean> {
  const { clock, random } = host;
  const client = new DmsgClient({
    pair: generateKeyPair(random),
    discovery,
    carriers: CARRIERS,
    clock,
    random,
  });
  try {
    return await isThere(
      async () => (await client.dial({ pk, port: CONTROL_PORT })).close(),
      ANSWER_MS,
      host,
    );
  } finally {
    await client.close();
  }
}
