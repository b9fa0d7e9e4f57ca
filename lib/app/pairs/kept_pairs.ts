/**
 * What is kept of pairs beside their messages: records, our feeds, the heads of their Roots, invites. Epoch secrets are
 * kept apart (`../kept_secrets.ts`).
 *
 * @see lib/app/README.md "Pairs"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { encodePairRecord, type PairRecord, readPairRecord } from "../../pair/record.ts";
import type { Change, Store } from "../../store/store.ts";
import { dropRoom } from "../drop_room.ts";
import { encodeExtra, type KeptHead, NO_EXTRA, readExtra } from "../groups/room/kept_groups.ts";
import { PAIR_INVITES, PAIR_RECORDS } from "./has_pairs.ts";

const HEADS = "pair heads";
const leavesOf = (peer: PublicKeyHex): string => `pair leaves ${peer}`;

/** A pair as it was kept. */
export interface KeptPair {
  /** See {@link PairRecord}. */
  readonly record: PairRecord;
  /** The newest Root of our feed. */
  readonly head: KeptHead;
  /** Our feed. */
  readonly leaves: ReadonlyMap<string, Uint8Array>;
}

/** Before the first Root. */
export const NO_HEAD: KeptHead = NO_EXTRA.head;

/** The change that keeps a record. */
export const keepPair = (record: PairRecord): Change => ({
  kind: "value",
  room: PAIR_RECORDS,
  name: record.peer,
  value: encodePairRecord(record),
});

/** The change that keeps the newest Root of our feed. */
export const keepPairHead = (peer: PublicKeyHex, head: KeptHead): Change => ({
  kind: "value",
  room: HEADS,
  name: peer,
  value: encodeExtra({ ...NO_EXTRA, head }),
});

/** The change that keeps a leaf of our feed, or (without a value) drops it. */
export const keepPairLeaf = (peer: PublicKeyHex, path: string, value: Uint8Array | undefined): Change => ({
  kind: "value",
  room: leavesOf(peer),
  name: path,
  value,
});

/** The change that keeps an invite, or drops it. */
export const keepPairInvite = (peer: PublicKeyHex, isThere: boolean): Change => ({
  kind: "value",
  room: PAIR_INVITES,
  name: peer,
  value: isThere ? Uint8Array.of(1) : undefined,
});

/**
 * What happened to a pair, as an event: `accepted` also when we have accepted; `asked`, `refused`: what we did ourselves.
 * @param by  The signed invite by which it did, and why it ended.
 */
export const pairEvent = (
  event: "received" | "asked" | "accepted" | "declined" | "refused" | "removed",
  peer: PublicKeyHex,
  by: Readonly<Record<string, string>> = {},
): Change => ({ kind: "network", name: "pair-invite", detail: { event, peer, ...by } });

/** Who has asked us. */
export const pairInvites = async ({ values }: Store): Promise<PublicKeyHex[]> =>
  (await values.list(PAIR_INVITES)).map(({ name }) => name);

/** All pairs. @param onProblem  Told of one that can't be read, which is passed over. */
export async function keptPairs(store: Store, onProblem: (error: Error) => void): Promise<KeptPair[]> {
  const pairs: KeptPair[] = [];
  for (const { name } of await store.values.list(PAIR_RECORDS)) {
    const pair = await keptPair(store, name);
    if (pair !== undefined) pairs.push(pair);
    else onProblem(new Error(`what is kept of the pair with ${name} can't be read`));
  }
  return pairs;
}

/** One pair. @returns Undefined: there is none, or its record can't be read. */
export async function keptPair(store: Store, peer: PublicKeyHex): Promise<KeptPair | undefined> {
  const value = await store.values.get(PAIR_RECORDS, peer);
  const record = value && readPairRecord(value);
  if (record === undefined) return undefined;
  const leaves = await store.values.list(leavesOf(peer));
  return {
    record,
    head: await keptHead(store, peer),
    leaves: new Map(leaves.map(({ name, value }) => [name, value])),
  };
}

/**
 * Drops a pair; its record goes last, so a drop that breaks off is done again. The head stays: a number is never used twice.
 * @param changes  What is kept with that.
 */
export async function dropPair(
  store: Store,
  peer: PublicKeyHex,
  changes: readonly Change[],
): Promise<void> {
  await dropRoom(store, leavesOf(peer));
  await store.commit([{ kind: "value", room: PAIR_RECORDS, name: peer, value: undefined }, ...changes]);
}

/** The newest Root of the feed of a pair that was there before. */
export async function keptHead(store: Store, peer: PublicKeyHex): Promise<KeptHead> {
  const head = await store.values.get(HEADS, peer);
  return (head && readExtra(head)?.head) ?? NO_HEAD;
}
