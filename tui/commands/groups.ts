/**
 * Commands of groups: the open conversation's, or the picker's choice; and of invites to us.
 *
 * @module
 */
import type { GroupAction, GroupId, InviteTerms } from "../../lib/app/groups/groups.ts";
import { isPerson, keyOf, nameOf, push, say, selectedOf, step } from "../state/model.ts";
import type { Effect, Model, Step } from "../state/types.ts";
import type { Command, Commands } from "./command.ts";
import { namedWhole } from "./picker.ts";

/** The group that a command is about. */
function groupOf(model: Model): GroupId | undefined {
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
    isAbout: true,
    run(model, text) {
      const id = groupOf(model);
      if (id !== undefined) return run(model, id, text);
      const person = model.focus === "picker" ? selectedOf(model) : model.open;
      const problem = person === undefined
        ? "No group is chosen"
        : `That is about a group, and ${nameOf(model, person)} is a person`;
      return step(say(model, problem, "error"));
    },
  };
}

/** An overlay about a group, and what it shows. */
const shows = (brief: string, name: string, ...kinds: ("members" | "joiners")[]): Command =>
  group(
    brief,
    (model, id) =>
      step(
        push(model, name, { about: { group: id } }),
        ...kinds.map((kind): Effect => ({ kind, group: id })),
        { kind: "groups" },
      ),
  );

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
/** How long a signed invite holds when nothing is said of it. */
const WEEK = "7d";

/** Shows an invite: for every program, or a signed one (`3`, `3 2d`). */
function invites(model: Model, id: GroupId | undefined, argument: string): Step {
  const to = id === undefined ? {} : { group: id };
  const shown = push(model, "invite", { about: to });
  if (argument === "") return step(shown, { kind: "invite", ...to });
  const name = id === undefined ? "invite-me" : "invite";
  const terms = termsIn(model, argument);
  if (terms === undefined) {
    return step(say(model, `A number of people and a time follow the command: /${name} 3 2d`, "error"));
  }
  return step(shown, { kind: "invite", ...to, terms });
}

/** What a signed invite says, as commands take it: `3`, `3 2d`. @returns undefined when it is neither. */
export function termsIn(model: Model, argument: string): InviteTerms | undefined {
  const [, uses, count, unit] = /^(\d{1,3})(?:\s+(\d{1,3})([mhdw]))?$/.exec(argument) ?? [];
  if (uses === undefined) return undefined;
  return signedTerms(model, Number(uses), count === undefined ? WEEK : `${count}${unit}`);
}

/** What a signed invite says that is made now. @param lasts  Such as `7d`. */
export const signedTerms = ({ nowMs }: Model, uses: number, lasts: string = WEEK): InviteTerms => ({
  uses,
  expires: new Date(nowMs + Number(lasts.slice(0, -1)) * UNIT_MS[lasts.at(-1)!]).toISOString(),
});

/** A decision about somebody who is not in, so that no list has one to choose. */
const decides = (brief: string, action: GroupAction): Command =>
  group(brief, (model, id, text) => {
    const who = namedWhole(model, text);
    if (who !== undefined && isPerson(who)) {
      return step(model, { kind: "moderate", group: id, action, peer: keyOf(who) });
    }
    const problem = text === ""
      ? "A name or a public key follows the command"
      : `Nobody is called ${text}: give the public key, 66 hex characters`;
    return step(say(model, problem, "error"));
  }, "NAME|KEY");

/** The commands. */
export const groups: Commands = {
  "create-group": {
    brief: "Make a group",
    argument: "[NAME]",
    run: (model, argument) =>
      argument === "" ? step(push(model, "create-group")) : step(say(model, `Founding ${argument}`, "dim"), {
        kind: "create",
        name: argument,
        group: "private",
      }),
  },
  join: {
    brief: "Take up an invite by its link, or come back into a group",
    argument: "[LINK|NAME]",
    run(model, argument) {
      if (argument === "") return step(push(model, "join"));
      const id = namedWhole(model, argument); // a group that we know needs no link
      const link = id === undefined || isPerson(id) ? argument : keyOf(id);
      return step(say(model, "Asking to be let in", "dim"), { kind: "join", link });
    },
  },
  members: shows("Who is in the group", "members", "members"),
  invite: group(
    "The group's invite, as text and QR code; with a number a signed one for so many",
    invites,
    "[USES [TIME]]",
  ),
  "invite-me": {
    brief: "An invite to you, as text and QR code; with a number a new one for so many",
    argument: "[USES [TIME]]",
    run: (model, argument) => invites(model, undefined, argument),
  },
  "revoke-invite": {
    brief: "Take a signed invite back, of the group or to you",
    argument: "ID",
    run(model, invite) {
      if (!/^[0-9a-f]{4,32}$/i.test(invite)) {
        const hint = "The beginning of its id follows the command; /invite and /invite-me show them";
        return step(say(model, hint, "error"));
      }
      const id = groupOf(model);
      const of = id === undefined ? {} : { group: id };
      return step(model, { kind: "revoke-invite", ...of, invite: invite.toLowerCase() });
    },
  },
  add: decides("Let somebody into the group", "add"),
  unban: decides("Whoever was banned may come again", "unban"),
  joiners: shows("Who asks to be let in", "joiners", "joiners"),
  leave: group(
    "Leave the group",
    (model, id) => step(push(model, "leave", { about: { group: id } }), { kind: "members", group: id }),
  ),
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
