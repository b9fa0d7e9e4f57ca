/**
 * A message with an invite: what it offers, without its link, which says nothing to a reader and may hold a key.
 *
 * @see specification skychat §h.2
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { offerIn } from "../../lib/app/overlays/invite_links.ts";
import type { InviteState, InviteView } from "../../lib/app/overlays/overlays.ts";
import { inviteIn } from "../../lib/overlay/invite.ts";
import type { Row } from "../drawing/screen.ts";
import type { Style } from "../drawing/style.ts";
import { minuteOf } from "../drawing/time.ts";
import { canAccept, inviteOf, inviteStands, isInvite } from "../steps/invites.ts";
import type { Renderer } from "./renderer.ts";
import { namesIn, type Reader, textRows } from "./renderer.ts";

/** Draws them. */
export const invite: Renderer = {
  kind: "invite",
  is: isInvite,
  rows: (message, { model, width }) => [
    ...textRows(words(message, model), width),
    ...standing(inviteOf(model, message), width, message.outgoing),
  ],
  words,
};

/** Where it stands, with what can be done about it; of ours whether it is over. */
function standing(view: InviteView | undefined, width: number, isOurs: boolean): Row[] {
  const stands = view === undefined ? "" : inviteStands(view);
  if (isOurs) return stands === "" ? [] : textRows(stands, width, "dim");
  if (stands === "") return textRows("a accepts · N refuses, on the chosen message", width, "dim");
  return textRows(
    canAccept(view!) ? `${stands} (a accepts it)` : stands,
    width,
    STYLES[view!.state] ?? "warning",
  );
}

const STYLES: Readonly<Partial<Record<InviteState, Style>>> = {
  accepted: "good",
  asked: "title",
  refused: "dim",
  unusable: "dim",
};

/** A name is ours, and the key is what the link leads to. */
const withName = (name: string | undefined, key: string): string =>
  name === undefined ? key : `${name}, ${key}`;

/** A time as its reader's clock has it; where that is not known, in UTC and named so. */
const momentFor = (ts: string, reader?: Reader): string =>
  reader === undefined ? `${ts.slice(0, 16).replace("T", " ")} UTC` : minuteOf(reader, ts);

function words({ text }: MessageView, reader?: Reader): string {
  const link = inviteIn(text)!;
  const offer = offerIn(link);
  const what = "fault" in offer
    ? `that can't be used: ${offer.fault}`
    : offer.kind === "contact"
    ? `to talk with ${withName(reader && namesIn(reader)(offer.pk), offer.pk)}`
    : `to ${offer.groupKind === "channel" ? "channel" : "group"} ${
      offer.name === undefined ? offer.group : JSON.stringify(offer.name)
    }${offer.groupKind === "private" ? ", private" : ""}`;
  const signed = "fault" in offer ? undefined : offer.signed;
  const until = signed === undefined ? "" : `, until ${momentFor(signed.expires, reader)}`;
  const note = signed?.note === undefined ? "" : `\n${signed.note}`;
  // Our own line says the same; a sentence of a person's is kept.
  const said = text.replace(link, "").replace(/^\[invite\] .*$/m, "").trim();
  return `[invite] ${what}${until}${note}${said === "" ? "" : `\n${said}`}`;
}
