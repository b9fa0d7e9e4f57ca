/**
 * A record from what the engine knows, and the other way round: the record is what a restart begins with.
 *
 * @see specification skychat §b.1
 * @module
 */
import { NULL_PK } from "../../crypto/members.ts";
import { GO_ZERO_TIME_NS } from "../../wire/go_time.ts";
import type { GroupKey } from "../keys/ring.ts";
import type { GroupRecord } from "./record.ts";
import type { Roster } from "../roster/roster.ts";

const NOTHING = new Uint8Array(0);

/** The keys of a record, the current one first; their issuers are learnt again from the rotations in our feed. */
export function ringOf(record: GroupRecord): GroupKey[] {
  const known = { issuer: NULL_PK, mark: "", wraps: 0 };
  const current = { ...known, epoch: record.keyEpoch, key: record.aesKey, issuedAtNs: record.keyIssuedAt };
  const earlier = record.keyRing.map(({ epoch, key, addedAtNs }) => ({
    ...known,
    epoch,
    key,
    issuedAtNs: addedAtNs,
  }));
  return [current, ...earlier].filter(({ key }) => key.length > 0);
}

/** The record with no keys. */
export const withoutKeys = (record: GroupRecord): GroupRecord => ({
  ...record,
  aesKey: NOTHING,
  keyEpoch: 0n,
  keyIssuedAt: GO_ZERO_TIME_NS,
  keyRing: [],
});

/** The record with a roster and keys. */
export function recordWith(record: GroupRecord, roster: Roster, ring: readonly GroupKey[]): GroupRecord {
  const [current, ...earlier] = ring;
  return {
    ...record,
    members: roster.members,
    admins: roster.admins,
    banned: [...roster.banned.keys()],
    muted: [...roster.mutedSince.keys()],
    mutedSince: roster.mutedSince,
    readOnly: roster.readOnlySinceNs !== undefined,
    readOnlySince: roster.readOnlySinceNs ?? GO_ZERO_TIME_NS,
    peerBackfillDisabled: !roster.backfill,
    aesKey: current?.key ?? NOTHING,
    keyEpoch: current?.epoch ?? 0n,
    keyIssuedAt: current?.issuedAtNs ?? GO_ZERO_TIME_NS,
    keyRing: earlier.map(({ epoch, key, issuedAtNs }) => ({
      epoch,
      key,
      keySealed: NOTHING,
      addedAtNs: issuedAtNs,
    })),
  };
}
