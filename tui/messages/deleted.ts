/**
 * A message that was taken back.
 *
 * @module
 */
import type { Renderer } from "./renderer.ts";

/** Draws the place that it leaves. */
export const deleted: Renderer = {
  kind: "deleted",
  is: ({ state }) => state === "deleted",
  rows: () => [[{ text: "(deleted)", style: "dim" }]],
  words: () => "(deleted)",
};
