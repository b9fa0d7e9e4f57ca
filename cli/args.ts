/**
 * Looking at arguments before they are parsed.
 *
 * @module
 */
import { mayHoldSecret, UserError } from "../lib/wire/errors.ts";
import { visible } from "./output/escape.ts";

/** What is wrong with a flag where a command should stand. */
export const FLAG_FIRST = "The command comes first, its flags after it";

/** Whether one of these flags stands before `--`. */
export function asksFor(args: readonly string[], ...flags: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.some((arg, i) => flags.includes(arg) && (end < 0 || i < end));
}

/** What the parser knows as flags, the value in the same word or the next one. */
const PARSED = /^(--[a-z][a-z-.\d_]+|-[a-z])=.+$|^--[a-z][a-z-.\d_]+$|^-[a-z]+$/i;
/** Flags whose value the parser does not see: an empty one, one with a line break, `-w5`. */
const UNSEEN = /^(--[a-z][a-z-.\d_]+|-[a-z])=(|.*[\n\r\u2028\u2029].*)$|^(-[a-z])(\d.*)$/is;
/** A flag and its value in one word. */
const WITH_VALUE = /^(--[a-z][a-z-.\d_]+|-[a-z])=(.*)$/is;
/** What the parser takes as the value of a switch. */
const YES_OR_NO = /^(?:true|false|yes|no|y|n|on|off|1|0|t|f)$/i;
/** Everybody takes it for a flag: a word behind `--`, or one behind `-` that begins with a letter. */
const MEANT = /^(--[^\s=-][^\s=]*|-\p{L}[^\s=]*)(?:=|$)/u;

/**
 * Arguments as the parser has to get them: it takes for an argument, without a word, each flag that is not written in
 * the few forms it knows. A value that it would miss becomes a word of its own; behind `--` nothing changes.
 * @param isSwitch  Whether a flag, such as `--json` or `-v`, takes no value of its own: the next word is none of its.
 * @throws {UserError} usage: a word that is meant as a flag and can't be one; a switch with a value, which the parser
 *   would say back.
 * @see findings/stricli_odd_flag_is_argument.sh
 */
export function withSeenFlags(
  args: readonly string[],
  isSwitch: (flag: string) => boolean = () => false,
): string[] {
  const end = args.indexOf("--");
  return args.flatMap((arg, i) => {
    if (end >= 0 && i > end) return [arg];
    const [, flag, given = ""] = WITH_VALUE.exec(arg) ?? [];
    if (flag !== undefined && isSwitch(flag) && !YES_OR_NO.test(given)) {
      throw new UserError(given === "" ? `The value of ${flag} is empty` : `${flag} takes no value`, {
        kind: "usage",
        hint: `Say ${flag} alone, or leave it out.`,
      });
    }
    const [, name, value, short, number] = UNSEEN.exec(arg) ?? [];
    if (name ?? short) return [name ?? short, value ?? number];
    const meant = MEANT.exec(arg);
    if (!meant || PARSED.test(arg)) return [arg];
    throw new UserError(`There is no flag${saidBack(meant[1])}`, {
      kind: "usage",
      hint: "What follows -- is an argument, also when it begins with -.",
    });
  });
}

/**
 * A blank and a word of the line, to be said back; nothing when there may be a key in it. One that was pasted in the
 * wrong place must not come back on a screen that others may see.
 */
export const saidBack = (word: string): string => /[0-9a-f]{32}/i.test(word) ? "" : ` ${visible(word)}`;

/** A name that nothing has, to be said back in quotes; not what may be a secret key, which is longer than any id. */
export const namedBack = (name: string): string =>
  mayHoldSecret(name) ? "of that name" : JSON.stringify(name);

/**
 * The arguments of a program that is started under another name: `dmsgscp …` is `dmsg scp …`.
 * @param files  Where the program lies: its own file, and the script that it runs.
 */
export function underItsName(files: readonly string[], args: readonly string[]): readonly string[] {
  const names = files.map((file) => file.split(/[/\\]/).at(-1)!.replace(/\.(exe|mjs|ts)$/i, ""));
  if (!names.includes("dmsgscp") || args[0] === "--version" || args[0] === "-V" || args[0] === "__complete") {
    return args;
  }
  return ["scp", ...args];
}
