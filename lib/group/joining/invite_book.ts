/**
 * What an admin knows of signed invites, and whether one lets somebody in. What follows depends on the set of records
 * and not on the order in which they came.
 *
 * @see lib/group/README.md "Signed invites"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { InviteEnd } from "./admission.ts";
import { type InviteRecord, inviteRecordPath, ISSUED, REVOKED, USED } from "./invite_record.ts";
import type { Roster } from "../roster/roster.ts";
import type { SignedInvite } from "./signed_invite.ts";

/** Whether an invite lets somebody in; `elsewhere`: that is not ours to say. */
export type InviteVerdict = "admits" | InviteEnd | "elsewhere";

/** How long behind its end an invite is remembered: clocks are off, and who is told late is told the right thing. */
export const INVITE_GRACE_NS = 86_400_000_000_000n;
/**
 * Most records: what 32 invites of 100 uses by each of 2 admins take, and more. Beyond that those go of whoever has the
 * most, the first to end: nobody's flood pushes out what another one has revoked.
 */
const MAX_INVITE_RECORDS = 8192;

/** An invite as it is known. */
export interface KnownInvite {
  /** That it was issued. */
  readonly issued: InviteRecord;
  /** Who came in by it, the first one first. */
  readonly used: readonly InviteRecord[];
  /** That it was revoked. */
  readonly revoked: InviteRecord | undefined;
}

/** All records that are known. */
export class InviteBook {
  /** By path. */
  readonly #records = new Map<string, InviteRecord>();
  /** Who came in by each invite. */
  readonly #used = new Map<string, Set<PublicKeyHex>>();

  /** All records. */
  records(): Iterable<InviteRecord> {
    return this.#records.values();
  }

  /** Whether this very record is the one that is known in its place. */
  has(record: InviteRecord): boolean {
    const known = this.#records.get(inviteRecordPath(record));
    return known !== undefined && !isBefore(record, known);
  }

  /**
   * Takes a genuine record. Of two in one place the earlier one stays, so everybody ends with the same.
   * @returns Whether it is news.
   */
  take(record: InviteRecord): boolean {
    if (this.has(record)) return false;
    this.#records.set(inviteRecordPath(record), record);
    if (record.op === USED) {
      const used = this.#used.get(record.invite) ?? new Set();
      this.#used.set(record.invite, used.add(record.peer));
    }
    return true;
  }

  /** Forgets what is over, and what is too much. @returns Its paths. */
  prune(nowNs: bigint): string[] {
    const gone = [...this.#records].filter(([, record]) => isOver(record, nowNs)).map(([path]) => path);
    const rest = this.#records.size - gone.length - MAX_INVITE_RECORDS;
    if (rest > 0) gone.push(...tooMany([...this.#records].filter(([, one]) => !isOver(one, nowNs)), rest));
    for (const path of gone) {
      const { invite, op, peer } = this.#records.get(path)!;
      this.#records.delete(path);
      if (op === USED) this.#used.get(invite)?.delete(peer);
    }
    return gone;
  }

  /** Whether somebody has come in by an invite. */
  hasUsed(invite: string, peer: PublicKeyHex): boolean {
    return this.#used.get(invite)?.has(peer) ?? false;
  }

  /** How many have come in by an invite. */
  uses(invite: string): number {
    return this.#used.get(invite)?.size ?? 0;
  }

  /** Who has revoked an invite. */
  revocation(invite: string): InviteRecord | undefined {
    return this.#records.get(inviteRecordPath({ invite, op: REVOKED, peer: "" }));
  }

  /** An invite by its id. */
  get(invite: string): KnownInvite | undefined {
    const issued = this.#records.get(inviteRecordPath({ invite, op: ISSUED, peer: "" }));
    if (issued === undefined) return undefined;
    const used = [...this.#used.get(invite) ?? []]
      .map((peer) => this.#records.get(inviteRecordPath({ invite, op: USED, peer }))!)
      .sort((a, b) => isBefore(a, b) ? -1 : 1);
    return { issued, used, revoked: this.revocation(invite) };
  }

  /** All that were issued, the newest first. */
  all(): KnownInvite[] {
    return [...this.#records.values()].filter(({ op }) => op === ISSUED)
      .sort((a, b) => isBefore(a, b) ? 1 : -1).map(({ invite }) => this.get(invite)!);
  }

  /**
   * Whether an invite lets somebody in.
   * @param invite  As it was read, for this group.
   * @param self  The admin that is asked.
   */
  judge(
    invite: SignedInvite,
    peer: PublicKeyHex,
    { self, roster, nowNs }: { readonly self: PublicKeyHex; readonly roster: Roster; readonly nowNs: bigint },
  ): InviteVerdict {
    const { id, inviter } = invite;
    if (!roster.adminSpans.has(inviter)) return "elsewhere"; // its promotion may be on its way
    if (!roster.admins.includes(inviter) || this.revocation(id) !== undefined) return "revoked";
    if (nowNs >= invite.expiresNs) return "expired";
    if (invite.onlyInviter && inviter !== self) return "elsewhere";
    // Who came in by it and was put out again does not come back by it.
    return this.hasUsed(id, peer) || this.uses(id) >= invite.uses ? "used-up" : "admits";
  }
}

/** Whether a record is no longer kept. */
export const isOver = ({ expiresNs }: InviteRecord, nowNs: bigint): boolean =>
  nowNs >= expiresNs + INVITE_GRACE_NS;

/** The paths of so many: each of an issuer who has the most then, and its first to end. */
function tooMany(records: readonly (readonly [string, InviteRecord])[], count: number): string[] {
  const byEnd = records.toSorted(([p, a], [q, b]) =>
    a.expiresNs === b.expiresNs ? p < q ? -1 : 1 : a.expiresNs < b.expiresNs ? -1 : 1
  );
  const issuers = [...Map.groupBy(byEnd, ([, { by }]) => by)].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([, of]) => ({ of, from: 0 }));
  const left = ({ of, from }: { of: readonly unknown[]; from: number }): number => of.length - from;
  return Array.from({ length: count }, () => {
    const most = issuers.reduce((a, b) => left(b) > left(a) ? b : a);
    return most.of[most.from++][0];
  });
}

const isBefore = (a: InviteRecord, b: InviteRecord): boolean =>
  a.atNs === b.atNs ? a.by < b.by : a.atNs < b.atNs;
