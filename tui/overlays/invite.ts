/**
 * A group's invite, to copy or to scan.
 *
 * @module
 */
import { textRows } from "../messages/renderer.ts";
import { step } from "../model.ts";
import type { Row } from "../screen.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** The overlay. */
export const invite: OverlayKind = overlayOf({
  name: "invite",
  opensOn: "invite",
  title: (model, { about }) => `Invite to ${model.groups.get(about!.group as string)?.name ?? "the group"}`,
  hint: "c copies · ↑ ↓ scroll · Esc closes",
  lines(model, { about }, width) {
    const { invite } = model;
    if (invite === undefined || invite.group !== about!.group) {
      return [[{ text: "One moment …", style: "dim" }]];
    }
    // A code that is cut can't be read: it is left out where it does not fit.
    const isWhole = invite.qr.every((line) => line.length <= width);
    return [
      ...textRows(invite.link, width),
      ...(invite.withKey
        ? textRows("The group's key is inside: whoever sees this can read the group.", width, "warning")
        : []),
      [],
      ...(isWhole ? invite.qr : []).map((text): Row => [{ text }]),
    ];
  },
  keys: {
    c: (model) =>
      model.invite === undefined
        ? step(model)
        : step(model, { kind: "copy", text: model.invite.link, what: "the invite" }),
  },
});
