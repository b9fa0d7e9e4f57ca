/**
 * A plain text.
 *
 * @module
 */
import { type Renderer, textRows } from "./renderer.ts";

/** Draws what no other renderer does. */
export const text: Renderer = {
  kind: "text",
  is: () => true,
  rows: (message, { width }) => textRows(message.text, width),
  words: (message) => message.text,
};
