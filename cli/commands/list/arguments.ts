/**
 * What the commands of `dmsg list` take alike.
 *
 * @module
 */
import { type TextArgument, textArgument } from "../../input/text_argument.ts";

/** Which list. */
export const listArgument: TextArgument = textArgument("list", "Its name, or the beginning of its id");
/** Which item. */
export const itemArgument: TextArgument = textArgument(
  "item",
  "Its number, what it says, or the beginning of its id",
);
