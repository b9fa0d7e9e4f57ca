/**
 * What is known of a group, as its JSON: kept in the store, and printed by `group info --json`.
 *
 * @see specification skychat §b.1
 * @module
 */
import { NULL_PK, pkMember } from "../../crypto/members.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import {
  field,
  goBool,
  goBytes,
  goList,
  goMap,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  goU16,
  goU64,
  goU8,
  omitted,
} from "../../wire/go_struct.ts";
import { GO_ZERO_TIME_NS } from "../../wire/go_time.ts";
import { type GroupKind, type GroupMode, kindFits, kindOf } from "../joining/invite.ts";

/** Longest name, bytes. */
export const MAX_NAME_BYTES = 64;

/** How we stand in a group. */
export type GroupStatus =
  | "pending"
  | "active"
  | "left"
  | "revoked"
  | "awaiting_approval"
  | "denied"
  | "banned";

/** Whether we ask to be let in, or were let in and have not read that yet: nobody has said no. */
export const isAsking = ({ status }: Pick<GroupRecord, "status">): boolean =>
  status === "pending" || status === "awaiting_approval";

const OUT: ReadonlySet<GroupStatus> = new Set(["left", "revoked", "denied", "banned"]);

/** Whether we have left, or others have decided that we are out: we let nobody in and say nothing of it. */
export const isOut = ({ status }: Pick<GroupRecord, "status">): boolean => OUT.has(status);

/** How members of a private group get its keys. */
export type GroupKeys = "" | "d2";

/** A key that was current once. */
export interface RingKey {
  /** Its epoch. */
  readonly epoch: bigint;
  /** 32 bytes; empty when only the sealed form is here. */
  readonly key: Uint8Array;
  /** As skychat's program keeps it on its disk. */
  readonly keySealed: Uint8Array;
  /** When it was put into the ring, nanoseconds. */
  readonly addedAtNs: bigint;
}

/** A group. Times are nanoseconds since 1970; the zero time means "never". */
export interface GroupRecord {
  /** UUID. */
  readonly id: string;
  /** At most 64 bytes. */
  readonly name: string;
  /** At most 32 KiB. */
  readonly avatar: Uint8Array;
  /** MIME type of it. */
  readonly avatarMime: string;
  /** The founder; never changes. */
  readonly ownerPk: PublicKeyHex;
  /** The founder is one on every read. */
  readonly admins: readonly PublicKeyHex[];
  /** Whom to ask when joining again. */
  readonly admissionPks: readonly PublicKeyHex[];
  /** Feed port. */
  readonly port: number;
  /** Whether it is sealed. */
  readonly mode: GroupMode;
  /** "" in records from before kinds. */
  readonly kind: GroupKind | "";
  /** Who may never come in. */
  readonly banned: readonly PublicKeyHex[];
  /** Who may not speak. */
  readonly muted: readonly PublicKeyHex[];
  /** Since when, by key. */
  readonly mutedSince: ReadonlyMap<PublicKeyHex, bigint>;
  /** Only admins may speak. */
  readonly readOnly: boolean;
  /** Work that joining needs. */
  readonly joinPowBits: number;
  /** Whether somebody chose that. */
  readonly joinPowConfigured: boolean;
  /** Members do not copy each other's messages. */
  readonly peerBackfillDisabled: boolean;
  /** Strangers see it in the catalog. */
  readonly listed: boolean;
  /** Since when it is read-only. */
  readonly readOnlySince: bigint;
  /** The current group key, 32 bytes; empty in public groups. */
  readonly aesKey: Uint8Array;
  /** As it lies on disk. */
  readonly aesKeySealed: Uint8Array;
  /** Of the current key. */
  readonly keyEpoch: bigint;
  /** When the current key was issued. */
  readonly keyIssuedAt: bigint;
  /** Earlier keys, newest first, at most 32. */
  readonly keyRing: readonly RingKey[];
  /** Who is in. */
  readonly members: readonly PublicKeyHex[];
  /** `owner` or `member`. */
  readonly role: "owner" | "member";
  /** Newest accepted decision by watermark key. */
  readonly mutationSeen: ReadonlyMap<string, bigint>;
  /** How we stand. */
  readonly status: GroupStatus;
  /** `d2`: keys come by pairs of members, see docs/d2.md; "": as Go programs know it. */
  readonly keys: GroupKeys;
  /** When it was founded. */
  readonly createdAt: bigint;
  /** When we came in. */
  readonly joinedAt: bigint;
  /** When something was last said. */
  readonly lastMessageAt: bigint;
}

const RING_KEY: GoStruct<RingKey> = goStruct<RingKey>({
  epoch: field("epoch", goU64),
  key: omitted("key", goBytes),
  keySealed: omitted("key_sealed", goBytes),
  addedAtNs: field("added_at", goTime),
});

