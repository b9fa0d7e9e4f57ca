/**
 * The text of a message as it is given to a command: an argument, or standard input with `-` or where it is a pipe.
 *
 * @module
 */
import { MAX_PAYLOAD_BYTES } from "../../lib/chat/frame.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Input } from "./stdin.ts";
import { type TextArgument, textArgument } from "./text_argument.ts";
import { checkArgument, strictText } from "./utf8.ts";

/** What a text is, in what is said when there is none. */
export type GivenAs = "message" | "item" | "value" | "new text" | "question";

const MISSING: Readonly<Record<GivenAs, string>> = {
  message: "There is no text to send",
  item: "There is no item to add",
  value: "There is no value to publish",
  "new text": "The new text is missing",
  question: "There is no question to ask",
};

/** The argument of a command that reads its text with {@link givenText}. @param brief  What it may be. */
export const givenArgument = (
  placeholder: string,
  brief: string,
): TextArgument & { readonly optional: true } => ({
  ...textArgument(placeholder, `${brief}; - for standard input, which is read from a pipe`),
  optional: true,
});

/**
 * Reads a text.
 * @param argument  As it was typed; `-`: standard input; undefined: the same, when nobody sits at it.
 * @param command  Whose help says more, for example `group send`.
 * @param as  What it is.
 * @returns Not empty; of a pipe without the newline at its end. It may still be too long for where it goes.
 * @throws {UserError} usage: there is none, it is empty, no UTF-8, or longer than any frame.
 */
export async function givenText(
  input: Input,
  argument: string | undefined,
  command: string,
  as: GivenAs = "message",
): Promise<string> {
  if (argument === undefined && input.isTerminal) throw usage(MISSING[as], command);
  const isTyped = argument !== undefined && argument !== "-";
  const text = isTyped ? argument : await piped(input);
  if (isTyped) checkArgument(text);
  if (text === "") throw usage(`The ${as} is empty`, command);
  return text;
}

async function piped(input: Input): Promise<string> {
  const text = strictText(await input.readAll(MAX_PAYLOAD_BYTES + 2));
  return text.replace(/\r?\n$/, "");
}

const usage = (message: string, command: string): UserError =>
  new UserError(message, { kind: "usage", hint: `See \`dmsg ${command} --help\`.` });
