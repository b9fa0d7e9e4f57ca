/**
 * Commands of a chosen message.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { pasteable } from "../drawing/text.ts";
import { wordsOf } from "../messages/mod.ts";
import { waysToDelete } from "../steps/deleting.ts";
import {
  idOf,
  isPerson,
  nameOf,
  openThread,
  push,
  say,
  selectedMessage,
  step,
  withThread,
} from "../state/model.ts";
import type { Model, Step } from "../state/types.ts";
import { choose } from "../steps/choosing.ts";
import type { Command, Commands } from "./command.ts";
import { send } from "./conversation.ts";

/** A command for the chosen message. */
function message(
  brief: string,
  run: (model: Model, message: MessageView, argument: string) => Step,
  argument?: string,
): Command {
  return {
    brief,
    argument,
    needs: "message",
    run: (model, text) => {
      const chosen = selectedMessage(model);
      return chosen === undefined
        ? step(say(model, "No message is chosen", "error"))
        : run(model, chosen, text);
    },
  };
}

const isOver = ({ state }: MessageView): boolean =>
  state === "received" || state === "read" || state === "deleted";

/** The commands. */
export const messages: Commands = {
  reply: message("Answer a message", (model, chosen, argument) => {
    if (chosen.id === undefined) {
      return step(say(model, "It has no id: its sender's program can't be answered by quoting", "error"));
    }
    const next = {
      ...withThread(model, model.open!, { replyTo: chosen, selected: undefined }),
      focus: "compose" as const,
    };
    return argument === "" ? step(next) : send(next, argument);
  }, "[TEXT]"),
  forward: message(
    "Pass a message on",
    (model, { position }) => step(push(model, "forward", { about: { position } })),
  ),
  delete: message(
    "Delete a message",
    (model, one) =>
      waysToDelete(one).length === 0
        ? step(say(model, "This message is deleted already", "dim"))
        : step(push(model, "delete", { about: { position: one.position } })),
  ),
  copy: message(
    "Copy a message",
    (model, one) => step(model, { kind: "copy", text: pasteable(wordsOf(one)), what: "the message" }),
  ),
  "copy-key": message(
    "Copy the sender's key",
    (model, { outgoing, peer, sender }) =>
      step(model, {
        kind: "copy",
        text: outgoing ? model.own : sender ?? peer,
        what: outgoing ? "your key" : "the key",
      }),
  ),
  evidence: message(
    "Who has it, by which proof",
    (model, { position, id, outgoing, peer }) => {
      const next = push({ ...model, outbox: undefined, known: undefined }, "evidence", {
        about: { position },
      });
      if (id === undefined || !outgoing || isPerson(idOf(peer))) return step(next, { kind: "outbox" });
      return step(next, { kind: "members", group: peer }, { kind: "evidence", group: peer, id });
    },
  ),
  retry: message("Send a message again", (model, one) => {
    const { outgoing, position } = one;
    if (!outgoing || isOver(one)) return step(say(model, "There is nothing to send again", "error"));
    return step(say(model, "Sending it again", "dim"), { kind: "retry", id: model.open!, position });
  }),
  cancel: message("Take a message out of the outbox", (model, one) => {
    const { outgoing, position } = one;
    if (!outgoing || isOver(one)) return step(say(model, "It does not wait", "error"));
    return step(model, { kind: "cancel", id: model.open!, position });
  }),
  select: {
    brief: "Choose a message by its number",
    argument: "[NUMBER]",
    needs: "conversation",
    run(model, argument) {
      const { id, thread } = openThread(model)!;
      const position = argument === "" ? thread.messages.at(-1)?.position : Number(argument);
      if (!thread.messages.some((one) => one.position === position)) {
        return step(say(model, `${nameOf(model, id)} has no message ${argument} on the screen`, "error"));
      }
      return choose(model, id, position!);
    },
  },
};
