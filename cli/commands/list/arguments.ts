/**
 * What the commands of `dmsg list` take alike.
 *
 * @module
 */
import { textArgument } from "../../overlays.ts";

/** Which list. */
export const listArgument = textArgument("list", "Its name, or the beginning of its id");
/** Which item. */
export const itemArgument = textArgument("item", "Its number, what it says, or the beginning of its id");
