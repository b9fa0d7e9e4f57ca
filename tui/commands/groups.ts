/**
 * Commands of groups: the open conversation's, or the picker's choice.
 *
 * @module
 */
import type { GroupId } from "../../lib/app/groups/groups.ts";
import { isPerson, keyOf, push, say, selectedOf, step } from "../model.ts";
import type { Effect, Model, Step } from "../types.ts";
import type { Command, Commands } from "./command.ts";

/** The group that a command is about. */
export function groupOf(model: Model): GroupId | undefined {
  const id = model.focus === "picker" ? selectedOf(model) : model.open;
  return id === undefined || isPerson(id) ? undefined : keyOf(id);
}

function group(
  brief: string,
  run: (model: Model, group: GroupId, argument: string) => Step,
  argument?: string,
): Command {
  return {
    brief,
    argument,
    run(model, text) {
      const id = groupOf(model);
      return id === undefined ? step(say(model, "No group is chosen", "error")) : run(model, id, text);
    },
  };
}

/** An overlay about a group, and what it shows. */
const shows = (brief: string, name: string, ...kinds: ("members" | "joiners" | "invite")[]): Command =>
  group(
    brief,
    (model, id) =>
      step(
        push(model, name, { about: { group: id } }),
        ...kinds.map((kind): Effect => ({ kind, group: id })),
      ),
  );

/** The commands. */
export const groups: Commands = {
  "create-group": {
    brief: "Found a group",
    argument: "[NAME]",
    run: (model, argument) =>
      argument === "" ? step(push(model, "create-group")) : step(say(model, `Founding ${argument}`, "dim"), {
        kind: "create",
        name: argument,
        group: "private",
      }),
  },
  join: {
    brief: "Join a group by its invite",
    argument: "[LINK]",
    run: (model, argument) =>
      argument === ""
        ? step(push(model, "join"))
        : step(say(model, "Asking to be let in", "dim"), { kind: "join", link: argument }),
  },
  members: shows("Who is in the group", "members", "members"),
  invite: shows("The group's invite, as text and QR code", "invite", "invite"),
  joiners: shows("Who asks to be let in", "joiners", "joiners"),
  leave: group("Leave the group", (model, id) => step(model, { kind: "leave", group: id })),
  rename: group(
    "Give the group another name",
    (model, id, name) =>
      name === ""
        ? step(say(model, "The new name follows the command", "error"))
        : step(model, { kind: "rename", group: id, name }),
    "NAME",
  ),
  "rotate-key": group(
    "A new key for those who are in",
    (model, id) => step(model, { kind: "rotate", group: id }),
  ),
  "read-only": group(
    "Only admins may speak",
    (model, id) => step(model, { kind: "moderate", group: id, action: "read-only" }),
  ),
  "read-write": group(
    "Everybody may speak",
    (model, id) => step(model, { kind: "moderate", group: id, action: "read-write" }),
  ),
};
