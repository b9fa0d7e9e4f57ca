/**
 * A message that belongs to a list, a bulletin, a poll or a dashboard: its readable lines, which say what it is; before
 * those of a number that nobody knows stands that.
 *
 * @see specification skychat §h.2, §h.3
 * @module
 */
import { CHAT, readOverlay } from "../../lib/overlay/frame.ts";
import { shownText } from "../../lib/overlay/shown.ts";
import { namesIn, type Renderer, textRows } from "./renderer.ts";

/** Draws them where no view of their own is open. */
export const overlay: Renderer = {
  kind: "overlay",
  is: ({ text }) => text.includes('"o":') && readOverlay(text).overlay !== CHAT,
  rows: ({ text }, { model, width }) => textRows(shownText(text, namesIn(model)), width),
  words: ({ text }, reader) => shownText(text, reader && namesIn(reader)),
};
