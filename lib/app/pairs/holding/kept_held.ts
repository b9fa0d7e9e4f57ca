/**
 * What a holder keeps: whose feeds, within which limits, and of each feed the newest Root with its leaves, verbatim.
 *
 * @see lib/app/README.md "Holding"
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import { pkMember } from "../../../crypto/members.ts";
import type { RootMessage } from "../../../cxo/connection/message.ts";
import type { Change, Store } from "../../../store/store.ts";
import { fromHex, fromUtf8, utf8 } from "../../../wire/bytes.ts";
import {
  field,
  goBytes,
  goList,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  goU16,
  goU64,
  omitted,
} from "../../../wire/go_struct.ts";
import { dropRoom } from "../../drop_room.ts";
import { changePieces } from "../../in_pieces.ts";
import { HELD_FEEDS } from "../has_pairs.ts";

const ROOTS = "held roots";
const leavesOf = (of: HeldTerms, feed: PublicKeyHex): string => `held leaves ${nameOf(of)} ${feed}`;

/** Whose feeds are held, and how much of them. */
export interface HeldTerms {
  /** Whose feeds they are, who alone may read them; sorted. Of a group its members, as far as they are known. */
  readonly peers: readonly PublicKeyHex[];
  /** UUID of the group; "": it is a pair. */
  readonly group: string;
  /** Of a group the admins whose word says who is in. */
  readonly by: readonly PublicKeyHex[];
  /** When that was last said, nanoseconds by the clock of who said it. */
  readonly listedNs: bigint;
  /** On which port. */
  readonly port: number;
  /** All objects of all its feeds together, bytes. */
  readonly spaceBytes: bigint;
  /** A feed whose owner has not renewed it for so long is dropped, nanoseconds. */
  readonly ageNs: bigint;
}

/** The newest Root of a held feed. */
export interface HeldRoot {
  /** Numbers of its chain. */
  readonly nonce: bigint;
  /** Its place in the chain. */
  readonly seq: bigint;
  /** The Root's bytes, as its owner wrote them. */
  readonly value: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** When it came, wall clock in nanoseconds. */
  readonly atNs: bigint;
}

const TERMS: GoStruct<HeldTerms> = goStruct<HeldTerms>({
  peers: field("peers", goList(pkMember)),
  port: field("port", goU16),
  spaceBytes: field("space", goU64),
  ageNs: field("age_ns", goU64),
  group: omitted("group", goString),
  by: omitted("by", goList(pkMember)),
  listedNs: omitted("listed", goU64),
});

const ROOT: GoStruct<HeldRoot> = goStruct<HeldRoot>({
  nonce: field("nonce", goU64),
  seq: field("seq", goU64),
  value: field("root", goBytes),
  signature: field("signature", goBytes),
  atNs: field("at", goTime),
});

/** Names what is held: a group stays the same one when other members are in. */
export const nameOf = ({ peers, group }: Pick<HeldTerms, "peers" | "group">): string =>
  group === "" ? peers.join(" ") : group;

/** The change that keeps terms, or drops them. */
export const keepTerms = (terms: HeldTerms, isThere = true): Change => ({
  kind: "value",
  room: HELD_FEEDS,
  name: nameOf(terms),
  value: isThere ? utf8(TERMS.encode(terms)) : undefined,
});

/** All terms. */
export const keptTerms = async ({ values }: Store): Promise<HeldTerms[]> =>
  (await values.list(HELD_FEEDS)).flatMap(({ value }) => TERMS.decode(fromUtf8(value)) ?? []);

/** A held feed as it was kept; undefined: nothing whole. */
export async function keptHeld(
  { values }: Store,
  terms: HeldTerms,
  feed: PublicKeyHex,
): Promise<{ root: HeldRoot; leaves: { path: string; value: Uint8Array }[] } | undefined> {
  const bytes = await values.get(ROOTS, `${nameOf(terms)} ${feed}`);
  const root = bytes && ROOT.decode(fromUtf8(bytes));
  if (root === undefined) return undefined;
  const leaves = await values.list(leavesOf(terms, feed));
  return { root, leaves: leaves.map(({ name, value }) => ({ path: name, value })) };
}

/** The Root as it is loaded and shown. */
export const rootOf = (feed: PublicKeyHex, { nonce, seq, value, signature }: HeldRoot): RootMessage => ({
  type: "Root",
  feed: fromHex(feed),
  nonce,
  seq,
  value,
  signature,
});

/**
 * Keeps the next Root of a feed. In one commit where it fits; else what was there counts no more until all of it is
 * kept: a kill in between loses what is held of it, which its owner has still.
 */
export async function keepHeld(
  store: Store,
  terms: HeldTerms,
  feed: PublicKeyHex,
  root: HeldRoot,
  changes: readonly { readonly path: string; readonly value: Uint8Array | undefined }[],
): Promise<void> {
  const room = leavesOf(terms, feed);
  const rows = changes.map(({ path, value }): Change => ({ kind: "value", room, name: path, value }));
  try {
    await store.commit([...rows, rootRow(terms, feed, root)]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    await store.commit([rootRow(terms, feed, undefined)]);
    for (const piece of changePieces(rows.map((row) => [row]))) await store.commit(piece);
    await store.commit([rootRow(terms, feed, root)]);
  }
}

/** Drops a feed; its Root goes first. */
export async function dropHeld(store: Store, terms: HeldTerms, feed: PublicKeyHex): Promise<void> {
  await store.commit([rootRow(terms, feed, undefined)]);
  await dropRoom(store, leavesOf(terms, feed));
}

const rootRow = (terms: HeldTerms, feed: PublicKeyHex, root: HeldRoot | undefined): Change => ({
  kind: "value",
  room: ROOTS,
  name: `${nameOf(terms)} ${feed}`,
  value: root && utf8(ROOT.encode(root)),
});
