/**
 * An invite to a group, or to us, to copy or to scan.
 *
 * @module
 */
import type { IssuedInvite } from "../../lib/app/groups/groups.ts";
import { endedWords } from "../../lib/app/groups/views/issued.ts";
import { signedTerms } from "../commands/groups.ts";
import type { Row } from "../drawing/screen.ts";
import { minuteOf } from "../drawing/time.ts";
import { textRows } from "../messages/renderer.ts";
import { step } from "../state/model.ts";
import type { Model } from "../state/types.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** A signed invite. */
function issuedWords(model: Model, { id, used, uses, atMost, expires, state }: IssuedInvite): string {
  const over = used.length > uses ? ` (${used.length - uses} too many)` : "";
  const most = state === "open" && atMost > uses
    ? `, at most ${atMost} by admins that do not hear each other`
    : "";
  return `signed ${id.slice(0, 8)}  ${used.length} of ${uses} used${over}${most}, ${
    endedWords(state)
  }, until ${minuteOf(model, expires)}`;
}

const TO_US = "Whoever takes it up is paired with you, unasked, while a program of yours runs; s makes one.";

/** The overlay. */
export const invite: OverlayKind = overlayOf({
  name: "invite",
  opensOn: "invite",
  title: (model, { about }) =>
    about?.group === undefined
      ? "Invite to be your contact"
      : `Invite to ${model.groups.get(about.group as string)?.name ?? "the group"}`,
  hint: "c copies · s makes a signed one, for one person · ↑ ↓ scroll · Esc closes",
  lines(model, { about }, width) {
    const { invite } = model;
    if (invite === undefined || invite.group !== about?.group) {
      return [[{ text: "One moment …", style: "dim" }]];
    }
    const { link = "" } = invite;
    // A code that is cut can't be read: it is left out where it does not fit.
    const isWhole = invite.qr.every((line) => line.length <= width);
    return [
      ...(invite.group === undefined ? textRows(TO_US, width, "dim") : []),
      ...textRows(link, width),
      ...(invite.withKey
        ? textRows("The group's key is inside: whoever sees this can read the group.", width, "warning")
        : []),
      [],
      ...(isWhole ? invite.qr : []).map((text): Row => [{ text }]),
      ...invite.issued.flatMap((one) =>
        textRows(issuedWords(model, one), width, one.state === "open" ? undefined : "dim")
      ),
    ];
  },
  keys: {
    s: (model, { about }) => {
      const to = about?.group === undefined ? {} : { group: about.group as string };
      return step(model, { kind: "invite", ...to, terms: signedTerms(model, 1) });
    },
    c: (model) =>
      model.invite?.link === undefined
        ? step(model)
        : step(model, { kind: "copy", text: model.invite.link, what: "the invite" }),
  },
});
