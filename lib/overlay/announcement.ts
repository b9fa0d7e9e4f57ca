/**
 * The commands that a bot announces in a conversation: `/name` and a few words each, all of them in one message.
 *
 * @see lib/overlay/README.md "Commands"
 * @module
 */

/** Commands of one bot: more are no help to anybody. */
export const MAX_COMMANDS = 32;
/** Characters of a command's help: a row of a narrow screen. */
export const MAX_HELP_CHARS = 60;

/** A command. */
export interface BotCommand {
  /** What stands behind the slash: 1 to 32 of a to z, 0 to 9 and -, not beginning with -. */
  readonly name: string;
  /** What it does, in a few words; `""`: it is not said. */
  readonly help: string;
}

/**
 * Reads the data of a dashboard's frame.
 * @returns The commands, none for a bot that has no more; undefined: it is no announcement, or one of them is wrong.
 */
export function readCommands(data: string): readonly BotCommand[] | undefined {
  let read: Readonly<Record<string, unknown>> | null;
  try {
    read = JSON.parse(data);
  } catch { // no JSON, or deeper than the stack
    return undefined;
  }
  if (typeof read !== "object" || read === null || Object.hasOwn(read, "w")) return undefined;
  const { c } = read;
  if (!Array.isArray(c) || c.length > MAX_COMMANDS) return undefined;
  const commands = c.map(commandIn);
  if (commands.some((one) => one === undefined)) return undefined;
  const all = commands as BotCommand[];
  return new Set(all.map(({ name }) => name)).size === all.length ? all : undefined;
}

/** Writes the data of a frame. */
export const writeCommands = (commands: readonly BotCommand[]): string =>
  JSON.stringify({ c: commands.map(({ name, help }) => help === "" ? [name] : [name, help]) });

function commandIn(read: unknown): BotCommand | undefined {
  if (!Array.isArray(read) || read.length > 2) return undefined;
  const [name, help = ""] = read;
  if (typeof name !== "string" || !/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) return undefined;
  return isHelp(help) ? { name, help } : undefined;
}

/** One line that shows as it is written: nothing in it is unseen, or turns the direction of what follows. */
const isHelp = (help: unknown): help is string =>
  typeof help === "string" && help.length <= MAX_HELP_CHARS && help.isWellFormed() &&
  !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(help);
