/**
 * A message with an invite: what it offers, without its link, which says nothing to a reader and may hold a key.
 *
 * @see specification skychat §h.2
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { offerIn } from "../../lib/app/overlays/invite_links.ts";
import { overlayIn } from "../../lib/overlay/entry.ts";
import { INVITE } from "../../lib/overlay/frame.ts";
import { inviteIn } from "../../lib/overlay/invite.ts";
import type { Renderer } from "./renderer.ts";
import { textRows } from "./renderer.ts";

/** Whether a message offers something that can be accepted or refused. */
export const isInvite = ({ text }: MessageView): boolean =>
  inviteIn(text) !== undefined && overlayIn(text)?.overlay === INVITE;

/** Draws them. */
export const invite: Renderer = {
  kind: "invite",
  is: isInvite,
  rows: (message, { width }) => [
    ...textRows(words(message), width),
    ...(message.outgoing ? [] : textRows("a accepts · N refuses, on the chosen message", width, "dim")),
  ],
  words,
};

function words({ text }: MessageView): string {
  const link = inviteIn(text)!;
  const offer = offerIn(link);
  const what = "fault" in offer
    ? `that can't be used: ${offer.fault}`
    : offer.kind === "contact"
    ? `to talk with ${offer.pk}`
    : `to ${offer.groupKind === "channel" ? "channel" : "group"} ${
      offer.name === undefined ? offer.group : JSON.stringify(offer.name)
    }${offer.groupKind === "private" ? ", private" : ""}`;
  // Our own line says the same; a sentence of a person's is kept.
  const said = text.replace(link, "").replace(/^\[invite\] .*$/m, "").trim();
  return `[invite] ${what}${said === "" ? "" : `\n${said}`}`;
}
