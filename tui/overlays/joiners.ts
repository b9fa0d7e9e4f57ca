/**
 * Who asks to be let into a group.
 *
 * @module
 */
import { cleanLine } from "../drawing/text.ts";
import { nameOfPeer, step } from "../state/model.ts";
import type { Model, Overlay, Step } from "../state/types.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";

const decide =
  (action: "approve" | "deny") => (model: Model, { about }: Overlay, item: Item | undefined): Step =>
    item === undefined
      ? step(model)
      : step(model, { kind: "moderate", group: about!.group as string, action, peer: item.id });

/** The overlay. */
export const joiners: OverlayKind = overlayOf({
  name: "joiners",
  opensOn: "joiners",
  title: (model, { about }) =>
    `Who asks to be let into ${model.groups.get(about!.group as string)?.name ?? "the group"}`,
  hint: "a lets in · b says no · Esc closes",
  lines(model, { about }) {
    const group = about!.group as string;
    if (model.joiners.get(group)?.length !== 0) return [];
    const text = model.groups.get(group)?.admin === false ? "Only admins know" : "Nobody";
    return [[{ text, style: "dim" }]];
  },
  items: (model, { about }) =>
    (model.joiners.get(about!.group as string) ?? []).map(({ pk, note }) => ({
      id: pk,
      text: `${nameOfPeer(model, pk)} ${pk}${note === "" ? "" : `: ${cleanLine(note)}`}`,
    })),
  choose: decide("approve"),
  keys: { a: decide("approve"), b: decide("deny") },
});
