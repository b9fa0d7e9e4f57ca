/**
 * Commands that open lists, boards and polls of the open conversation.
 *
 * @module
 */
import { push, step } from "../model.ts";
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

/** The commands. */
export const shared: Commands = {
  lists: shows("The lists of this conversation", "lists", { show: "lists" }),
  board: shows("The posts of this conversation", "board", { show: "threads" }),
  polls: shows("The polls of this conversation", "polls", { show: "polls" }),
};
