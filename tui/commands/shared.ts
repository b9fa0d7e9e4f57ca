/**
 * Commands that open lists, boards, polls and invites of the open conversation.
 *
 * @module
 */
import { overlayIn } from "../../lib/overlay/entry.ts";
import { BULLETIN, DASHBOARD, INVITE, LIST, POLL } from "../../lib/overlay/frame.ts";
import { isQuoted, quoteIn } from "../messages/reply.ts";
import type { Quote } from "../state/effect.ts";
import { push, say, selectedMessage, step, threadOf } from "../state/model.ts";
import type { InviteTo, SharedView } from "../state/shared_types.ts";
import type { Model, Step } from "../state/types.ts";
import { goTo } from "../steps/choosing.ts";
import { isInvite } from "../steps/invites.ts";
import type { Command, Commands } from "./command.ts";
import { termsIn } from "./groups.ts";

/** Accepts the chosen message's invite, or refuses it. */
const answers = (brief: string, answer: "accept" | "refuse"): Command => ({
  brief,
  needs: "message",
  run(model) {
    const message = selectedMessage(model)!;
    if (!isInvite(message)) return step(say(model, "This message is no invite", "error"));
    const doing = answer === "accept" ? say(model, "Accepting", "dim") : model;
    const { position } = message;
    const view: SharedView = { show: "invites" };
    return step(doing, { kind: "share", id: model.open!, view, say: { in: "invite", position, answer } });
  },
});

const shows = (brief: string, name: string, view: SharedView): Command => ({
  brief,
  needs: "conversation",
  isAbout: true,
  run(model) {
    const id = model.open!;
    const clean = model.shared?.id === id ? model : { ...model, shared: undefined };
    return step(push(clean, name, { about: { id, view } }), { kind: "shared", id, view });
  },
});

/** `ops`, `ops 3`, `me 3 2d`; a group may be called `ops 3`. @returns undefined: nothing is named. */
function inviteTo(model: Model, argument: string): InviteTo | undefined {
  if ([...model.groups.values()].some(({ id, name }) => id === argument || name === argument)) {
    return { group: argument };
  }
  const [, name = "", terms] = /^(.+?)(?:\s+(\d{1,3}(?:\s+\d{1,3}[mhdw])?))?$/.exec(argument) ?? [];
  if (name === "") return undefined;
  return {
    ...(name === "me" ? {} : { group: name }),
    ...(terms === undefined ? {} : { terms: termsIn(model, terms) }),
  };
}

/** Overlays that have a pane. */
const THERE: ReadonlySet<number | undefined> = new Set([LIST, BULLETIN, POLL, INVITE, DASHBOARD]);

/** Goes to what an answer answers, where it is loaded; else it is looked for. */
function toQuoted(model: Model, before: number, quote: Quote): Step {
  const id = model.open!;
  const found = threadOf(model, id).messages.find((one) => isQuoted(one, quote));
  if (found !== undefined) return goTo(model, id, found.position);
  return step(say(model, "Looking for what it answers", "dim"), { kind: "quoted", id, before, quote });
}

/** The commands. */
export const shared: Commands = {
  lists: shows("The lists of this conversation", "lists", { show: "lists" }),
  board: shows("The posts of this conversation", "board", { show: "threads" }),
  polls: shows("The polls of this conversation", "polls", { show: "polls" }),
  invites: shows("The invites of this conversation", "invites", { show: "invites" }),
  dash: shows("What bots publish in this conversation", "dash", { show: "widgets" }),
  pace: {
    brief: "How often and how much bots publish here",
    argument: "[30s [1024]]",
    needs: "conversation",
    run(model, argument) {
      const id = model.open!;
      if (argument === "") return step(model, { kind: "pace", id });
      const found = /^(\d{1,6})(s|m|h)?(?:\s+(\d{1,6}))?$/.exec(argument);
      if (found === null) return step(say(model, "A pace is a time and bytes: 30s, or 5m 1024", "error"));
      const unitMs = { s: 1000, m: 60_000, h: 3_600_000 }[found[2] ?? "s"]!;
      const maxBytes = found[3] === undefined ? {} : { maxBytes: Number(found[3]) };
      return step(model, { kind: "pace", id, set: { intervalMs: Number(found[1]) * unitMs, ...maxBytes } });
    },
  },
  "send-invite": {
    brief: "Write an invite into this conversation: to a group of ours, or to us; with a number a signed one",
    argument: "GROUP|me [USES [TIME]]",
    needs: "conversation",
    run(model, argument) {
      const to = inviteTo(model, argument);
      if (to === undefined) {
        return step(say(model, "A group, or `me`, follows the command: /send-invite ops 1 2d", "error"));
      }
      const view: SharedView = { show: "invites" };
      return step(model, { kind: "share", id: model.open!, view, say: { in: "invite", to } });
    },
  },
  "accept-invite": answers("Accept the invite of a message, also one that was refused", "accept"),
  "refuse-invite": answers("Refuse the invite of a message", "refuse"),
  there: {
    brief: "From an answer to what it answers; from a line about an item, post or poll to that",
    needs: "message",
    run(model) {
      const message = selectedMessage(model)!;
      const { text, position } = message;
      const quote = quoteIn(message, model.own);
      if (quote !== undefined) return toQuoted(model, position, quote);
      if (!THERE.has(overlayIn(text)?.overlay)) {
        const words = "This message is of no list, board or poll, no invite, and no answer";
        return step(say(model, words, "error"));
      }
      return step(model, { kind: "there", id: model.open!, position });
    },
  },
};
