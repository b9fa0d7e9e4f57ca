/**
 * What the App answers about groups, into the model.
 *
 * @module
 */
import { capital } from "../drawing/text.ts";
import { idOf, openThread, say, sorted, step } from "../state/model.ts";
import type { Conversation, Model, Msg, Step } from "../state/types.ts";
import { askedStands } from "./invites.ts";
import { groupsStand } from "./standing.ts";
import { open } from "./threads.ts";

/** The answers. */
export type GroupAnswer = Extract<
  Msg,
  { kind: "groups" | "members" | "joiners" | "evidence" | "invite" | "entered" }
>;

/** An answer has come. */
export function groupAnswered(model: Model, msg: GroupAnswer): Step {
  switch (msg.kind) {
    case "groups":
      return groupsStand(
        withGroups({ ...model, groups: new Map(msg.groups.map((one) => [one.id, one])) }),
        model.groups,
      );
    case "members":
      return step({ ...model, members: new Map([...model.members, [msg.group, msg.members]]) });
    case "joiners":
      return step({ ...model, joiners: new Map([...model.joiners, [msg.group, msg.joiners]]) });
    case "evidence":
      return step({ ...model, known: { id: msg.id, by: msg.known } });
    case "invite": {
      const { kind: _kind, nowMs: _nowMs, ...invite } = msg;
      return step({ ...model, invite });
    }
    case "entered": {
      const group = model.groups.get(msg.group);
      const said = group?.status === "awaiting_approval"
        ? say(model, capital(askedStands(msg.offer)))
        : group?.status === "active"
        ? say(model, `You are in ${group.name} now`)
        : model;
      // It may have taken its time: who writes to somebody else by now goes on writing to them.
      if (isWriting(model)) return step(withGroups(said));
      return open(withGroups(said), idOf(msg.group));
    }
  }
}

const isWriting = (model: Model): boolean =>
  model.focus === "compose" && openThread(model)?.thread.draft.text !== "" && !model.isLines;

/** Every group that we are in or wait for is in the list, also before something was said in it; no other without that. */
export function withGroups(model: Model): Model {
  const ours = [...model.groups.values()]
    .filter(({ status }) => ["active", "pending", "awaiting_approval"].includes(status)).map(({ id }) => id);
  const kept = model.conversations.filter(({ id, kind, key, lastTs }) =>
    kind === "person" || lastTs !== undefined || id === model.open || ours.includes(key)
  );
  const known = new Set(kept.map(({ key }) => key));
  const more = ours.filter((id) => !known.has(id))
    .map((id): Conversation => ({ id: idOf(id), kind: "group", key: id, unread: 0 }));
  return { ...model, conversations: sorted(model, [...kept, ...more]) };
}
