/**
 * Signed invites of one group: what we issue and revoke, who comes in by them, and what admins tell each other of that.
 * Their records lie in the feeds of all admins, sealed in a private group as decisions are.
 *
 * @see lib/group/README.md "Signed invites"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import { fromUtf8, toHex } from "../../wire/bytes.ts";
import { sealGovernance } from "../roster/governance.ts";
import type { GroupState } from "../group_state.ts";
import type { GroupIn, GroupOut } from "../group_types.ts";
import { InviteBook, type InviteVerdict, isOver, type KnownInvite } from "./invite_book.ts";
import {
  encodeInviteRecord,
  type InviteRecord,
  inviteRecordPath,
  isGenuineInviteRecord,
  ISSUED,
  makeInviteRecord,
  readInviteRecord,
  REVOKED,
  USED,
} from "./invite_record.ts";
import { Parking } from "../talk/parking.ts";
import { INVITE_ID_BYTES, makeSignedInvite, MAX_INVITE_ADMINS, type SignedInvite } from "./signed_invite.ts";

/** Most invites of one admin that can still let somebody in: each may come to 102 leaves. */
export const MAX_OPEN_INVITES = 32;

/** Signed invites of one group. */
export class Inviting {
  readonly #book = new InviteBook();
  /** What no key opens yet, and what somebody says who is no admin yet, by path and value. */
  readonly #parked = new Parking<{ readonly path: string; readonly value: Uint8Array }>();

  /** Nothing of our feed is read yet. */
  constructor(private readonly state: GroupState) {}

  /** All that are known, the newest first. */
  all(): KnownInvite[] {
    return this.#book.all();
  }

  /** Reads back a leaf of our own feed. */
  restore(path: string, value: Uint8Array): void {
    this.#read(path, value, undefined);
  }

  /** Takes a leaf of a feed. @returns Why it was dropped. */
  take(path: string, value: Uint8Array, nowNs: bigint): string | undefined {
    return this.#read(path, value, nowNs);
  }

