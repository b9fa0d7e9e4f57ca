/**
 * Effects on groups, done.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import type { GroupAction } from "../../lib/app/groups/groups.ts";
import { parseGoTime } from "../../lib/wire/go_time.ts";
import { keyOf } from "../state/model.ts";
import type { ConversationId, Effect } from "../state/types.ts";
import { doInvite, doJoin, doRevoke } from "./issued.ts";
import type { Said } from "./parts.ts";

/** How long a post waits until somebody else has it. */
const WAIT_MS = 5000;

/** Effects that are a group's alone. */
export type GroupEffect = Extract<
  Effect,
  {
    kind:
      | "groups"
      | "members"
      | "joiners"
      | "evidence"
      | "invite"
      | "revoke-invite"
      | "create"
      | "join"
      | "leave"
      | "drop"
      | "rename"
      | "rotate"
      | "moderate";
  }
>;

/** Does one; the answers go to `tell`. @throws What the App throws. */
export async function doForGroups(
  app: App,
  effect: GroupEffect,
  tell: (msg: Said) => void,
): Promise<void> {
  const { groups } = app;
  const list = async (): Promise<void> => tell({ kind: "groups", groups: await groups.list() });
  const members = async (group: string): Promise<void> =>
    tell({ kind: "members", group, members: await groups.members({ group }) });
  const joiners = async (group: string): Promise<void> =>
    tell({ kind: "joiners", group, joiners: await groups.requests({ group }) });
  switch (effect.kind) {
    case "groups":
      return await list();
    case "members":
      return await members(effect.group);
    case "joiners":
      return await joiners(effect.group);
    case "evidence": {
      const { group, id } = effect;
      return tell({ kind: "evidence", id, known: await groups.evidence({ group, id }) });
    }
    case "invite":
      return await doInvite(app, effect, tell);
    case "revoke-invite":
      return await doRevoke(app, effect, tell);
    case "create": {
      const join = effect.group === "private" ? "approval" : "link";
      const { group } = await groups.create({ name: effect.name, kind: effect.group, join });
      await list();
      tell({ kind: "entered", group });
      return tell({ kind: "said", text: "The group is there; /invite makes a link for others" });
    }
    case "join":
      return await doJoin(app, effect, tell);
    case "leave":
      await groups.leave({ group: effect.group });
      tell({ kind: "said", text: "You have left; what was said stays here" });
      return await list();
    case "drop":
      await groups.drop({ group: effect.group });
      tell({ kind: "said", text: "The group is gone here, with all that was said" });
      tell({ kind: "conversations", conversations: await app.messages.conversations() });
      return await list();
    case "rename":
      await groups.rename({ group: effect.group, name: effect.name });
      return await list();
    case "rotate": {
      const { epoch } = await groups.rotateKey({ group: effect.group });
      return tell({ kind: "said", text: `The group has a new key, number ${epoch}` });
    }
    case "moderate": {
      const { group, action, peer } = effect;
      await groups.decide({ group, action, ...(peer === undefined ? {} : { peer }) });
      tell({ kind: "said", text: DECIDED[action] });
      await Promise.all([list(), members(group), joiners(group)]);
    }
  }
}

/** What was decided, in words. */
const DECIDED: Readonly<Record<GroupAction, string>> = {
  add: "In from now on",
  remove: "Out from now on",
  promote: "An admin from now on",
  demote: "A member like others from now on",
  ban: "Banned: out, and not let in again",
  unban: "May ask again to be let in",
  mute: "May not speak from now on",
  unmute: "May speak again",
  "read-only": "Only admins may speak from now on",
  "read-write": "Everybody may speak from now on",
  "backfill-on": "Who comes in is given what was said before",
  "backfill-off": "Who comes in is not given what was said before",
  approve: "Let in; the group says so when the other's program asks again",
  deny: "Told no",
};

/** Whether an effect is one of these. */
export const isForGroups = (effect: Effect): effect is GroupEffect =>
  [
    "groups",
    "members",
    "joiners",
    "evidence",
    "invite",
    "revoke-invite",
    "create",
    "join",
    "leave",
    "drop",
    "rename",
    "rotate",
    "moderate",
  ]
    .includes(effect.kind);

/** Says something in a group. */
export async function sendToGroup(
  { groups }: App,
  { id, text, local }: Extract<Effect, { kind: "send" }>,
  tell: (msg: Said) => void,
): Promise<void> {
  const { state } = await groups.send({ group: keyOf(id), text, waitMs: WAIT_MS });
  tell({ kind: "sent", id, local, state: state === "queued" ? "queued" : "acked" });
}

/** Takes back what we said. */
export async function unsend(app: App, id: ConversationId, position: number): Promise<void> {
  const group = keyOf(id);
  const [message] = await app.messages.history({ peer: group, limit: 1, before: position + 1 });
  await app.groups.unsend({ group, tsNano: String(parseGoTime(message.ts)) });
}
