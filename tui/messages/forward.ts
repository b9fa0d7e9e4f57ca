/**
 * A text that somebody passed on.
 *
 * @see specification skychat §a.1, `skychat_forward`
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { type ForwardBody, readBody } from "../../lib/chat/body.ts";
import { cleanLine } from "../drawing/text.ts";
import { clip } from "../drawing/width.ts";
import { type Renderer, textRows } from "./renderer.ts";

const bodyOf = ({ text }: MessageView): ForwardBody | undefined => {
  const body = text.includes("skychat_forward") ? readBody(text) : undefined;
  return body?.kind === "forward" ? body : undefined;
};

/** Draws forwards. */
export const forward: Renderer = {
  kind: "forward",
  is: (message) => bodyOf(message) !== undefined,
  rows(message, { width }) {
    const { from, text } = bodyOf(message)!;
    const head = from === undefined ? "↪ forwarded" : `↪ forwarded from ${cleanLine(from)}`;
    return [[{ text: clip(head, width), style: "quote" }], ...textRows(text, width)];
  },
  words: (message) => bodyOf(message)!.text,
};
