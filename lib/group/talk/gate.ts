/**
 * Which messages are shown: what is decided about their senders, at any time and at theirs.
 *
 * @see specification skychat §b.6, §b.14
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { GroupKind } from "../joining/invite.ts";
import { holdsAt, type Roster } from "../roster/roster.ts";

/**
 * `shown`; `wait`: its sender is nobody that we know of yet; `refused`: it is dropped; `silenced`: it is dropped unless
 * it only takes something back.
 */
export type Verdict = "shown" | "wait" | "refused" | "silenced";

/**
 * Judges a message whose signature is good.
 *
 * A ban and a channel's rule act on messages of any age, mute and read-only on those of their time (§b.6): what was
 * said then stays refused afterwards, so that it does not matter when a node learnt of either. A member that has
 * left is heard with what it wrote before it left; a clock that goes ahead or behind does not matter while its owner
 * is in. Who was put out, or decides no more in a channel, may still take back what it said while it could: one
 * member may hear that before the decision, and another behind it.
 * @param tsNs  The message's own time.
 */
export function judge(roster: Roster, kind: GroupKind, sender: PublicKeyHex, tsNs: bigint): Verdict {
  if (roster.banned.has(sender)) return "refused";
  const isMuted = holdsAt(roster.mutedSpans.get(sender), tsNs);
  // As in Go programs: who mutes an admin means it.
  if (roster.admins.includes(sender)) return isMuted ? "silenced" : "shown";
  if (kind === "channel") return channelVerdict(roster, sender, tsNs);
  const spans = roster.memberSpans.get(sender);
  if (spans === undefined) return "wait";
  const isIn = roster.members.includes(sender);
  if (!isIn && !spans.some(({ toNs }) => toNs !== undefined && tsNs < toNs)) return "silenced";
  return isMuted || holdsAt(roster.readOnlySpans, tsNs) ? "silenced" : "shown";
}

/**
 * From when on somebody is heard, who may speak now: behind the end of a silence that whoever ended it dates later than
 * our clock stands, days perhaps. Else what is said until then would be refused by everybody.
 * @param tsNs  When it would speak. @returns That, or the end of the silence in which that lies.
 */
export function heardFrom(roster: Roster, sender: PublicKeyHex, tsNs: bigint): bigint {
  const { admins, mutedSpans, readOnlySpans } = roster;
  const silences = [...mutedSpans.get(sender) ?? [], ...(admins.includes(sender) ? [] : readOnlySpans)];
  const around = silences.find((silence) => holdsAt([silence], tsNs));
  return around?.toNs === undefined ? tsNs : heardFrom(roster, sender, around.toNs);
}

function channelVerdict({ adminSpans }: Roster, pk: PublicKeyHex, tsNs: bigint): Verdict {
  const spans = adminSpans.get(pk);
  if (spans === undefined) return "refused";
  return spans.some(({ toNs }) => toNs === undefined || tsNs < toNs) ? "shown" : "silenced";
}
