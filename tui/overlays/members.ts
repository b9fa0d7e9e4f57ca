/**
 * Who is in a group; Enter shows what can be done about one.
 *
 * @module
 */
import { holderRows } from "../drawing/holder.ts";
import { fit } from "../drawing/width.ts";
import { nameOfPeer, push, step } from "../state/model.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** The overlay. */
export const members: OverlayKind = overlayOf({
  name: "members",
  opensOn: "members",
  title: (model, { about }) => `Members of ${model.groups.get(about!.group as string)?.name ?? "the group"}`,
  hint: "Enter chooses · Esc closes",
  lines: (model, { about }, width) =>
    model.members.has(about!.group as string)
      ? holderRows(model, model.groups.get(about!.group as string)?.holder, width)
      : [[{ text: "One moment …", style: "dim" }]],
  items: (model, { about }) =>
    (model.members.get(about!.group as string) ?? []).map(({ pk, role, muted, presence }) => {
      const name = pk === model.own ? "you" : nameOfPeer(model, pk);
      return {
        id: pk,
        text: `${fit(name, 16)} ${fit(role, 8)} ${
          [muted && "muted", presence !== "self" && presence].filter(Boolean).join(", ")
        }`,
      };
    }),
  choose: (model, { about }, item) =>
    item === undefined
      ? step(model)
      : step(push(model, "member", { about: { group: about!.group, pk: item.id } })),
});
