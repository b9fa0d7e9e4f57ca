/**
 * Signed invites of a group of ours: issues, shows and revokes them.
 *
 * @see lib/group/README.md "Signed invites"
 * @module
 */
import type { GroupOut } from "../../../group/group_types.ts";
import type { KnownInvite } from "../../../group/joining/invite_book.ts";
import type { InviteRecord } from "../../../group/joining/invite_record.ts";
import { adminsOf } from "../../../group/record/record.ts";
import { readSignedInvite } from "../../../group/joining/signed_invite.ts";
import { curveSigner, type Signer } from "../../../group/talk/signer.ts";
import { formatGoTime } from "../../../wire/go_time.ts";
import { refusal } from "../group_errors.ts";
import type { GroupRoom } from "../room/group_room.ts";
import { endOf } from "../views/invite_terms.ts";
import type { InviteTerms, IssuedInvite } from "../views/issued.ts";
import type { Beside } from "../room/types.ts";

/**
 * Issues one.
 * @param beside  What else goes into the commit that keeps it, by its id.
 * @returns Its id.
 * @throws {UserError} usage: none may say that; refused: we do not decide here, or have too many open.
 */
export async function issue(
  room: GroupRoom,
  terms: InviteTerms,
  nowNs: bigint,
  beside?: (outs: readonly GroupOut[], id: string) => ReturnType<Beside>,
): Promise<string> {
  const { uses, onlyInviter = false, note = "" } = terms;
  const expiresNs = endOf(terms, nowNs);
  const idIn = (outs: readonly GroupOut[]): string => outs.find((out) => out.kind === "invited")?.id ?? "";
  const { outs, refused } = await room.handle(
    { kind: "invite", uses, expiresNs, onlyInviter, note },
    beside && ((outs) => beside(outs, idIn(outs))),
  );
  if (refused !== undefined) throw refusal(refused, room.record);
  return idIn(outs);
}

/** What we have signed and kept ourselves need not be proven again, which costs a millisecond and more each. */
const OURS: Signer = { ...curveSigner, verify: () => true };

/** All that are known of a group, the newest first. */
export function issuedIn(room: GroupRoom, nowNs: bigint): IssuedInvite[] {
  const admins = adminsOf(room.record);
  const ours = new Map(room.extra.issued.map((link) => {
    const { id, note } = readSignedInvite(link, OURS);
    return [id, { link, ...(note === "" ? {} : { note }) }];
  }));
  return room.invites().map((known): IssuedInvite => {
    const { issued, used, revoked } = known;
    return {
      id: issued.invite,
      group: room.record.id,
      inviter: issued.by,
      issued: formatGoTime(issued.atNs),
      expires: formatGoTime(issued.expiresNs),
      uses: issued.uses,
      used: used.map(({ peer, by, atNs }) => ({ pk: peer, by, ts: formatGoTime(atNs) })),
      atMost: issued.onlyInviter ? issued.uses : issued.uses * Math.max(1, admins.length),
      onlyInviter: issued.onlyInviter,
      state: stateOf(known, admins.includes(issued.by), nowNs),
      ...revokedBy(revoked),
      ...ours.get(issued.invite),
    };
  });
}

/** In the order in which a door says it. */
function stateOf(
  { issued, used, revoked }: KnownInvite,
  decides: boolean,
  nowNs: bigint,
): IssuedInvite["state"] {
  if (revoked !== undefined || !decides) return "revoked";
  if (nowNs >= issued.expiresNs) return "expired";
  return used.length >= issued.uses ? "used-up" : "open";
}

const revokedBy = (revoked: InviteRecord | undefined): { revokedBy?: string } =>
  revoked === undefined ? {} : { revokedBy: revoked.by };
