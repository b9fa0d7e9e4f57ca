/**
 * What admins tell each other of signed invites, as signed leaves of their feeds: that one was issued, that somebody
 * came in by it, that it is revoked. No link can be made of them. Go programs pass over these leaves.
 *
 * @see lib/group/README.md "Signed invites"
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK, pkMember, signatureMember } from "../../crypto/members.ts";
import { concat, fromHex, u32Bytes, u64Bytes, utf8 } from "../../wire/bytes.ts";
import { isUnixNano } from "../../wire/go_time.ts";
import {
  field,
  goBool,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  goU16,
  goU8,
  omitted,
} from "../../wire/go_struct.ts";
import { INVITE_ID_BYTES, MAX_INVITE_USES } from "./signed_invite.ts";
import type { Signer } from "../talk/signer.ts";
import { uuidBytes } from "../record/uuid.ts";

/** Where they lie in a feed. */
export const INVITE_PATHS = "invites";
/** What a record tells, by its number. */
const INVITE_OPS: Readonly<Record<number, string>> = { 1: "issued", 2: "used", 3: "revoked" };
/** It was issued; its `by` is the inviter. */
export const ISSUED = 1;
/** Its `peer` came in by it, let in by `by`. */
export const USED = 2;
/** `by` has taken it back. */
export const REVOKED = 3;

const DOMAIN = utf8("dmsg invite record v1");

/** What an admin tells of an invite. */
export interface InviteRecord {
  /** UUID text of the group. */
  readonly groupId: string;
  /** Names the invite: 32 hex characters. */
  readonly invite: string;
  /** See {@link INVITE_OPS}. */
  readonly op: number;
  /** How many it lets in; 0 where that is not told. */
  readonly uses: number;
  /** Only its inviter lets in by it. */
  readonly onlyInviter: boolean;
  /** Who came in; else the null key. */
  readonly peer: PublicKeyHex;
  /** Who tells it. */
  readonly by: PublicKeyHex;
  /** When that was, nanoseconds. */
  readonly atNs: bigint;
  /** When the invite ends, nanoseconds: until a day behind that the record is kept. */
  readonly expiresNs: bigint;
  /** 65 bytes. */
  readonly signature: Uint8Array;
}

const RECORD: GoStruct<InviteRecord> = goStruct<InviteRecord>({
  groupId: field("group_id", goString),
  invite: field("invite", goString),
  op: field("op", goU8),
  uses: omitted("uses", goU16),
  onlyInviter: omitted("only_inviter", goBool),
  peer: field("peer_pk", pkMember),
  by: field("issuer_pk", pkMember),
  atNs: field("issued_at", goTime),
  expiresNs: field("expires_at", goTime),
  signature: field("signature", signatureMember),
});

/** The value of a record's leaf, UTF-8 JSON. */
export const encodeInviteRecord = (record: InviteRecord): Uint8Array => utf8(RECORD.encode(record));

/** Reads a value. @param plain  UTF-8 JSON. @returns undefined when it is none. */
export const readInviteRecord = (plain: string): InviteRecord | undefined => RECORD.decode(plain);

/** Where a record lies: one place for each invite, and for each one who came in by it. */
export const inviteRecordPath = (
  { invite, op, peer }: Pick<InviteRecord, "invite" | "op" | "peer">,
): string => `${INVITE_PATHS}/${invite}/${INVITE_OPS[op]}${op === USED ? `/${peer}` : ""}`;

/**
 * What its signature covers, before any hash: domain ‖ uuid (16) ‖ invite (16) ‖ u8 op ‖ u8 only inviter ‖ u32 uses ‖
 * peer (33) ‖ by (33) ‖ u64 at ‖ u64 expires.
 * @returns undefined when the group's id is no UUID or the invite's not 16 bytes.
 */
export function inviteRecordPreimage(record: Omit<InviteRecord, "signature">): Uint8Array | undefined {
  const { groupId, invite, op, uses, onlyInviter, peer, by, atNs, expiresNs } = record;
  const uuid = uuidBytes(groupId);
  if (uuid === undefined || !INVITE_ID.test(invite)) return undefined;
  const numbers = [Uint8Array.of(op, onlyInviter ? 1 : 0), u32Bytes(uses)];
  const keys = [fromHex(peer), fromHex(by)];
  return concat(DOMAIN, uuid, fromHex(invite), ...numbers, ...keys, u64Bytes(atNs), u64Bytes(expiresNs));
}

const INVITE_ID = new RegExp(`^[0-9a-f]{${INVITE_ID_BYTES * 2}}$`);

/** A signed record. @throws {RangeError} Its group or its invite has no such id. */
export function makeInviteRecord(
  body: Omit<InviteRecord, "by" | "signature">,
  own: KeyPair,
  signer: Signer,
): InviteRecord {
  const signed = { ...body, by: own.pk };
  const covered = inviteRecordPreimage(signed);
  if (covered === undefined) throw new RangeError("the id of the group or of the invite is none");
  return { ...signed, signature: signer.sign(own.secret, sha256(covered)) };
}

/** Whether a record has its form and the signature of who tells it. */
export function isGenuineInviteRecord(record: InviteRecord, signer: Signer): boolean {
  const { by, op, peer, uses } = record;
  if (!Object.hasOwn(INVITE_OPS, op) || by === NULL_PK || (op === USED) !== (peer !== NULL_PK)) return false;
  if (op === ISSUED ? uses < 1 || uses > MAX_INVITE_USES : uses !== 0 || record.onlyInviter) return false;
  if (!isUnixNano(record.atNs) || !isUnixNano(record.expiresNs)) return false;
  const covered = inviteRecordPreimage(record);
  return covered !== undefined && signer.verify(by, record.signature, sha256(covered));
}