type Loose = Omit<GroupRecord, "mode" | "kind" | "role" | "status" | "keys"> & {
  readonly keys: string;
  readonly mode: string;
  readonly kind: string;
  readonly role: string;
  readonly status: string;
};

const RECORD: GoStruct<Loose> = goStruct<Loose>({
  id: field("id", goString),
  name: field("name", goString),
  avatar: omitted("avatar", goBytes),
  avatarMime: omitted("avatar_mime", goString),
  ownerPk: field("owner_pk", pkMember),
  admins: omitted("admins", goList(pkMember)),
  admissionPks: omitted("admission_pks", goList(pkMember)),
  port: field("port", goU16),
  mode: field("mode", goString),
  kind: omitted("kind", goString),
  banned: omitted("banned", goList(pkMember)),
  muted: omitted("muted", goList(pkMember)),
  mutedSince: omitted("muted_since", goMap(goTime)),
  readOnly: omitted("read_only", goBool),
  joinPowBits: omitted("join_pow_bits", goU8),
  joinPowConfigured: omitted("join_pow_configured", goBool),
  peerBackfillDisabled: omitted("peer_backfill_disabled", goBool),
  listed: omitted("listed", goBool),
  readOnlySince: field("read_only_since", goTime),
  aesKey: omitted("aes_key", goBytes),
  aesKeySealed: omitted("aes_key_sealed", goBytes),
  keyEpoch: omitted("key_epoch", goU64),
  keyIssuedAt: field("key_issued_at", goTime),
  keyRing: omitted("key_ring", goList(RING_KEY)),
  members: field("members", goList(pkMember)),
  role: field("role", goString),
  mutationSeen: omitted("mutation_seen", goMap(goTime)),
  status: field("status", goString),
  createdAt: field("created_at", goTime),
  joinedAt: field("joined_at", goTime),
  lastMessageAt: field("last_message_at", goTime),
  keys: omitted("dmsg_keys", goString),
});

const STATUSES: readonly string[] = [
  "pending",
  "active",
  "left",
  "revoked",
  "awaiting_approval",
  "denied",
  "banned",
];

/** A record's JSON. */
export const encodeGroupRecord = (record: GroupRecord): string => RECORD.encode(record);

/**
 * Reads a record.
 * @returns undefined when it is none, or a member has a value that there is not.
 */
export function readGroupRecord(json: string | Uint8Array): GroupRecord | undefined {
  const record = RECORD.decode(json);
  if (record === undefined || record.id === "" || record.ownerPk === NULL_PK) return undefined;
  if (record.mode !== "public" && record.mode !== "private" || !kindFits(record.mode, record.kind)) {
    return undefined;
  }
  if (record.role !== "owner" && record.role !== "member" || !STATUSES.includes(record.status)) {
    return undefined;
  }
  if (record.keys !== "" && (record.keys !== "d2" || record.mode !== "private")) return undefined;
  return record as GroupRecord;
}

/** A record with nothing but what every group has; the rest is empty. */
export function groupRecord(
  known:
    & Pick<
      GroupRecord,
      "id" | "name" | "ownerPk" | "port" | "mode" | "kind" | "role" | "status" | "createdAt"
    >
    & Partial<Pick<GroupRecord, "keys">>,
): GroupRecord {
  return { ...RECORD.zero as GroupRecord, ...known, keyIssuedAt: GO_ZERO_TIME_NS };
}

/** Who decides in a group: the founder always. */
export const adminsOf = (
  { ownerPk, admins }: Pick<GroupRecord, "ownerPk" | "admins">,
): PublicKeyHex[] => [ownerPk, ...admins.filter((pk) => pk !== ownerPk)];

/** Who is in: the founder always (readers accept it missing, §b.14). */
export const membersOf = ({ ownerPk, members }: Pick<GroupRecord, "ownerPk" | "members">): PublicKeyHex[] =>
  members.includes(ownerPk) ? [...members] : [ownerPk, ...members];

/** Why a member may not post, in the words of the Go program. */
export type PostRefusal =
  | "you are banned from this group"
  | "you are restricted from sending messages in this group"
  | "this is a channel — only admins can post"
  | "this group is read-only — only admins can send messages";

/** Whether somebody may post now; an admin that is muted may not. @returns Why not, or undefined. */
export function postRefusal(record: GroupRecord, pk: PublicKeyHex): PostRefusal | undefined {
  if (record.banned.includes(pk)) return "you are banned from this group";
  if (record.muted.includes(pk)) return "you are restricted from sending messages in this group";
  if (adminsOf(record).includes(pk)) return undefined;
  if (kindOf(record.mode, record.kind) === "channel") return "this is a channel — only admins can post";
  return record.readOnly ? "this group is read-only — only admins can send messages" : undefined;
}
