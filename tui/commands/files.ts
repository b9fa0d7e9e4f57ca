/**
 * Commands about the files of the open conversation: the chosen message's, the one that a number names, or the newest.
 *
 * @module
 */
import type { FileView } from "../../lib/app/files/files.ts";
import { openThread, say, step } from "../state/model.ts";
import type { Model, Step } from "../state/types.ts";
import { canTake, fileIn, placeKey } from "../steps/files.ts";
import type { Command, Commands } from "./command.ts";

/** The file that a command is for. */
function subject(model: Model, argument: string, wanted: (file: FileView) => boolean): FileView | undefined {
  const { id, thread } = openThread(model)!;
  const at = (position: number): FileView | undefined => model.files.get(placeKey(id, position));
  if (argument !== "") return at(Number(argument));
  if (thread.selected !== undefined) return at(thread.selected);
  const newest = thread.messages.findLast((message) => {
    const file = fileIn(message) === undefined ? undefined : at(message.position);
    return file !== undefined && wanted(file);
  });
  return newest && at(newest.position);
}

const decides = (
  brief: string,
  takes: boolean,
  wanted: (file: FileView) => boolean,
  nothing: string,
): Command => ({
  brief,
  argument: "[NUMBER]",
  needs: "conversation",
  run(model, argument): Step {
    const file = subject(model, argument, wanted);
    if (file === undefined || !wanted(file)) return step(say(model, nothing, "error"));
    return step(say(model, takes ? "Taking it" : "Refusing it", "dim"), {
      kind: "take",
      id: model.open!,
      position: file.position,
      takes,
    });
  },
});

/** The commands. */
export const files: Commands = {
  "take-file": decides(
    "Take a file that is offered",
    true,
    canTake,
    "There is no file here that can be taken",
  ),
  "refuse-file": decides(
    "Refuse a file, or break it off",
    false,
    (file) => !file.outgoing && file.state !== "kept" && file.state !== "refused",
    "There is no file here that can be refused",
  ),
  "send-file": {
    brief: "Offer a file of this machine",
    argument: "PATH",
    needs: "conversation",
    run: (model, path) =>
      path === ""
        ? step(say(model, "The file's path follows the command: /send-file PATH", "error"))
        : step(say(model, `Offering ${path}`, "dim"), { kind: "offer", id: model.open!, path }),
  },
};