  /** Tries again what had to wait, when decisions or keys have come; and copies what we did not as no admin. */
  retry(nowNs: bigint): void {
    for (const { path, value } of this.#parked.takeAll()) this.#read(path, value, nowNs);
    if (!this.state.isAdmin) return;
    for (const record of this.#book.records()) {
      if (!this.state.feed.has(inviteRecordPath(record))) this.#put(record);
    }
  }

  /** Whether something that waited had to go, since the last call. */
  takeMissed(): boolean {
    return this.#parked.takeLost();
  }

  /** Forgets what is over. */
  prune(nowNs: bigint): void {
    for (const path of this.#book.prune(nowNs)) this.state.feed.drop(path);
  }

  /** Seals all records anew under the current key, each in its place. */
  sealAgain(): void {
    if (!this.state.isPrivate) return;
    for (const record of this.#book.records()) {
      if (this.state.feed.has(inviteRecordPath(record))) this.#put(record);
    }
  }

  /** Issues one; gives its link out. @throws {SignedInviteError} It is to say what none may say. */
  issue(
    { uses, expiresNs, onlyInviter, note }: Extract<GroupIn, { kind: "invite" }>,
    nowNs: bigint,
    outs: GroupOut[],
  ): void {
    const { governor: { ring, roster }, isAdmin, isPrivate, own, random, record, kind, signer } = this.state;
    if (!isAdmin) return void outs.push({ kind: "refused", reason: "not an admin" });
    if (isPrivate && ring.length === 0) return void outs.push({ kind: "refused", reason: "no key" });
    const open = this.#book.all().filter((known) => known.issued.by === own.pk && this.#isOpen(known, nowNs));
    if (open.length >= MAX_OPEN_INVITES) {
      return void outs.push({ kind: "refused", reason: "too many invites" });
    }
    const id = toHex(random.bytes(INVITE_ID_BYTES));
    const { id: groupId, name, ownerPk, port } = record;
    const admins = roster.admins.filter((pk) => pk !== own.pk && pk !== ownerPk).slice(0, MAX_INVITE_ADMINS);
    const group = { id: groupId.toLowerCase(), name, kind, ownerPk, port, admins };
    const said = { id, issuedNs: nowNs, expiresNs, uses, onlyInviter, note, group };
    const link = makeSignedInvite(said, own, signer);
    this.#tell({ invite: id, op: ISSUED, uses, onlyInviter, expiresNs }, nowNs);
    outs.push({ kind: "invited", id, link });
  }

  /** Takes one back. */
  revoke(invite: string, nowNs: bigint, outs: GroupOut[]): void {
    const known = this.#book.get(invite);
    const refused = (reason: string) => void outs.push({ kind: "refused", reason });
    if (!this.state.isAdmin) return refused("not an admin");
    if (known === undefined) return refused("no such invite");
    if (known.revoked !== undefined) return refused("nothing changes");
    this.#tell({ invite, op: REVOKED, expiresNs: known.issued.expiresNs }, nowNs);
  }

  /** Whether an invite lets somebody in here. */
  judge(invite: SignedInvite, peer: PublicKeyHex, nowNs: bigint): InviteVerdict {
    const { governor: { roster }, own, record } = this.state;
    if (invite.group?.id !== record.id.toLowerCase() || invite.group.ownerPk !== record.ownerPk) {
      return "elsewhere";
    }
    return this.#book.judge(invite, peer, { self: own.pk, roster, nowNs });
  }

  /** Somebody has come in by one. */
  used({ id, expiresNs }: SignedInvite, peer: PublicKeyHex, nowNs: bigint): void {
    this.#tell({ invite: id, op: USED, peer, expiresNs }, nowNs);
  }

  #isOpen({ issued, used, revoked }: KnownInvite, nowNs: bigint): boolean {
    return revoked === undefined && nowNs < issued.expiresNs && used.length < issued.uses;
  }

  #tell(
    told: Pick<InviteRecord, "invite" | "op" | "expiresNs"> & Partial<InviteRecord>,
    nowNs: bigint,
  ): void {
    const { own, record, signer } = this.state;
    const body = { groupId: record.id, uses: 0, onlyInviter: false, peer: NULL_PK, atNs: nowNs, ...told };
    const made = makeInviteRecord(body, own, signer);
    if (this.#book.take(made)) this.#put(made);
  }

  #put(record: InviteRecord): void {
    const { feed, governor, isPrivate, random } = this.state;
    const plain = encodeInviteRecord(record);
    const [current] = governor.ring;
    const value = isPrivate && current !== undefined ? sealGovernance(current.key, plain, random) : plain;
    feed.replace(inviteRecordPath(record), value);
  }

  /** @param nowNs  undefined: it lies in our own feed, and was judged when it came. */
  #read(path: string, value: Uint8Array, nowNs: bigint | undefined): string | undefined {
    const { governor, record: { id }, signer, isAdmin } = this.state;
    const park = () => {
      this.#parked.put(`${path} ${toHex(value)}`, { path, value });
      return undefined;
    };
    const plain = governor.unsealed(value)?.plain;
    if (plain === undefined) return park();
    const record = readInviteRecord(fromUtf8(plain));
    if (record === undefined || inviteRecordPath(record) !== path) return "it is no record of an invite";
    if (record.groupId.toLowerCase() !== id.toLowerCase()) return "it is of another group";
    if (nowNs !== undefined && isOver(record, nowNs) || this.#book.has(record)) return undefined;
    if (!isGenuineInviteRecord(record, signer)) return "it is not of who tells it";
    // Whoever ever decided may have used one up or revoked it: at worst an invite is of no more use.
    if (!governor.roster.adminSpans.has(record.by)) return park();
    this.#book.take(record);
    if (isAdmin && nowNs !== undefined) this.#put(record);
    return undefined;
  }
}
