/**
 * How an invite in a conversation stands: what is so counts more than what was said of it.
 *
 * @see lib/app/README.md "Overlays"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { parseGoTime } from "../../wire/go_time.ts";
import type { GroupView, IssuedInvite } from "../groups/groups.ts";
import type { PairView } from "../pairs/pairs.ts";
import type { InviteOffer, InviteState } from "./invite_views.ts";

/** What is known beside the invite itself. */
export interface Known {
  /** Us. */
  readonly pk: PublicKeyHex;
  /** The time, nanoseconds. */
  readonly nowNs: bigint;
  /** Our groups by id. */
  readonly joined: ReadonlyMap<string, GroupView>;
  /** Whom we have accepted. */
  readonly accepted: ReadonlySet<PublicKeyHex>;
  /** Signed invites of a group of ours, or to us as a contact, as they are known here. */
  readonly issued: (group?: string) => Promise<readonly IssuedInvite[]>;
  /** How we stand with those whom we have asked to pair, by key. */
  readonly pairs: () => Promise<ReadonlyMap<PublicKeyHex, PairView>>;
}

/**
 * How it stands.
 * @param mark  What was made of it here.
 */
export async function standingOf(
  offer: InviteOffer | undefined,
  mark: InviteState | undefined,
  author: PublicKeyHex,
  known: Known,
): Promise<InviteState> {
  const { pk } = known;
  if (author === pk || offer?.kind === "contact" && offer.pk === pk) return await ownOf(offer, known);
  if (offer === undefined) return "unusable";
  const rest = mark ?? (isPast(offer, known.nowNs) ? "expired" : "new");
  if (offer.kind === "contact") {
    if (offer.signed !== undefined) return await withContact(offer.pk, offer.signed.id, mark, known) ?? rest;
    return known.accepted.has(offer.pk) && mark === undefined ? "accepted" : rest;
  }
  const group = known.joined.get(offer.group);
  if (group === undefined) return rest;
  const { status, invite } = group;
  if (status === "active") return stays(mark) ? mark : await overFor(offer, known) ?? "accepted";
  if (invite?.id !== offer.signed?.id) {
    // What was said is said of another one; but who is banned, or was denied as itself, comes in by none.
    const isOut = status === "banned" || status === "denied" && invite === undefined;
    return isOut ? mark ?? status : rest;
  }
  if (invite?.ended !== undefined) return invite.ended;
  if (status === "pending" || status === "awaiting_approval") return mark === "refused" ? mark : "asked";
  return mark ?? (status === "denied" || status === "banned" || status === "revoked" ? status : rest);
}

/** What an invite stays though we came in by another one. */
const STAYING: readonly (InviteState | undefined)[] = ["refused", "expired", "used-up", "revoked"];
const stays = (mark: InviteState | undefined): mark is InviteState => STAYING.includes(mark);

/** Why a signed one to a group that we are in is over; undefined: it is not, or it is we who used it. */
async function overFor(
  offer: InviteOffer & { readonly kind: "group" },
  { issued, nowNs, pk }: Known,
): Promise<InviteState | undefined> {
  const known = (await issued(offer.group)).find(({ id }) => id === offer.signed?.id);
  if (known?.used.some((use) => use.pk === pk)) return undefined;
  if (known !== undefined && known.state !== "open") return known.state;
  return isPast(offer, nowNs) ? "expired" : undefined;
}

/** A signed one makes a pair; undefined: nothing came of it. */
async function withContact(
  pk: PublicKeyHex,
  id: string,
  mark: InviteState | undefined,
  { pairs }: Known,
): Promise<InviteState | undefined> {
  const pair = (await pairs()).get(pk);
  if (pair?.status === "active") return stays(mark) ? mark : "accepted";
  if (pair?.invite?.id !== id) return undefined; // what was said is said of another one
  return pair.invite.ended ?? (mark === "refused" ? mark : "asked");
}

/** One of ours says that it is over; else it is ours. */
async function ownOf(offer: InviteOffer | undefined, { issued, joined, nowNs }: Known): Promise<InviteState> {
  if (offer?.signed === undefined) return "own";
  const { id } = offer.signed;
  if (offer.kind === "contact" || joined.get(offer.group)?.status === "active") {
    const all = await (offer.kind === "contact" ? issued() : issued(offer.group));
    const state = all.find((one) => one.id === id)?.state;
    if (state !== undefined && state !== "open") return state;
  }
  return isPast(offer, nowNs) ? "expired" : "own";
}

const isPast = ({ signed }: InviteOffer, nowNs: bigint): boolean =>
  signed !== undefined && nowNs >= parseGoTime(signed.expires);
