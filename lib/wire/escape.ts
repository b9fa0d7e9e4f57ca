/**
 * Peers' text never reaches the terminal unescaped: what can move the cursor, turn the direction, hide or join
 * letters is written out instead. What emoji of several parts and the words of some scripts are spelt with stays.
 *
 * @see specification skychat (e) `listen`; vectors `listen_escape`
 * @module
 */

/** Control, format, surrogate, private and unassigned characters, separators, U+FFFD, and letters drawn as nothing. */
const unseen = lazily(() =>
  /(?![\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\uFFFD]/gu
);
const unseenOrBackslash = lazily(() =>
  /\\|(?![\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\uFFFD]/gu
);
/** A text that may be spelt with joiners or tags; nearly none is. */
const JOINS = /[\u200c\u200d\u{e0020}-\u{e007f}]/u;
const SCRIPTS =
  "[\\p{Script=Arabic}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Tamil}\\p{Script=Malayalam}\\p{Script=Sinhala}]";
/** What stays in such a text. All emoji are thousands of sequences: made for the first text that joins. */
const spelt = lazily(() =>
  new RegExp(`(\\p{RGI_Emoji}|[\\u200c\\u200d](?<=${SCRIPTS}\\p{M}{0,4}.)(?=${SCRIPTS}))`, "v")
);
// Each of the two takes a millisecond to make, which plain text does not need to pay at start-up.
const ASCII = /^[\x20-\x7e]*$/;
const SHORT: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * One line of visible characters for any text; different texts give different lines.
 * @param text  Any text, also with lone surrogates.
 * @returns `\`, LF, CR and tab as `\\ \n \r \t`; other controls as `\xHH`; other unseen characters as `\u{…}`.
 */
export const visible = (text: string): string =>
  ASCII.test(text) ? text.replaceAll("\\", "\\\\") : withoutSpelt(text, unseenOrBackslash());

/**
 * Like {@link visible} for a text that has a line to itself, as `listen` prints one: a tab stays, as in the Go program
 * (`escapeForOneLine`), whose readers cut such lines at tabs.
 */
export const visibleLine = (text: string): string => text.split("\t").map(visible).join("\t");

/** Like {@link visible}, and leaves `\` alone: for sentences of ours (paths!) that may quote a peer. */
export const printable = (text: string): string => ASCII.test(text) ? text : withoutSpelt(text, unseen());

/** Like {@link printable} for a text of several lines of ours; tabs stay, too. */
export const printableLines = (text: string): string => text.replace(/[^\n\t]+/g, printable);

/**
 * A value as one line of JSON whose unseen characters are `\u` escapes: equal after parsing, harmless on a terminal.
 * @param value  What `JSON.stringify` takes.
 */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value);
  return ASCII.test(text) ? text : text.replace(unseen(), unitEscapes);
}

/** Writes out all that is meant but what a text is spelt with. */
function withoutSpelt(text: string, unseen: RegExp): string {
  if (!JOINS.test(text)) return text.replace(unseen, written);
  return text.split(spelt()).map((part, i) => i % 2 === 1 ? part : part.replace(unseen, written)).join("");
}

function written(character: string): string {
  const short = SHORT[character];
  if (short) return short;
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  return code < 0xa0 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
}

function unitEscapes(character: string): string {
  let out = "";
  for (let i = 0; i < character.length; i++) {
    out += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return out;
}

function lazily(make: () => RegExp): () => RegExp {
  let made: RegExp | undefined;
  return () => made ??= make();
}
