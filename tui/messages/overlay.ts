/**
 * A message that belongs to a list, a bulletin or a dashboard: its readable lines, with the kind before them.
 *
 * @see specification skychat §h.2, §h.3
 * @module
 */
import { BULLETIN, CHAT, DASHBOARD, LIST, readOverlay } from "../../lib/overlay/frame.ts";
import { type Renderer, textRows } from "./renderer.ts";

const NAMES: Readonly<Record<number, string>> = {
  [LIST]: "list",
  [BULLETIN]: "bulletin",
  [DASHBOARD]: "dashboard",
};

/** Draws them where no view of their own is open. */
export const overlay: Renderer = {
  kind: "overlay",
  is: ({ text }) => text.includes('"o":') && readOverlay(text).overlay !== CHAT,
  rows(message, { width }) {
    const { overlay, fallback } = readOverlay(message.text);
    return [
      [{ text: NAMES[overlay] ?? `message of kind ${overlay}`, style: "quote" }],
      ...textRows(fallback, width),
    ];
  },
  words: (message) => readOverlay(message.text).fallback,
};
