/**
 * What can be done about a member of a group.
 *
 * @module
 */
import type { GroupAction, GroupId, MemberView } from "../../lib/app/groups/groups.ts";
import { textRows } from "../messages/renderer.ts";
import { idOf, nameOfPeer, pop, step } from "../state/model.ts";
import type { Model } from "../state/types.ts";
import { open } from "../steps/threads.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** What changes how a member stands; nobody decides about the founder. */
function actionsOn({ role, muted }: MemberView): readonly (readonly [GroupAction, string])[] {
  if (role === "founder") return [];
  return [
    role === "admin" ? ["demote", "no longer an admin"] : ["promote", "make an admin"],
    muted ? ["unmute", "may speak again"] : ["mute", "may not speak"],
    ["remove", "take out of the group"],
    ["ban", "take out, and never again in"],
  ];
}

/** What we may decide about one. */
function offered(model: Model, group: GroupId, pk: string): readonly (readonly [GroupAction, string])[] {
  const member = model.members.get(group)?.find((one) => one.pk === pk);
  if (member === undefined || !model.groups.get(group)?.admin) return [];
  // Who wants out leaves; that nobody is banned by a slip of the own finger.
  return actionsOn(member).filter(([action]) => pk !== model.own || action === "demote");
}

/** The overlay. */
export const member: OverlayKind = overlayOf({
  name: "member",
  opensOn: "members",
  title: (model, { about }) => about!.pk === model.own ? "you" : nameOfPeer(model, about!.pk as string),
  hint: "Enter or a digit chooses · Esc closes",
  lines: (_, { about }, width) => textRows(about!.pk as string, width, "dim"),
  items: (model, { about }) => [
    { id: "write", text: "1  write to" },
    ...offered(model, about!.group as string, about!.pk as string).map(([id, text], i) => ({
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
