/**
 * One member of a group in memory: its engine, and what lies on its disk.
 *
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../../lib/crypto/keys.ts";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import type { GroupEngine } from "../../../lib/group/engine.ts";
import type { GroupMessage, GroupOut } from "../../../lib/group/group_types.ts";
import type { GroupRecord } from "../../../lib/group/record/record.ts";
import type { Missing } from "../../../lib/group/threads/author_ledger.ts";

/** A member's program: its engine, and what it has on its disk. */
export interface Member {
  readonly pair: KeyPair;
  engine: GroupEngine;
  record: GroupRecord;
  /** The disk: our feed. */
  feed: Map<string, Uint8Array>;
  shown: Map<string, GroupMessage>;
  /** The disk: authors' threads. */
  ledgers: Map<PublicKeyHex, Uint8Array>;
  /** The disk: leaves by `<author>/<incarnation>/<number>`, for who asks. */
  archive: Map<string, FeedLeaf>;
  /** The disk: ratchet secrets of a D2 group. */
  ratchets: ReadonlyMap<bigint, Uint8Array>;
  /** Who was seen to have gone on without its state, and who to have lied. */
  restarted: PublicKeyHex[];
  forked: PublicKeyHex[];
  /** What a liar shows to some instead of one of its leaves. */
  lie: { readonly to: ReadonlySet<Member>; readonly hides: string; readonly shows: FeedLeaf } | undefined;
  follow: readonly PublicKeyHex[];
  readers: readonly PublicKeyHex[] | undefined;
  /** Who was cut off and still gets the Root that says so. */
  readonly farewell: Set<PublicKeyHex>;
  /** What was read of each feed already. */
  read: Map<PublicKeyHex, Map<string, Uint8Array>>;
  refused: string[];
  dropped: string[];
  /** Whether it has begun on an empty disk again. */
  hasLost: boolean;
  /** Counts changes of its feed. */
  version: number;
  /** Paths that have changed, one for each version from a version on; what lies before is read from the feed itself. */
  log: { from: number; paths: string[] };
  /** The version of each feed that was read last. */
  readTo: Map<PublicKeyHex, number>;
  /** Who holds the group's feeds as it knows, and what it asks for there alone. */
  held: Extract<GroupOut, { kind: "held" }> | undefined;
  /** How far its clock is off, nanoseconds. */
  skewNs: bigint;
}

/** A disk as it was. */
export type Backup = Pick<Member, "record" | "feed" | "shown" | "ledgers" | "archive">;

/** One that has just begun; its engine is made by its world. */
export const newMember = (pair: KeyPair, record: GroupRecord): Member => ({
  pair,
  engine: undefined!,
  record,
  feed: new Map(),
  shown: new Map(),
  ledgers: new Map(),
  archive: new Map(),
  ratchets: new Map(),
  restarted: [],
  forked: [],
  lie: undefined,
  follow: [],
  readers: [],
  farewell: new Set(),
  read: new Map(),
  refused: [],
  dropped: [],
  hasLost: false,
  version: 0,
  log: { from: 0, paths: [] },
  readTo: new Map(),
  held: undefined,
  skewNs: 0n,
});

/** Writes down what follows from an input. @returns What is to be asked for. */
export function written(member: Member, outs: readonly GroupOut[]): Missing[] {
  const wants: Missing[] = [];
  for (const out of outs) {
    if (out.kind === "put" || out.kind === "drop") changes(member, out.path);
    if (out.kind === "put") member.feed.set(out.path, out.value);
    else if (out.kind === "drop") member.feed.delete(out.path);
    else if (out.kind === "message") member.shown.set(out.message.tail, out.message);
    else if (out.kind === "hidden") member.shown.delete(out.tail);
    else if (out.kind === "gone") removed(member, out.sender, out.tsNs);
    else if (out.kind === "record") member.record = out.record;
    else if (out.kind === "follow") member.follow = out.feeds;
    else if (out.kind === "allow") {
      for (const pk of member.readers ?? []) {
        if (out.readers?.includes(pk) === false) member.farewell.add(pk);
      }
      member.readers = out.readers;
    } else if (out.kind === "ledger") member.ledgers.set(out.author, out.value);
    else if (out.kind === "archive") {
      const name = nameOf(out.author, out.place.inc, out.place.seq);
      if (out.leaf === undefined) member.archive.delete(name);
      else member.archive.set(name, out.leaf);
    } else if (out.kind === "restarted") member.restarted.push(out.author);
    else if (out.kind === "forked") member.forked.push(out.author);
    else if (out.kind === "ratchets") member.ratchets = out.secrets;
    else if (out.kind === "held") member.held = out;
    else if (out.kind === "ask") wants.push(...out.wants);
    else if (out.kind === "reread") {
      member.read = new Map();
      member.readTo = new Map();
    } else if (out.kind === "invited") continue; // for the test that asked for it
    else if (out.kind === "is-d2") throw new Error("all know that here");
    else if (out.kind === "refused") member.refused.push(out.reason);
    else if (out.kind === "dropped") member.dropped.push(out.reason);
  }
  return wants;
}

/** Where a leaf lies in an archive. */
export const nameOf = (author: PublicKeyHex, inc: string, seq: bigint): string => `${author}/${inc}/${seq}`;

/** A path of a member's feed has changed. */
export function changes(member: Member, path: string): void {
  member.version++;
  member.log.paths.push(path);
}

/** The feed of a member is another one from now on. */
export function showsAnother(member: Member): void {
  member.version++;
  member.log = { from: member.version, paths: [] };
}

/** What of a feed may be new to whoever has read a version of it. */
export function changedSince(
  version: number | undefined,
  writer: Member,
  reader: Member,
): Iterable<[string, Uint8Array]> {
  const view = viewOf(writer, reader);
  const { from, paths } = writer.log;
  if (version === undefined || version < from || view !== writer.feed) return view;
  const changed = new Set(paths.slice(version - from));
  return [...changed].flatMap((path) => {
    const value = view.get(path);
    return value === undefined ? [] : [[path, value]];
  });
}

/** A feed as its owner shows it to somebody. */
function viewOf({ feed, lie }: Member, reader: Member): Map<string, Uint8Array> {
  if (lie === undefined || !lie.to.has(reader) || !feed.has(lie.hides)) return feed;
  const view = new Map(feed);
  view.delete(lie.hides);
  return view.set(lie.shows.path, lie.shows.value);
}

function removed(member: Member, sender: PublicKeyHex, tsNs: bigint): void {
  for (const [tail, message] of member.shown) {
    if (message.sender === sender && message.tsNs === tsNs) member.shown.delete(tail);
  }
}

/** What a member sees, comparable: texts by time and tail. */
export const textsOf = (member: Member): (string | undefined)[] =>
  [...member.shown.values()].sort((a, b) => a.tail < b.tail ? -1 : 1).map(({ text }) => text).sort();

/** A member's roster, comparable. */
export function rosterOf({ record }: Member): Record<string, unknown> {
  const { members, admins, banned, muted, readOnly, peerBackfillDisabled } = record;
  const sorted = (list: readonly string[]) => [...list].sort();
  return {
    members: sorted(members),
    admins: sorted(admins),
    banned: sorted(banned),
    muted: sorted(muted),
    readOnly,
    peerBackfillDisabled,
  };
}
