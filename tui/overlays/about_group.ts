/**
 * What can be done about a group.
 *
 * @module
 */
import type { GroupView } from "../../lib/app/groups/groups.ts";
import { runCommand } from "../commands/mod.ts";
import { holderRows } from "../drawing/holder.ts";
import { cleanLine } from "../drawing/text.ts";
import { isIn, pop } from "../state/model.ts";
import type { Level } from "../state/types.ts";
import { standsIn } from "../steps/standing.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** Whether we have left, or others have decided that we are out. */
const isGone = ({ status }: GroupView): boolean => ["left", "revoked", "banned", "denied"].includes(status);

/** What changes with how we stand in it. */
function actionsIn(group: GroupView): [string, string][] {
  const { admin, asking = 0 } = group;
  if (isGone(group)) return [["join", "come back, or ask for that"]];
  if (!isIn(group)) return [];
  const asks: [string, string] = ["joiners", `who asks to be let in${asking === 0 ? "" : `: ${asking}`}`];
  return [
    ["invite", "invite others"],
    ...(admin ? [asks, ["rotate-key", "a new key"]] as typeof asks[] : []),
  ];
}

/** A command and its argument. */
const callOf = (item: string, group: string): [name: string, argument: string] => {
  const [name, argument = name === "join" ? group : ""] = item.split(" ");
  return [name, argument];
};

/** The other levels of notices, by the command that chooses each. */
const levelsBeside = (level: Level, isMember: boolean): [string, string][] =>
  ([
    ["level all", "tell about messages again"],
    ...(isMember ? [["level mentions", "tell only what names or answers you"]] : []),
    ["level none", "no notices"],
  ] as [string, string][]).filter(([call]) => call !== `level ${level}`);

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
    const group = model.groups.get(about!.group as string);
    const level = model.levels[`group:${about!.group}`] ?? "all";
    const rows: [string, string][] = [
      ["members", "members"],
      ...(group === undefined ? [] : actionsIn(group)),
      ...levelsBeside(level, group !== undefined && isIn(group)),
      ...(group !== undefined && isGone(group) ? [] : [["leave", "leave the group"]] as [string, string][]),
      ["forget", "drop it here, and all that was said"],
    ];
    return rows.map(([id, text], i) => ({ id, text: `${i + 1}  ${text}` }));
  },
  choose: (model, { about }, item) => runCommand(pop(model), ...callOf(item!.id, about!.group as string)),
});
