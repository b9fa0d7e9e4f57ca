/**
 * Whose feeds a member follows.
 *
 * @see specification skychat §b.4
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { GroupKind } from "../joining/invite.ts";
import type { Roster } from "../roster/roster.ts";

/** How many members behind us in the ring are followed, beside the admins. */
const SUCCESSORS = 2;

/**
 * The feeds that a member follows: an admin those of all members; another member those of all admins, and of the two
 * members behind it in the ring of all who are no admins, in the order of their keys.
 * @param founder  Followed by everybody, as programs of the first weeks do it.
 */
export function followedBy(
  own: PublicKeyHex,
  roster: Roster,
  kind: GroupKind,
  founder: PublicKeyHex,
): PublicKeyHex[] {
  const others = roster.members.filter((pk) => pk !== own);
  if (roster.admins.includes(own)) return others.sort();
  const wanted = new Set([founder, ...roster.admins]);
  if (roster.backfill && kind !== "channel") {
    for (const pk of successors(own, roster.members.filter((pk) => !roster.admins.includes(pk)))) {
      wanted.add(pk);
    }
  }
  wanted.delete(own);
  return [...wanted].sort();
}

function successors(own: PublicKeyHex, ring: readonly PublicKeyHex[]): PublicKeyHex[] {
  const sorted = [...new Set([...ring, own])].sort();
  const at = sorted.indexOf(own);
  return Array.from(
    { length: Math.min(SUCCESSORS, sorted.length - 1) },
    (_, i) => sorted[(at + 1 + i) % sorted.length],
  );
}
