/**
 * Changes our own entry in one discovery: what is posted follows what is stored, whatever our clock says.
 *
 * @see specification dmsg §6.3, §7.3 "Update rule"; lib/dmsg/README.md "The entry"
 * @module
 */
import type { KeyPair } from "../../crypto/keys.ts";
import { networkError, type Outcome, refused } from "../discovery/many.ts";
import { DISCOVERY_TEXTS } from "../discovery/texts.ts";
import { type Entry, freshEntry, signEntry } from "./entry.ts";

/** How often an update runs into another post before it gives up. */
const MAX_ROUNDS = 10;
/** How far a server's time may be ahead of the discovery's (specification dmsg §6.3, 4). */
const MAX_AHEAD_NS = 5_000_000_000n;
/** The largest time that an entry can have. */
const MAX_TIME_NS = (1n << 63n) - 1n;

/** What one discovery is asked. */
export interface EntryHome {
  /** Base URL, for messages. */
  readonly url: string;
  /** The stored entry of our key. @throws {NetworkError} It can't be read. */
  read(): Promise<Entry | undefined>;
  /** Posts a signed entry. @returns The refusal's text, or undefined. */
  post(entry: Entry): Promise<string | undefined>;
  /** Deletes our entry; takes a signed one. */
  remove(entry: Entry): Promise<unknown>;
  /** Our wall clock. */
  nowNs(): bigint;
}

/**
 * Reads our entry (or starts afresh), changes it, and posts it with the next sequence and a later time. When another
 * post came between, it reads and posts again, at most 10 times.
 *
 * The time is the clock's, or just behind the stored one when that is ahead: a clock that was wrong once must not keep
 * us out. A server's entry may not be ahead of the discovery, so one from the future is deleted and written afresh.
 *
 * @param change  As `DiscoveryClient.update` has it.
 * @returns `superseded`: another program has posted meanwhile, later than we.
 * @throws {NetworkError} The discovery did not answer, or refused.
 */
export async function updateEntry(
  home: EntryHome,
  pair: KeyPair,
  change: (entry: Entry) => Entry,
): Promise<Outcome> {
  // "On any error": also when it can't be read, for the post tells whether something is stored.
  let known = true;
  let stored = await home.read().catch((error) => {
    networkError(error);
    known = false;
    return undefined;
  });
  const content = change(stored ?? freshEntry(pair.pk, home.nowNs()));
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const nowNs = home.nowNs();
    if (stored && isAhead(stored, content, nowNs)) {
      await home.remove(signEntry({ ...stored, timestampNs: nowNs }, pair.secret));
      stored = { ...stored, timestampNs: 0n };
    }
    const timestampNs = stored && stored.timestampNs >= nowNs ? stored.timestampNs + 1n : nowNs;
    const sequence = stored ? stored.sequence + 1n : 0n;
    const next = signEntry({ ...content, static: pair.pk, timestampNs, sequence }, pair.secret);
    const refusal = await home.post(next);
    if (!refusal) return "taken";
    if (refusal !== DISCOVERY_TEXTS.wrongSequence && refusal !== DISCOVERY_TEXTS.wrongTime) {
      throw refused(home.url, refusal);
    }
    const newer = await home.read();
    // What we could not read before is no sign of another program: it may be an old post of ours.
    if (known && newer && newer.timestampNs > timestampNs) return "superseded";
    known = true;
    stored = newer;
  }
  throw refused(home.url, `the entry changed ${MAX_ROUNDS} times meanwhile`);
}

/** Whether no post can come behind a stored entry. */
function isAhead(stored: Entry, content: Entry, nowNs: bigint): boolean {
  if (stored.timestampNs >= MAX_TIME_NS) return true;
  return !content.client && stored.timestampNs > nowNs + MAX_AHEAD_NS;
}
