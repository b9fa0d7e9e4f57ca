/**
 * What is kept of groups beside their messages: records, our feeds, and what is asked of us. Small values of the
 * store, sealed like all others, written in the same commit as the messages that belong to them.
 *
 * @see lib/app/README.md "Groups"
 * @module
 */
import type { FeedLeaf, Leaves } from "../../../cxo/feed/change.ts";
import { encodeGroupRecord, type GroupRecord, readGroupRecord } from "../../../group/record/record.ts";
import type { Change, Store } from "../../../store/store.ts";
import { fromUtf8, toHex, utf8 } from "../../../wire/bytes.ts";
import {
  field,
  goBool,
  goBytes,
  goI64,
  goList,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  goU64,
  omitted,
} from "../../../wire/go_struct.ts";
import { dropRoom } from "../../drop_room.ts";
import { saidRoom } from "../../said.ts";
import type { GroupId } from "../groups.ts";
import { GROUP_RECORDS } from "../has_groups.ts";
import type { GroupAudience } from "../saying/audience.ts";
import { tailOfId } from "./message_id.ts";

/** Somebody who waits to be let in. */
export interface WaitingRequest {
  /** Its key. */
  readonly pk: string;
  /** What it says. */
  readonly note: string;
  /** When it first asked, nanoseconds. */
  readonly tsNs: bigint;
}

/** Where our feed's chain of Roots stands. */
export interface KeptHead {
  /** Names the chain. */
  readonly nonce: bigint;
  /** Number of its last Root. */
  readonly seq: bigint;
  /** Name of its last Root, 32 bytes. */
  readonly hash: Uint8Array;
  /** Time of its last Root, nanoseconds. */
  readonly timeNs: bigint;
}

/** What is kept of a group beside its record and its feed. */
export interface GroupExtra {
  /** Whoever has the invite comes in without an admin. */
  readonly openJoin: boolean;
  /** Who waits. */
  readonly waiting: readonly WaitingRequest[];
  /** Who was told no. */
  readonly denied: readonly string[];
  /** The newest Root of our feed; `seq` and `timeNs` 0 before the first. */
  readonly head: KeptHead;
  /** Our note, for an admin to read. */
  readonly note: string;
  /** The signed invite that we come by; "" is none. */
  readonly invite: string;
  /** Why that one let us in no more: `expired`, `used-up`, `revoked`; "": it did, or nobody has said. */
  readonly ended: string;
  /** Links of signed invites of ours, the newest last. */
  readonly issued: readonly string[];
  /** In a D2 group for whom what we say is, when nothing else is said. */
  readonly audience: Required<GroupAudience>;
  /** The node that holds the group's feeds; "": nobody. */
  readonly holder: string;
  /** When it was named, nanoseconds. */
  readonly holderNamedNs: bigint;
  /** Who may no longer read our feed and has perhaps not learnt it yet: kept with the change that says so. */
  readonly leaving: readonly string[];
}

const AUDIENCE: GoStruct<Required<GroupAudience>> = goStruct<Required<GroupAudience>>({
  to: omitted("to", goList(goString)),
  except: omitted("except", goList(goString)),
});

const EXTRA: GoStruct<GroupExtra> = goStruct<GroupExtra>({
  openJoin: field("open_join", goBool),
  waiting: field(
    "waiting",
    goList(goStruct<WaitingRequest>({
      pk: field("pk", goString),
      note: field("note", goString),
      tsNs: field("ts", goTime),
    })),
  ),
  denied: field("denied", goList(goString)),
  head: field(
    "head",
    goStruct<KeptHead>({
      nonce: field("nonce", goU64),
      seq: field("seq", goU64),
      hash: field("hash", goBytes),
      timeNs: field("time", goI64),
    }),
  ),
  note: field("note", goString),
  invite: omitted("invite", goString),
  ended: omitted("ended", goString),
  issued: omitted("issued", goList(goString)),
  leaving: field("leaving", goList(goString)),
  audience: field("audience", AUDIENCE),
  holder: omitted("holder", goString),
  holderNamedNs: omitted("holder_named", goU64),
});

/** Nothing known yet. */
export const NO_EXTRA: GroupExtra = {
  openJoin: false,
  waiting: [],
  denied: [],
  head: { nonce: 0n, seq: 0n, hash: new Uint8Array(0), timeNs: 0n },
  note: "",
  invite: "",
  ended: "",
  issued: [],
  leaving: [],
  audience: { to: [], except: [] },
  holder: "",
  holderNamedNs: 0n,
};

/** A group as it was kept. */
export interface KeptGroup {
  /** Its record. */
  readonly record: GroupRecord;
  /** See {@link GroupExtra}. */
  readonly extra: GroupExtra;
  /** Our feed, path and value. */
  readonly leaves: Leaves;
}

/** The room of what is kept beside records. */
export const GROUP_EXTRAS = "group extras";
const leavesOf = (group: GroupId): string => `group leaves ${group}`;

/** The change that keeps a record. */
export const keepRecord = (record: GroupRecord): Change => ({
  kind: "value",
  room: GROUP_RECORDS,
  name: record.id,
  value: utf8(encodeGroupRecord(record)),
});

/** What is kept beside a record, as bytes. */
export const encodeExtra = (extra: GroupExtra): Uint8Array => utf8(EXTRA.encode(extra));
/** Reads that. @returns undefined when it is none. */
export const readExtra = (bytes: Uint8Array): GroupExtra | undefined => EXTRA.decode(fromUtf8(bytes));

