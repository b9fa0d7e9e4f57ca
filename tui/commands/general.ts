/**
 * Commands that belong to no conversation.
 *
 * @module
 */
import { searches } from "../overlays/search.ts";
import { choosesBell, choosesQuiet } from "../state/chosen.ts";
import { push, say, step } from "../state/model.ts";
import { askOnce } from "../steps/bot_commands.ts";
import { reload } from "../steps/events.ts";
import { quietSpan } from "../steps/notices.ts";
import type { Commands } from "./command.ts";

/** The commands. */
export const general: Commands = {
  help: { brief: "Show the keys", run: (model) => step(push(model, "help"), ...askOnce(model)) },
  palette: {
    brief: "Choose a command",
    isMovement: true,
    run: (model) => step(push(model, "palette"), ...askOnce(model)),
  },
  search: {
    brief: "Find messages by their text",
    argument: "[WORDS]",
    run: (model, argument) => searches(model, argument, undefined, model.open),
  },
  outbox: {
    brief: "Show what waits to be sent",
    run: (model) => step(push({ ...model, outbox: undefined }, "outbox"), { kind: "outbox" }),
  },
  requests: {
    brief: "Show unknown people who wrote: accept or refuse",
    run: (model) => step(push(model, "requests"), { kind: "peers" }),
  },
  refresh: {
    brief: "Read everything again",
    run: (model) => reload(say(model, "Reading everything again", "dim")),
  },
  network: {
    brief: "Which networks there are",
    run: (model) => step(say(model, "dmsg is the only network here: skynet needs a visor", "dim")),
  },
  quiet: {
    brief: "Hours without notices",
    argument: "FROM-TO|off",
    run(model, argument) {
      if (argument === "off") {
        return step(say(choosesQuiet(model, undefined), "No quiet hours"), { kind: "save" });
      }
      const quiet = quietSpan(argument);
      if (quiet === undefined) {
        return step(say(model, "Quiet hours are given as 22:00-07:00, or off", "error"));
      }
      return step(say(choosesQuiet(model, quiet), `Quiet hours: ${argument}`), { kind: "save" });
    },
  },
  bell: {
    brief: "Ring the bell or not",
    argument: "on|off",
    run(model, argument) {
      if (argument !== "" && argument !== "on" && argument !== "off") {
        return step(say(model, "The bell is on or off", "error"));
      }
      const bell = argument === "on" || (argument === "" && !model.preferences.bell);
      return step(
        say(choosesBell(model, bell), bell ? "The bell rings" : "The bell is off"),
        { kind: "save" },
      );
    },
  },
  suspend: { brief: "Stop; `fg` goes on", run: (model) => step(model, { kind: "suspend" }) },
  redraw: { brief: "Draw the screen again", run: (model) => step(model, { kind: "redraw" }) },
  quit: {
    brief: "Leave; drafts are kept",
    run: (model) => step({ ...model, ending: true }, { kind: "save" }, { kind: "quit" }),
  },
};
