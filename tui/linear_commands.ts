/**
 * Commands as lines: ours, then those of bots of the open conversation.
 *
 * @module
 */
import { beginningWith, commandWords } from "./bot_commands.ts";
import { COMMANDS, isPossible } from "./commands/mod.ts";
import type { Model } from "./types.ts";

/** Whether an overlay lists commands: here all the same ones. */
export const isCommands = (name: string): boolean => name === "help" || name === "palette";

/** Every command, with what it takes; those of bots behind them. */
export function commandLines(model: Model): string[] {
  const possible = Object.entries(COMMANDS).filter(([name, command]) =>
    (!command.isMovement || LINE_MOVEMENTS.includes(name)) && isPossible(model, command)
  );
  return [
    "What you type is sent; these are commands",
    ...possible.map(([name, { brief, argument }]) =>
      `/${name}${argument === undefined ? "" : ` ${argument}`}: ${brief}`
    ),
    ...(model.focus === "picker" ? [] : beginningWith(model, "").map((one) => commandWords(model, one))),
    "//text sends a text that begins with a slash",
  ];
}

/** Movements that mean something without a screen. */
const LINE_MOVEMENTS = ["up", "down", "page-up", "page-down"];
