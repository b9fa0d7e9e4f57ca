/**
 * Commands about a person: the open conversation's, or the picker's choice.
 *
 * @module
 */
import { hasName, isPerson, keyOf, nameOf, push, say, selectedOf, step } from "../state/model.ts";
import type { ConversationId, Model, Step } from "../state/types.ts";
import type { Command, Commands } from "./command.ts";

/** Whom a command is about. */
export const subject = (model: Model): ConversationId | undefined =>
  model.focus === "picker" ? selectedOf(model) : model.open;

function person(
  brief: string,
  run: (model: Model, id: ConversationId, argument: string) => Step,
  argument?: string,
): Command {
  return {
    brief,
    argument,
    isAbout: true,
    run(model, text) {
      const id = subject(model);
      if (id === undefined) return step(say(model, "Nobody is chosen", "error"));
      if (!isPerson(id)) {
        return step(say(model, `That is about a person, and ${nameOf(model, id)} is a group`, "error"));
      }
      return run(model, id, text);
    },
  };
}

/** The commands. */
export const people: Commands = {
  person: {
    brief: "What can be done about a person or a group",
    isAbout: true,
    run(model) {
      const id = subject(model);
      if (id === undefined) return step(say(model, "Nobody is chosen", "error"));
      if (!isPerson(id)) {
        return step(push(model, "about-group", { about: { group: keyOf(id) } }), { kind: "groups" });
      }
      return step(push(model, "person", { about: { id } }), { kind: "peers" }, { kind: "pairs" });
    },
  },
  alias: person(
    "Give a name",
    (model, id, argument) =>
      argument === ""
        ? step(push(model, "alias", { about: { id } }))
        : step(model, { kind: "alias", peer: keyOf(id), name: argument }),
    "[NAME]",
  ),
  unalias: person(
    "Take the name away",
    (model, id) =>
      hasName(model, id)
        ? step(model, { kind: "alias", peer: keyOf(id) })
        : step(say(model, "There is no name to take away", "error")),
  ),
  verify: person(
    "Compare safety words and QR code",
    (model, id) => step(push(model, "verify", { about: { id } }), { kind: "words", peer: keyOf(id) }),
  ),
  key: person(
    "Copy the key",
    (model, id) => step(model, { kind: "copy", text: keyOf(id), what: `the key of ${nameOf(model, id)}` }),
  ),
  block: person(
    "Take nothing more",
    (model, id) =>
      step(say(model, `${nameOf(model, id)} is blocked`), { kind: "decide", peer: keyOf(id), blocked: true }),
  ),
  unblock: person(
    "Hear again",
    (model, id) =>
      step(say(model, `${nameOf(model, id)} is heard again`), {
        kind: "decide",
        peer: keyOf(id),
        blocked: false,
      }),
  ),
  accept: person(
    "Accept an unknown sender",
    (model, id) =>
      step(say(model, `${nameOf(model, id)} is accepted`), {
        kind: "decide",
        peer: keyOf(id),
        accepted: true,
      }),
  ),
  pair: person(
    "Be paired: messages wait in sealed feeds for whoever is away; agrees to an invite",
    (model, id) => step(model, { kind: "pair", peer: keyOf(id) }),
  ),
  unpair: person(
    "Be paired no more; says no to an invite",
    (model, id) => step(model, { kind: "unpair", peer: keyOf(id) }),
  ),
  forget: {
    brief: "Drop all messages here",
    isAbout: true,
    run(model) {
      const id = subject(model);
      if (id === undefined) return step(say(model, "Nobody is chosen", "error"));
      if (isPerson(id)) return step(push(model, "forget", { about: { id } }));
      const group = keyOf(id); // what its feeds hold would come again: its messages go with it
      return step(push(model, "leave", { about: { group, drops: true } }), { kind: "members", group });
    },
  },
  "my-key": {
    brief: "Copy your own key",
    run: (model) => step(model, { kind: "copy", text: model.own, what: "your key" }),
  },
};
