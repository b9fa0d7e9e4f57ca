/**
 * What others want of us, and what they have decided about us: said once, and told like a message.
 *
 * @module
 */
import type { AppEvent } from "../../lib/app/events/events.ts";
import type { GroupView } from "../../lib/app/groups/groups.ts";
import { endedWords } from "../../lib/app/groups/views/issued.ts";
import { cleanLine } from "../drawing/text.ts";
import { chain, idOf, nameOf, nameOfPeer, say, step } from "../state/model.ts";
import type { ConversationId, Effect, Model, Step } from "../state/types.ts";
import { announce } from "./notices.ts";

/** What such an event says. */
export type Detail = Extract<AppEvent, { kind: "network" }>["detail"];

/** Somebody asks to be let into a group of ours, or an admin has decided about us. */
export function groupStanding(model: Model, { event, group, name: called, peer }: Detail): Step {
  const id = idOf(String(group));
  const name = cleanLine(String(called ?? nameOf(model, id)));
  const again: Effect[] = [{ kind: "groups" }];
  switch (event) {
    case "asked": {
      const text = `${nameOfPeer(model, String(peer))} asks to be let into ${name}; /joiners there answers`;
      return told(model, id, text, [...again, { kind: "joiners", group: String(group) }]);
    }
    case "admitted":
      return told(model, id, `You are in ${name} now`, again);
    case "denied":
      return told(model, id, `An admin of ${name} does not let you in`, again);
    case "banned":
      return told(model, id, `An admin of ${name} has banned you`, again);
    default:
      return step(model, ...again);
  }
}

/** How we stand in a group in which we may not speak, as it is shown beside its name. */
const STANDS: Readonly<Partial<Record<GroupView["status"], string>>> = {
  awaiting_approval: "waits for a yes",
  banned: "banned",
  denied: "not let in",
  left: "left",
  pending: "not in yet",
  revoked: "removed",
};

/** The same for a conversation. @returns undefined: we are in, or it is a person. */
export const standsIn = ({ groups }: Model, key: string): string | undefined => {
  const status = groups.get(key)?.status;
  return status === undefined ? undefined : STANDS[status];
};

/** What an admin has done to us since the groups were asked for last; what we did ourselves is no news. */
export function groupsStand(model: Model, before: Model["groups"]): Step {
  return chain(
    step(model),
    ...[...model.groups.values()].map(({ id: key, status, name: called }) => {
      const was = before.get(key)?.status;
      const name = cleanLine(called);
      const tell = (text: string) => (next: Model): Step => told(next, idOf(key), text, []);
      if (was === "active" && status === "revoked") return tell(`An admin of ${name} has removed you`);
      if (was === "active" && status === "banned") return tell(`An admin of ${name} has banned you`);
      if ((was === "revoked" || was === "banned") && status === "active") {
        return tell(`You are in ${name} now`);
      }
      // Nobody tells what we wait for ourselves: where an admin's word comes at once, the list alone shows it.
      if (was === "pending" && status === "active") {
        return (next: Model): Step => step(say(next, `You are in ${name} now`));
      }
      return (next: Model): Step => step(next);
    }),
  );
}

/** Another group is in the list, or what it shows of one has changed: also what is shown of it is asked again. */
export function groupChanged(model: Model, { group }: Detail): Step {
  const id = String(group);
  return step(
    model,
    { kind: "groups" },
    ...(model.members.has(id) ? [{ kind: "members", group: id } as const] : []),
    ...(model.joiners.has(id) ? [{ kind: "joiners", group: id } as const] : []),
  );
}

/** Somebody asks to be paired, or has answered that. */
export function pairStanding(model: Model, { event, peer, invite, ended }: Detail): Step {
  const id = idOf(String(peer));
  const name = nameOf(model, id);
  const again: Effect[] = [{ kind: "conversations" }, { kind: "pairs" }, ...issuedAgain(model)];
  switch (event) {
    case "received":
      return told(model, id, `${name} asks to be paired; /pair there agrees, /unpair says no`, again);
    case "accepted":
      return told(
        model,
        id,
        invite === undefined
          ? `You and ${name} are paired now`
          : `${name} came by your invite: you are paired now`,
        again,
      );
    case "declined": {
      const text = ended === undefined
        ? `${name} does not want to be paired`
        : `The invite of ${name} lets nobody in any more: ${endedWords(String(ended))}`;
      return told(model, id, text, again);
    }
    default:
      return step(model, ...again);
  }
}

const told = (model: Model, id: ConversationId, text: string, effects: readonly Effect[]): Step =>
  chain(announce(say(model, text), id, text), (next) => step(next, ...effects));

/** The page of invites to us counts who came by one. */
function issuedAgain({ overlays }: Model): Effect[] {
  const top = overlays.at(-1);
  return top?.name === "invite" && top.about?.group === undefined ? [{ kind: "invite" }] : [];
}
