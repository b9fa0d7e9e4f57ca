/**
 * Invites that messages carry: where each stands, and asking for that. Nothing is dialled by looking at one.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { InviteState, InviteView } from "../../lib/app/overlays/overlays.ts";
import { overlayIn } from "../../lib/overlay/entry.ts";
import { INVITE } from "../../lib/overlay/frame.ts";
import { inviteIn } from "../../lib/overlay/invite.ts";
import { cleanLine } from "../drawing/text.ts";
import type { Said } from "../effects/parts.ts";
import type { InvitesEffect } from "../state/effect.ts";
import { idOf, keyOf } from "../state/model.ts";
import type { ConversationId, Effect, Model, Msg } from "../state/types.ts";
import { placeKey, whenSpoken, withPlaces } from "./files.ts";

/** The newest invites of a conversation whose state is known here: as many as messages are loaded. */
const MAX_INVITES = 400;

/** In words, where they are not the state's own name. */
const STATES: Readonly<Partial<Record<InviteState, string>>> = {
  "used-up": "used up",
  unusable: "can't be used",
};

/** Whether a message offers something that can be accepted or refused. */
export const isInvite = ({ text }: MessageView): boolean =>
  inviteIn(text) !== undefined && overlayIn(text)?.overlay === INVITE;

/** Whether it can still be taken up. */
export const canAccept = ({ state }: InviteView): boolean => state === "new" || state === "refused";

/** What is waited for behind our asking, in words. By a signed invite nobody has to approve; somebody has to be there. */
export const askedStands = (offer: InviteView["offer"]): string =>
  offer?.kind === "contact"
    ? "asked: no answer yet"
    : `asked to be let in: ${
      offer?.signed === undefined ? "an admin has to approve" : "no admin has answered yet"
    }`;

/** Where an invite stands, in words; empty while nothing was made of it. What others said is cleaned. */
export function inviteStands({ state, reason, offer }: InviteView): string {
  if (state === "new" || state === "own") return "";
  if (state === "asked") return askedStands(offer);
  return (STATES[state] ?? state) + (reason === undefined ? "" : `: ${cleanLine(reason)}`);
}

/** Asks where invites stand when a message with one has come, and when what we are in has changed. */
export function invitesAgain(model: Model, msg: Msg): Effect[] {
  const isPair = msg.kind === "event" && msg.event.kind === "network" && msg.event.name === "pair-invite";
  if (msg.kind !== "groups" && msg.kind !== "peers" && !isPair) {
    return whenSpoken(model, msg, isInvite).map((id) => ({ kind: "invites", id }));
  }
  const id = model.open;
  return id !== undefined && has(model, id) ? [{ kind: "invites", id }] : [];
}

/** Where the invites of a conversation stand. */
export const invitesCame = (model: Model, { id, invites }: Extract<Msg, { kind: "invites" }>): Model => ({
  ...model,
  invites: withPlaces(model.invites, id, invites),
});

/** What is known of the invite of a message. */
export const inviteOf = (model: Model, { peer, position }: MessageView): InviteView | undefined =>
  model.invites.size === 0 ? undefined : model.invites.get(placeKey(idOf(peer), position));

/** Asks; the answer goes to `tell`. @throws What the App throws. */
export async function doInvites(
  { overlays }: App,
  { id }: InvitesEffect,
  tell: (msg: Said) => void,
): Promise<void> {
  const { rows } = await overlays.invites({ conversation: keyOf(id), limit: MAX_INVITES });
  tell({ kind: "invites", id, invites: rows });
}

const has = ({ invites }: Model, id: ConversationId): boolean =>
  [...invites.keys()].some((key) => key.startsWith(`${id} `));
