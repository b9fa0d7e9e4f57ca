/**
 * Commands that open lists, boards and polls of the open conversation.
 *
 * @module
 */
import { BULLETIN, LIST, POLL, readOverlay } from "../../lib/overlay/frame.ts";
import { push, say, selectedMessage, step } from "../model.ts";
import type { SharedView } from "../shared_types.ts";
import type { Command, Commands } from "./command.ts";

const shows = (brief: string, name: string, view: SharedView): Command => ({
  brief,
  needs: "conversation",
  run(model) {
    const id = model.open!;
    const clean = model.shared?.id === id ? model : { ...model, shared: undefined };
    return step(push(clean, name, { about: { id, view } }), { kind: "shared", id, view });
  },
});

/** The command of each overlay. */
const THERE: Readonly<Record<number, string>> = { [LIST]: "lists", [BULLETIN]: "board", [POLL]: "polls" };

/** The commands. */
export const shared: Commands = {
  lists: shows("The lists of this conversation", "lists", { show: "lists" }),
  board: shows("The posts of this conversation", "board", { show: "threads" }),
  polls: shows("The polls of this conversation", "polls", { show: "polls" }),
  there: {
    brief: "From a line about a list, post or poll to the lists, posts or polls",
    needs: "message",
    run(model, argument) {
      const { overlay } = readOverlay(selectedMessage(model)?.text ?? "");
      const name = THERE[overlay];
      if (name === undefined) return step(say(model, "This message is of no list, board or poll", "error"));
      return shared[name].run(model, argument);
    },
  },
};
