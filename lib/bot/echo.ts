/**
 * What the echo bot answers. Two of them must not talk for ever: it says nothing to answers, and in groups only to
 * `/echo`.
 *
 * @module
 */
import { commandIn } from "./line.ts";

/** What there is to answer. */
export interface Said {
  /** The readable text. */
  readonly text: string;
  /** In a group. */
  readonly isGroup: boolean;
  /** It answers something, or can't be answered, so that nobody could tell an answer from it. */
  readonly isAnswer: boolean;
}

/** The answer; undefined: none. */
export function echoOf({ text, isGroup, isAnswer }: Said): string | undefined {
  const command = commandIn(text);
  const answer = command?.name === "echo" ? command.args : isGroup || isAnswer ? "" : text;
  return answer.trim() === "" ? undefined : answer;
}
