/**
 * The invites of a conversation, and how each stands.
 *
 * @module
 */
import type { InviteView } from "../../lib/app/overlays/invite_views.ts";
import { cleanLine } from "../drawing/text.ts";
import { nameOf, nameOfPeer, step } from "../state/model.ts";
import type { Model, Overlay, Step } from "../state/types.ts";
import { askedStands } from "../steps/invites.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";
import { atOf, conversationOf } from "./share.ts";

const STATES: Readonly<Record<string, string>> = {
  "used-up": "used up",
  own: "ours",
  unusable: "can't be used",
};

function words(model: Model, { offer, state, reason, author }: InviteView): string {
  const what = offer === undefined
    ? "a link"
    : offer.kind === "contact"
    ? `contact ${offer.pk === model.own ? "you" : nameOfPeer(model, offer.pk)}`
    : `group ${cleanLine(offer.name ?? offer.group)}`;
  const from = author === model.own ? "you" : nameOfPeer(model, author);
  const why = reason === undefined ? "" : `: ${cleanLine(reason)}`;
  const standing = state === "asked" ? askedStands(offer) : STATES[state] ?? state;
  return `${what}  from ${from}, ${standing}${why}`;
}

const answering =
  (answer: "accept" | "refuse") => (model: Model, top: Overlay, item: Item | undefined): Step => {
    const found = model.shared?.invites?.find(({ id }) => id === item?.id);
    if (found === undefined) return step(model);
    return step(model, {
      kind: "share",
      ...atOf(top),
      say: { in: "invite", position: found.position, answer },
    });
  };

/** The overlay. */
export const invites: OverlayKind = overlayOf({
  name: "invites",
  opensOn: "invites",
  title: (model, top) => `Invites with ${nameOf(model, conversationOf(top))}`,
  hint: "Enter accepts · x refuses · Esc closes",
  lines: (model) => model.shared?.invites?.length === 0 ? [[{ text: "No invites yet", style: "dim" }]] : [],
  items: (model) =>
    (model.shared?.invites ?? []).map((one) => ({
      id: one.id,
      text: words(model, one),
      ...(one.state === "new" ? {} : { style: "dim" as const }),
    })),
  choose: answering("accept"),
  keys: { x: answering("refuse") },
});
