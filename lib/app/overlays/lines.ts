/**
 * The lines that everybody can read: what an action of an overlay is in the chat, behind its writer's name.
 *
 * @module
 */

import { keyWords } from "../../overlay/shown.ts";

/** Characters of a name in a line. */
const NAME_CHARS = 80;
/** Characters of a post in its line, when the whole would be long. */
const POST_CHARS = 300;
/** Bodies up to this survive the history of Go programs (specification skychat §h.3 "Limits"). */
export const GO_BODY_BYTES = 4096;

const short = (text: string, chars = NAME_CHARS): string =>
  text.length > chars ? `${text.slice(0, chars - 1).toWellFormed()}…` : text;

/** What was done to a list or an item. */
export const listLine = {
  new: (list: string): string => `[list] made ${short(list)}`,
  add: (list: string, item: string): string => `[list] added ${short(item)} to ${short(list)}`,
  check: (list: string, item: string): string => `[list] checked ${short(item)} in ${short(list)}`,
  uncheck: (list: string, item: string): string => `[list] unchecked ${short(item)} in ${short(list)}`,
  move: (list: string, item: string): string => `[list] moved ${short(item)} in ${short(list)}`,
  remove: (list: string, item: string | undefined): string =>
    item === undefined
      ? `[list] removed ${short(list)}`
      : `[list] removed ${short(item)} from ${short(list)}`,
  restore: (): string => "[list] brought something back",
  archive: (list: string): string => `[list] archived ${short(list)}`,
  unarchive: (list: string): string => `[list] took ${short(list)} out of the archive`,
  rename: (list: string, item: string | undefined, to: string): string =>
    item === undefined
      ? `[list] renamed ${short(list)} to ${short(to)}`
      : `[list] renamed ${short(item)} in ${short(list)} to ${short(to)}`,
  assign: (list: string, item: string, to: string): string =>
    to === ""
      ? `[list] ${short(item)} in ${short(list)} is nobody's`
      : `[list] gave ${short(item)} in ${short(list)} to ${keyWords(to)}`,
};

/** What was said in a bulletin: a post is its own line. */
export const boardLine = {
  post: (text: string): string => short(text, POST_CHARS),
  edit: (text: string): string => `[board] edited: ${short(text, POST_CHARS)}`,
  withdraw: (): string => "[board] withdrew a post",
  pin: (text: string): string => `[board] pinned: ${short(text)}`,
  unpin: (text: string): string => `[board] unpinned: ${short(text)}`,
};

/** What was said of a poll. */
export const pollLine = {
  new: (question: string, choices: readonly string[]): string =>
    `[poll] ${short(question)} ${choices.map((choice, i) => `${i + 1} ${short(choice)}`).join(", ")}`,
  vote: (question: string, choices: readonly string[]): string =>
    choices.length === 0
      ? `[poll] took its vote back: ${short(question)}`
      : `[poll] voted ${choices.map((choice) => short(choice)).join(", ")}: ${short(question)}`,
  close: (question: string): string => `[poll] closed: ${short(question)}`,
};
