/**
 * What sends without a store have sent goes into the store, in order and once, wherever a process dies meanwhile.
 *
 * @see lib/app/README.md "Beside the store"
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { MAX_SENT_BYTES, type SentEntry, SentLog } from "../store/sent_log.ts";
import type { Change, PeerFacts, Store } from "../store/store.ts";
import type { Files } from "../sys/files.ts";
import { brokenSentFile } from "./sent_file.ts";

/** Messages of one commit; a message is some 7 rows. */
const MAX_MESSAGES = 64;
/** Characters of their bodies. One message fits in any case. */
const MAX_CHARS = 64 << 10;

/** Where a log is, and whose. */
export interface TakeInParts {
  /** Reads and removes it. */
  readonly files: Files;
  /** Its path. */
  readonly path: string;
  /** The identity's secret, 32 bytes. */
  readonly secret: Uint8Array;
}

/**
 * Takes a log into an open store and removes it; nothing is sent. Call it before anything else is done with the store.
 * @throws {UserError} local: the log can't be read, is broken, or can't be removed; and as {@link Store.commit}.
 */
export async function takeIn(store: Store, { files, path, secret }: TakeInParts): Promise<void> {
  const bytes = await files.read(path, MAX_SENT_BYTES);
  if (bytes === undefined) return;
  const entries = new SentLog(secret).read(bytes);
  if (entries === undefined) throw brokenSentFile(path);
  const known = new Map<PublicKeyHex, PeerFacts>();
  const planned: Change[][] = [];
  for (const entry of entries) {
    const { peer } = entry.message;
    const before = known.get(peer) ?? await store.peers.get(peer);
    const facts = factsOf(entry, before);
    known.set(peer, { ...before, ...facts });
    const learnt: Change[] = Object.keys(facts).length > 0 ? [{ kind: "peer", peer, facts }] : [];
    planned.push([...keptOnce(entry), ...learnt]);
  }
  for (let at = 0; at < planned.length;) {
    const count = fitting(entries.slice(at, at + MAX_MESSAGES));
    await keep(store, planned.slice(at, at += count));
  }
  await files.remove(path);
}

/** One commit, or when a part of it was kept by a process that died, one for each message. */
async function keep(store: Store, planned: readonly Change[][]): Promise<void> {
  if ((await store.commit(planned.flat())).ok) return;
  for (const changes of planned) await store.commit(changes); // refused: it is there
}

/** How many fit one commit, at least one. */
function fitting(entries: readonly SentEntry[]): number {
  let chars = 0;
  const count = entries.findIndex(({ message }) => (chars += message.body.length) > MAX_CHARS);
  return count < 0 ? entries.length : Math.max(1, count);
}

/** The message; refused when it is kept already. Without an id of its own its mark in the log tells. */
function keptOnce({ mark, message, outcome }: SentEntry): Change[] {
  const { peer, id } = message;
  const { state, reason } = outcome ?? {
    state: "unconfirmed",
    reason: "the program ended before its ack",
  };
  const kept: Change = {
    kind: "message",
    message: { ...message, direction: "out", state, ...(reason === undefined ? {} : { reason }) },
  };
  return id === undefined ? [{ kind: "seen", peer, direction: "out", id: mark, body: "" }, kept] : [kept];
}

/** Who is written to may answer; and what the ack says, if that is new. */
function factsOf({ outcome }: SentEntry, { accepted, once = false }: PeerFacts): PeerFacts {
  const says = outcome?.state === "received" ? outcome.once ?? false : once;
  return {
    ...(accepted ? {} : { accepted: true }),
    ...(says === once ? {} : { once: says || undefined }),
  };
}
