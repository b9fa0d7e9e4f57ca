/**
 * A pair as it is kept: the members of the Go program first, ours behind them. Secrets of epochs are not among them:
 * they lie where they can be erased (`lib/app/secrets_form.ts`).
 *
 * @see specification skychat §c.4
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { pkMember } from "../crypto/members.ts";
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import {
  field,
  goBool,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  type GoType,
  goU16,
  goU64,
  omitted,
} from "../wire/go_struct.ts";
import { GO_ZERO_TIME_NS } from "../wire/go_time.ts";

/** How a pair stands: asked for, agreed upon, ended. */
export type PairStatus = "pending" | "active" | "revoked";

/** Of the peer's announcements, the newest one. */
export interface KnownRatchet {
  /** 0: none was seen. */
  readonly generation: bigint;
  /** The key; the null key before the first. */
  readonly ratchet: PublicKeyHex;
  /** When it was announced, by the peer's clock, nanoseconds; Go's zero time before the first. */
  readonly issuedAtNs: bigint;
}

/** Where our ratchet and the peer's stand. */
export interface RatchetState {
  /** Our newest generation; 0 before the first. */
  readonly generation: bigint;
  /** When it was announced, nanoseconds. */
  readonly issuedAtNs: bigint;
  /** Messages that were sealed or opened under it. */
  readonly uses: bigint;
  /** The peer's newest one. */
  readonly peer: KnownRatchet;
  /** Our newest generation that the peer is known to have, and will use from now on; 0: none. */
  readonly heldByPeer: bigint;
}

/** A pair. */
export interface PairRecord {
  /** The other one. */
  readonly peer: PublicKeyHex;
  /** Port of both feeds. */
  readonly port: number;
  /** How it stands. */
  readonly status: PairStatus;
  /** When both had agreed, nanoseconds; Go's zero time before. */
  readonly establishedAtNs: bigint;
  /** When something was last said, nanoseconds; Go's zero time before. */
  readonly lastMessageAtNs: bigint;
  /** See {@link RatchetState}. */
  readonly ratchet: RatchetState;
  /** Whether our invite was handed over. */
  readonly isInviteSent: boolean;
  /** Number of our last message. */
  readonly seq: bigint;
  /** Time of our last message, nanoseconds: the next one is later whatever the clock says. */
  readonly lastSaidNs: bigint;
  /** Time of the peer's newest message that was taken, nanoseconds. */
  readonly takenToNs: bigint;
  /** Up to which of our messages the peer says to have read, nanoseconds. */
  readonly readByPeerToNs: bigint;
  /** When the peer began its keys anew, nanoseconds, by its clock; Go's zero time: never. */
  readonly rekeyedAtNs: bigint;
  /** Who holds both feeds; the null key: nobody. */
  readonly holder: PublicKeyHex;
  /** When it was named, nanoseconds; 0: by a program that did not write it down. */
  readonly holderNamedNs: bigint;
}

const RATCHET: GoStruct<RatchetState> = goStruct<RatchetState>({
  generation: field("generation", goU64),
  issuedAtNs: field("issued_at", goTime),
  uses: field("uses", goU64),
  peer: field(
    "peer",
    goStruct<KnownRatchet>({
      generation: field("generation", goU64),
      ratchet: field("ratchet_pk", pkMember),
      issuedAtNs: field("issued_at", goTime),
    }),
  ),
  heldByPeer: field("held_by_peer", goU64),
});

const RECORD: GoStruct<PairRecord> = goStruct<PairRecord>({
  peer: field("peer_pk", pkMember),
  port: field("port", goU16),
  status: field("status", goString as unknown as GoType<PairStatus>),
  establishedAtNs: field("established_at", goTime),
  lastMessageAtNs: field("last_message_at", goTime),
  ratchet: field("ratchet", RATCHET),
  isInviteSent: omitted("invite_sent", goBool),
  seq: omitted("seq", goU64),
  lastSaidNs: field("last_said", goTime),
  takenToNs: field("taken_to", goTime),
  readByPeerToNs: field("read_by_peer_to", goTime),
  rekeyedAtNs: field("rekeyed_at", goTime),
  holder: field("holder", pkMember),
  holderNamedNs: omitted("holder_named", goU64),
});

/** A pair of which nothing has been said. */
export const newPair = (
  peer: PublicKeyHex,
  port: number,
  status: PairStatus,
  establishedAtNs: bigint = GO_ZERO_TIME_NS,
): PairRecord => ({
  ...RECORD.zero,
  peer,
  port,
  status,
  establishedAtNs,
});

/** A record's JSON. */
export const encodePairRecord = (record: PairRecord): Uint8Array => utf8(RECORD.encode(record));

/** Reads it. @returns undefined when it is none. */
export function readPairRecord(bytes: Uint8Array): PairRecord | undefined {
  const record = RECORD.decode(fromUtf8(bytes));
  return record && ["pending", "active", "revoked"].includes(record.status) ? record : undefined;
}
