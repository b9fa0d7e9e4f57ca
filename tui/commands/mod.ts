/**
 * The table of commands, and running one by its name.
 *
 * @module
 */
import { didYouMean } from "../../lib/identity/nearest.ts";
import { nameOf, openThread, say, selectedMessage, selectedOf, step } from "../state/model.ts";
import type { Model, Step } from "../state/types.ts";
import { beginningWith, commandsIn, commandWords } from "../steps/bot_commands.ts";
import type { Command, Commands } from "./command.ts";
import { conversation, send } from "./conversation.ts";
import { files } from "./files.ts";
import { general } from "./general.ts";
import { groups } from "./groups.ts";
import { messages } from "./message.ts";
import { offers } from "./offers.ts";
import { people } from "./people.ts";
import { picker } from "./picker.ts";
import { shared } from "./shared.ts";

/** All commands. */
export const COMMANDS: Commands = {
  ...picker,
  ...conversation,
  ...messages,
  ...people,
  ...groups,
  ...files,
  ...offers,
  ...shared,
  ...general,
};

/**
 * Whether a command can be run now. Who has gone to another row of the list means neither what is open still, nor a
 * message that was chosen there.
 */
export function isPossible(model: Model, { needs }: Command): boolean {
  if (needs === undefined) return true;
  if (model.focus === "picker" && selectedOf(model) !== model.open) return false;
  return needs === "message" ? selectedMessage(model) !== undefined : openThread(model) !== undefined;
}

/** Whether what was typed behind a command's name is nothing to it. */
export const isTooMuch = (name: string, argument: string): boolean =>
  argument.trim() !== "" && Object.hasOwn(COMMANDS, name) && COMMANDS[name].argument === undefined;

/** `/block carol` is not about bob because his conversation is open: says so, and does nothing. */
function tooMuch(model: Model, name: string): Step {
  const id = model.focus === "picker" ? selectedOf(model) : model.open;
  const about = COMMANDS[name].isAbout && id !== undefined ? `: it is about ${nameOf(model, id)} here` : "";
  return step(say(model, `/${name} takes nothing behind it${about}`, "error"));
}

/**
 * A command that is none of ours: one of a bot is a text for it, of a beginning it is said what it may become.
 */
function forBots(model: Model, name: string, argument: string): Step {
  const none = (): Step => {
    const known = Object.keys(COMMANDS).filter((one) => isPossible(model, COMMANDS[one]));
    const meant = didYouMean(name, known);
    // `/etc/passwd` was meant as a text.
    const hint = name.includes("/") ? "// begins a text with a slash" : meant;
    return step(say(model, `There is no command ${name}${hint === undefined ? "" : `. ${hint}`}`, "error"));
  };
  if (model.focus === "picker" || model.open === undefined) return none();
  if (commandsIn(model, model.open) === undefined) {
    return step(model, { kind: "bot-commands", id: model.open, then: { name, argument } });
  }
  const found = beginningWith(model, name);
  if (found.some((one) => one.name === name)) return send(model, `/${name} ${argument}`.trimEnd());
  if (found.length === 0) return none();
  return step(say(model, `Which one: ${found.map((one) => commandWords(model, one)).join("; ")}`, "error"));
}

/** Runs a command; says so when there is none of that name, or nothing that it could be for. */
export function runCommand(model: Model, name: string, argument = ""): Step {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) return forBots(model, name, argument);
  if (isTooMuch(name, argument)) return tooMuch(model, name);
  if (!isPossible(model, command)) {
    return step(
      say(
        model,
        command.needs === "message" ? "Choose a message first" : "Open a conversation first",
        "error",
      ),
    );
  }
  return command.run(model, argument);
}