/** The change that keeps the rest. */
export const keepExtra = (group: GroupId, extra: GroupExtra): Change => ({
  kind: "value",
  room: GROUP_EXTRAS,
  name: group,
  value: encodeExtra(extra),
});

/** The change that keeps a leaf of our feed, or (without a value) drops it. */
export const keepLeaf = (group: GroupId, path: string, value: Uint8Array | undefined): Change => ({
  kind: "value",
  room: leavesOf(group),
  name: path,
  value,
});

/** Drops a group with its messages. Its record goes last: a drop that breaks off is done again. */
export async function dropGroup(store: Store, group: GroupId): Promise<void> {
  for (
    const room of [leavesOf(group), signaturesOf(group), audiencesOf(group), hiddenOf(group), saidRoom(group)]
  ) {
    await dropRoom(store, room);
  }
  await store.commit([{ kind: "forget", peer: group }]);
  await store.commit([
    { kind: "value", room: GROUP_EXTRAS, name: group, value: undefined },
    { kind: "value", room: GROUP_RECORDS, name: group, value: undefined },
  ]);
}

/**
 * All groups that are kept.
 * @param onProblem  Told of a record that can't be read, which is passed over.
 * @param onDamaged  Told which group that is.
 */
export async function keptGroups(
  store: Store,
  onProblem: (error: Error) => void,
  onDamaged: (group: GroupId) => void = () => {},
): Promise<KeptGroup[]> {
  const groups: KeptGroup[] = [];
  for (const { name, value } of await store.values.list(GROUP_RECORDS)) {
    const kept = await keptWith(store, value);
    if (kept !== undefined) {
      groups.push(kept);
      continue;
    }
    onProblem(new Error(`the record of group ${name} can't be read`));
    onDamaged(name);
  }
  return groups;
}

/** One group as it is kept; undefined: there is none, or its record can't be read. */
export async function keptGroup(store: Store, group: GroupId): Promise<KeptGroup | undefined> {
  const value = await store.values.get(GROUP_RECORDS, group);
  return value && await keptWith(store, value);
}

async function keptWith(store: Store, value: Uint8Array): Promise<KeptGroup | undefined> {
  const record = readGroupRecord(value);
  if (record === undefined) return undefined;
  const leaves = await keptLeaves(store, record.id);
  const extra = await store.values.get(GROUP_EXTRAS, record.id);
  return {
    record,
    extra: (extra && readExtra(extra)) ?? NO_EXTRA,
    leaves: new Map(leaves.map(({ path, value }) => [path, value])),
  };
}

/** Our feed as it is kept. */
export async function keptLeaves({ values }: Pick<Store, "values">, group: GroupId): Promise<FeedLeaf[]> {
  return (await values.list(leavesOf(group))).map(({ name: path, value }) => ({ path, value }));
}

const hiddenOf = (group: GroupId): string => `group hidden ${group}`;

/** The change that keeps how often a message was hidden that had been shown. @param times  1 or more. */
export const keepHidden = (group: GroupId, tail: string, times: number): Change => ({
  kind: "value",
  room: hiddenOf(group),
  name: tail,
  value: utf8(String(times)),
});

/** How often a message was hidden that had been shown. */
export async function timesHidden(store: Store, group: GroupId, tail: string): Promise<number> {
  const value = await store.values.get(hiddenOf(group), tail);
  return value === undefined ? 0 : Number(fromUtf8(value));
}

/** How often each message was hidden that ever was, by what names it. */
export const allTimesHidden = async (store: Store, group: GroupId): Promise<ReadonlyMap<string, number>> =>
  new Map(
    (await store.values.list(hiddenOf(group))).map(({ name, value }) => [name, Number(fromUtf8(value))]),
  );

const signaturesOf = (group: GroupId): string => `group signatures ${group}`;

/** The change that keeps the signature of a message that others may hang on, 65 bytes, or drops it. */
export const keepSignature = (group: GroupId, tail: string, value: Uint8Array | undefined): Change => ({
  kind: "value",
  room: signaturesOf(group),
  name: tail,
  value,
});

/** The signature of a kept message by its id, 130 hex characters; undefined: it is none that others may hang on. */
export async function signatureOf(store: Store, group: GroupId, id: string): Promise<string | undefined> {
  const value = await store.values.get(signaturesOf(group), tailOfId(id));
  return value && toHex(value);
}

/** All signatures of a group's messages, by what names these. */
export const keptSignatures = (store: Store, group: GroupId): ReturnType<Store["values"]["list"]> =>
  store.values.list(signaturesOf(group));

const audiencesOf = (group: GroupId): string => `group audiences ${group}`;

/** The change that keeps for whom a message is, by `<sender>/<nanoseconds>` or its signature, 130 hex characters. */
export const keepAudience = (group: GroupId, name: string, audience: readonly string[]): Change => ({
  kind: "value",
  room: audiencesOf(group),
  name,
  value: utf8(audience.join()),
});

/** For whom a message is, by either; undefined: everybody, or nothing is known of it. */
export async function audienceOf(
  { values }: Store,
  group: GroupId,
  name: string,
): Promise<string[] | undefined> {
  const value = await values.get(audiencesOf(group), name);
  return value && fromUtf8(value).split(",");
}
