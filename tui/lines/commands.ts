/**
 * Commands as lines: ours, then those of bots of the open conversation.
 *
 * @module
 */
import { COMMANDS, isPossible } from "../commands/mod.ts";
import type { OverlayKind } from "../overlays/overlay.ts";
import type { Model } from "../state/types.ts";
import { beginningWith, commandWords } from "../steps/bot_commands.ts";

/** Whether an overlay lists commands: here all the same ones. */
export const isCommands = (name: string): boolean => name === "help" || name === "palette";

/** Every command, with what it takes; those of bots behind them. */
export function commandLines(model: Model): string[] {
  const possible = Object.entries(COMMANDS).filter(([name, command]) =>
    (!command.isMovement || LINE_MOVEMENTS.includes(name)) && !OF_SCREEN.includes(name) &&
    isPossible(model, command)
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

/** What only a screen has: lines are stopped by the terminal's own key, and nothing is drawn. */
const OF_SCREEN = ["suspend", "redraw"];

/** What keys of an overlay do, out of the row that the screen has at its bottom; those are typed as lines. */
export function keyWords({ hint, keys = {}, prompt }: OverlayKind, count: number): string[] {
  const own = prompt !== undefined
    ? []
    : hint.split(" · ").filter((part) => part.split(" ").some((word) => Object.hasOwn(keys, word)));
  if (own.length === 0) return [];
  return [own.join("; ") + (count > 1 ? `; with a number for that one: ${own[0].split(" ")[0]} 2` : "")];
}
