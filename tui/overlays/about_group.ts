/**
 * What can be done about a group.
 *
 * @module
 */
import { runCommand } from "../commands/mod.ts";
import { holderRows } from "../holder.ts";
import { isIn, pop } from "../model.ts";
import { standsIn } from "../standing.ts";
import { cleanLine } from "../text.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** The overlay. */
export const aboutGroup: OverlayKind = overlayOf({
  name: "about-group",
  opensOn: "person",
  title: (model, { about }) => cleanLine(model.groups.get(about!.group as string)?.name ?? "A group"),
  hint: "Enter or a digit chooses · Esc closes",
  lines(model, { about }, width) {
    const group = model.groups.get(about!.group as string);
    if (group === undefined) return [];
    const stands = isIn(group) ? `, you are ${group.admin ? "an admin" : "a member"}` : "";
    const words = `${group.kind}, ${group.members} ${group.members === 1 ? "member" : "members"}${stands}`;
    return [
      [{ text: words, style: "dim" }],
      [{ text: standsIn(model, group.id) ?? group.status, style: "dim" }],
      ...holderRows(model, group.holder, width),
      [],
    ];
  },
  items(model, { about }) {
    const { admin: isAdmin = false, asking = 0 } = model.groups.get(about!.group as string) ?? {};
    const rows: [string, string][] = [
      ["members", "members"],
      ["invite", "invite others"],
      ...(isAdmin
        ? [["joiners", `who asks to be let in${asking === 0 ? "" : `: ${asking}`}`], [
          "rotate-key",
          "a new key",
        ]] as [string, string][]
        : []),
      [
        "level",
        model.levels[`group:${about!.group}`] === "none" ? "tell about messages again" : "no notices",
      ],
      ["leave", "leave the group"],
      ["forget", "drop all messages here"],
    ];
    return rows.map(([id, text], i) => ({ id, text: `${i + 1}  ${text}` }));
  },
  choose: (model, _, item) => runCommand(pop(model), item!.id),
});
