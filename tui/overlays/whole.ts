/**
 * All of a post, an item or a question: in their lists each has one row.
 *
 * @module
 */
import { cleanLine, cleanLines } from "../drawing/text.ts";
import { wrap } from "../drawing/width.ts";
import { push, step } from "../state/model.ts";
import type { Model, Step } from "../state/types.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** Shows a text. @param title  What it is. @param text  As it was written; undefined: there is none to show. */
export const reads = (model: Model, title: string, text: string | undefined): Step =>
  text === undefined ? step(model) : step(push(model, "whole", { about: { title, text } }));

/** The overlay. */
export const whole: OverlayKind = overlayOf({
  name: "whole",
  opensOn: "board",
  title: (_, { about }) => cleanLine(String(about?.title)),
  hint: "↑ ↓ scroll · Esc closes",
  lines: (_, { about }, width) =>
    cleanLines(String(about?.text)).flatMap((line) => wrap(line, width)).map((text) => [{ text }]),
});
