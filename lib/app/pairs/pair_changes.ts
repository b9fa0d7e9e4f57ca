/**
 * What is written down of what follows from one input of a pair: rows of the store, for one commit.
 *
 * @see lib/app/README.md "Pairs"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { PairMessage, PairOut } from "../../pair/pair_types.ts";
import type { Change, Store } from "../../store/store.ts";
import { keepPair, keepPairLeaf } from "./kept_pairs.ts";
import { rekeyedChanges } from "./rekeyed.ts";

/** Why it is not known whether a message was read. */
const LOST = "the peer's keys changed before it said that it had read this; say it again";

/** Whose pair it is, and where it is kept. */
export interface PairChangesOf {
  /** The other side. */
  readonly peer: PublicKeyHex;
  /** Keeps everything. */
  readonly store: Pick<Store, "seen" | "messages">;
  /** The wall clock, nanoseconds since 1970. */
  readonly nowNs: bigint;
}

/** Rows for one commit. */
export interface PairChanges {
  /** Of each leaf that goes, with how its message stands now. */
  readonly units: readonly (readonly Change[])[];
  /** The others, behind them. */
  readonly last: Change[];
  /** Ids of the messages among them, in their order. */
  readonly named: readonly string[];
}

/** See the module. @throws What the store throws. */
export async function pairChangesOf(outs: readonly PairOut[], pair: PairChangesOf): Promise<PairChanges> {
  const { peer } = pair;
  const units = new Map<string, Change[]>();
  const last: Change[] = [];
  const named: string[] = [];
  for (const out of outs) {
    if (out.kind === "put") last.push(keepPairLeaf(peer, out.path, out.value));
    else if (out.kind === "drop") units.set(out.path, [keepPairLeaf(peer, out.path, undefined)]);
    else if (out.kind === "record") last.push(keepPair(out.record));
    else if (out.kind === "message") last.push(...await messageChanges(out.message, pair, named));
    else if (out.kind === "gone") last.push(...await goneChanges(out.direction, out.id, pair));
    else if (out.kind === "read") units.get(out.path)!.push(...await readChanges(out.id, pair));
    else if (out.kind === "lost") last.push(...await lostChanges(out.id, pair));
    else if (out.kind === "rekeyed") last.push(...await rekeyed(out.issuedAtNs, pair, named));
  }
  return { units: [...units.values()], last, named };
}

/** An id is one message, also when the feed is read again. */
async function messageChanges(
  { direction, id, text, tsNs }: PairMessage,
  { peer, store, nowNs }: PairChangesOf,
  named: string[],
): Promise<Change[]> {
  if (text === "" || await store.seen.check(peer, direction, id, text) !== "new") return [];
  named.push(id);
  return [{
    kind: "message",
    message: {
      peer,
      direction,
      id,
      body: text,
      atNs: tsNs < nowNs ? tsNs : nowNs,
      state: direction === "out" ? "sent" : "received",
      form: "text",
      via: "pair",
    },
  }];
}

async function rekeyed(
  issuedAtNs: bigint,
  { peer, store, nowNs }: PairChangesOf,
  named: string[],
): Promise<Change[]> {
  const changes = rekeyedChanges(peer, issuedAtNs, nowNs);
  const { id, body } = changes[0].message;
  if (await store.seen.check(peer, "in", id!, body) !== "new") return [];
  named.push(id!);
  return changes;
}

async function goneChanges(
  direction: "in" | "out",
  id: string,
  { peer, store }: PairChangesOf,
): Promise<Change[]> {
  const found = await store.messages.byId(peer, direction, id);
  if (found === undefined || found.via !== "pair" || found.state === "deleted") return [];
  return [{ kind: "delete", peer, position: found.position }];
}

async function readChanges(id: string, { peer, store }: PairChangesOf): Promise<Change[]> {
  const found = await store.messages.byId(peer, "out", id);
  if (found?.state !== "sent") return [];
  return [{ kind: "state", peer, position: found.position, state: "received" }];
}

/** What the peer says later of how far it has read says nothing of it: {@link readChanges} passes it over. */
async function lostChanges(id: string, { peer, store }: PairChangesOf): Promise<Change[]> {
  const found = await store.messages.byId(peer, "out", id);
  if (found?.state !== "sent") return [];
  return [{ kind: "state", peer, position: found.position, state: "unconfirmed", reason: LOST }];
}
