/**
 * What a bot asks for, one line of JSON each.
 *
 * @see lib/bot/README.md "From the bot"
 * @module
 */
import { choice, FLAG, type Kind, type Members, OBJECT, problemIn, text } from "./members.ts";
import { type BotWidget, WIDGET } from "./widget.ts";

/** Characters of a name and of whatever names a thing. */
const MAX_NAME_CHARS = 500;
/** Characters of an id: with the bot's name before it it is a key of 1,024 bytes at most. */
export const MAX_ID_CHARS = 200;
/** Commands that a bot announces. */
const MAX_COMMANDS = 32;
/** What can be done in a list; see `dmsg list --help`. */
export const LIST_ACTIONS = [
  "new",
  "add",
  "check",
  "uncheck",
  "rename",
  "assign",
  "move",
  "remove",
  "restore",
  "archive",
  "unarchive",
] as const;
/** What can be done in a bulletin; see `dmsg board --help`. */
export const BOARD_ACTIONS = ["post", "reply", "edit", "withdraw", "pin", "unpin"] as const;

/** A command that a bot announces; `help` says in a few words what it does. */
export interface BotCommand {
  /** What stands behind the slash. */
  readonly name: string;
  /** Left out: it is not said. */
  readonly help?: string;
}

/** What a bot asks for. */
export type BotLine =
  | {
    readonly do: "send";
    readonly conversation: string;
    readonly text: string;
    /** The message's own name: the same one again is the same message. */
    readonly id?: string;
    readonly reply_to?: string;
  }
  /** `more`: the message is not done by it. */
  | {
    readonly do: "reply";
    readonly cursor: number;
    readonly text: string;
    readonly id?: string;
    readonly more?: boolean;
  }
  | {
    readonly do: "list";
    readonly conversation: string;
    readonly action: typeof LIST_ACTIONS[number];
    readonly id?: string;
    readonly list?: string;
    readonly item?: string;
    readonly text?: string;
    readonly assignee?: string;
    readonly to?: "top" | "bottom" | "before" | "after";
    readonly beside?: string;
  }
  | {
    readonly do: "board";
    readonly conversation: string;
    readonly action: typeof BOARD_ACTIONS[number];
    readonly id?: string;
    readonly post?: string;
    readonly text?: string;
    readonly expires?: string;
  }
  | {
    readonly do: "widget";
    readonly conversation: string;
    readonly widget: BotWidget;
    readonly id?: string;
  }
  /** Texts that begin with `/name` are for it; none: there are none any more. */
  | {
    readonly do: "commands";
    readonly conversation: string;
    readonly commands: readonly BotCommand[];
    readonly id?: string;
  }
  | { readonly do: "done"; readonly cursor: number; readonly id?: string };

/** What is to be said. */
export type BotAction = Exclude<BotLine, { readonly do: "done" }>;

/** A line, or what is wrong with it; its id is told back either way. */
export type ReadLine =
  | { readonly line: BotLine }
  | { readonly problem: string; readonly do?: string; readonly id?: string };

const NAME = text(MAX_NAME_CHARS);
const ID = text(MAX_ID_CHARS);
/** More does not fit a message. */
const BODY = text(65_536);
const CURSOR: Kind = {
  fits: (value) => Number.isSafeInteger(value) && value as number >= 0,
  words: "the cursor of a message, a whole number",
};
/** What is allowed in their texts is checked where they are announced (lib/overlay/announcement.ts). */
const COMMANDS: Kind = {
  fits: (value) => Array.isArray(value) && value.length <= MAX_COMMANDS && value.every(isCommand),
  words: `at most ${MAX_COMMANDS} of {"name", "help"}, both texts`,
};

/** Members by what is done. */
const MEMBERS: Readonly<Record<BotLine["do"], Members>> = {
  send: { conversation: NAME, text: BODY, "reply_to?": NAME },
  reply: { cursor: CURSOR, text: BODY, "more?": FLAG },
  list: {
    conversation: NAME,
    action: choice(...LIST_ACTIONS),
    "list?": NAME,
    "item?": NAME,
    "text?": BODY,
    "assignee?": NAME,
    "to?": choice("top", "bottom", "before", "after"),
    "beside?": NAME,
  },
  board: {
    conversation: NAME,
    action: choice(...BOARD_ACTIONS),
    "post?": NAME,
    "text?": BODY,
    "expires?": NAME,
  },
  widget: { conversation: NAME, widget: WIDGET },
  commands: { conversation: NAME, commands: COMMANDS },
  done: { cursor: CURSOR },
};

function isCommand(value: unknown): boolean {
  if (!OBJECT.fits(value)) return false;
  const { name, help = "", ...others } = value as Readonly<Record<string, unknown>>;
  return typeof name === "string" && typeof help === "string" && Object.keys(others).length === 0;
}

/** Reads a line. A member that is not known is refused: most are misspelt. */
export function readBotLine(json: string): ReadLine {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch { // no JSON, or deeper than the stack
    return { problem: "the line is no JSON" };
  }
  if (!OBJECT.fits(value)) return { problem: "the line is no object" };
  const { do: verb, ...given } = value as Readonly<Record<string, unknown>>;
  const id = ID.fits(given.id) ? { id: given.id as string } : {};
  if (typeof verb !== "string" || !Object.hasOwn(MEMBERS, verb)) {
    return { problem: `"do" is ${choice(...Object.keys(MEMBERS)).words}`, ...id };
  }
  const known = { ...MEMBERS[verb as BotLine["do"]], "id?": ID };
  const wrong = problemIn(given, known);
  if (wrong !== undefined) return { problem: wrong, do: verb, ...id };
  return { line: value as BotLine };
}

/** A command at the beginning of a text: `/name` and what follows it. */
export function commandIn(text: string): { readonly name: string; readonly args: string } | undefined {
  const found = /^\/([a-z0-9][a-z0-9-]{0,31})(?:\s+([^]*))?$/.exec(text);
  return found === null ? undefined : { name: found[1], args: (found[2] ?? "").trim() };
}
