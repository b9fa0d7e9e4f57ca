/**
 * What can be done about a member of a group.
 *
 * @module
 */
import type { GroupAction } from "../../lib/app/groups/groups.ts";
import { idOf, nameOfPeer, pop, step } from "../model.ts";
import { textRows } from "../messages/renderer.ts";
import { open } from "../threads.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

const ACTIONS: readonly (readonly [GroupAction, string])[] = [
  ["promote", "make an admin"],
  ["demote", "no longer an admin"],
  ["mute", "may not speak"],
  ["unmute", "may speak again"],
  ["remove", "take out of the group"],
  ["ban", "take out, and never again in"],
  ["unban", "may come again"],
];

/** The overlay. */
export const member: OverlayKind = overlayOf({
  name: "member",
  opensOn: "members",
  title: (model, { about }) => nameOfPeer(model, about!.pk as string),
  hint: "Enter or a digit chooses · Esc closes",
  lines: (_, { about }, width) => textRows(about!.pk as string, width, "dim"),
  items: (model, { about }) => [
    { id: "write", text: "1  write to" },
    ...(model.groups.get(about!.group as string)?.admin ? ACTIONS : []).map(([id, text], i) => ({
      id,
      text: `${i + 2}  ${text}`,
    })),
  ],
  choose(model, { about }, item) {
    if (item === undefined) return step(pop(model));
    const [group, peer] = [about!.group as string, about!.pk as string];
    if (item.id === "write") return open({ ...model, overlays: [] }, idOf(peer));
    return step(pop(model), { kind: "moderate", group, action: item.id as GroupAction, peer });
  },
});
