/**
 * A file that a message speaks of.
 *
 * @see specification skychat §a.1, `skychat_file`
 * @module
 */
import type { FileView } from "../../lib/app/files/files.ts";
import type { FileBody } from "../../lib/chat/body.ts";
import type { Row } from "../drawing/screen.ts";
import type { Style } from "../drawing/style.ts";
import { cleanLine } from "../drawing/text.ts";
import { clip, widthOf, wrap } from "../drawing/width.ts";
import { canTake, fileIn, fileOf, fileStands } from "../steps/files.ts";
import type { Renderer } from "./renderer.ts";

/** Columns of the bar of one that moves, where there is room. */
const BAR_COLUMNS = 20;

const STYLES: Readonly<Partial<Record<FileView["state"], Style>>> = {
  offered: "title",
  kept: "good",
  sent: "good",
  failed: "error",
  unconfirmed: "warning",
};

/** Draws files. */
export const file: Renderer = {
  kind: "file",
  is: (message) => fileIn(message) !== undefined,
  rows: (
    message,
    { model, width },
  ) => [
    [{ text: clip(cleanLine(wordsOf(fileIn(message)!)), width), style: "link" }],
    ...standing(fileOf(model, message), width),
  ],
  words: (message) => wordsOf(fileIn(message)!),
};

/** Where it stands, with what can be done about it. */
function standing(view: FileView | undefined, width: number): Row[] {
  if (view === undefined) return [];
  const keys = canTake(view)
    ? view.state === "offered" ? " (a takes it, N refuses it)" : " (a takes it)"
    : "";
  const style = STYLES[view.state] ?? "dim";
  // The whole path is in what `i` shows: here one row is enough, and its end tells most.
  if (view.state === "kept" && widthOf(fileStands(view)) > width) {
    const name = cleanLine(view.path?.split(/[\\/]/).at(-1) ?? "");
    return [[{ text: clip(`kept as …/${name}`, width), style }]];
  }
  if (view.state !== "moving" || width < BAR_COLUMNS * 2) {
    return wrap(fileStands(view) + keys, width).map((text): Row => [{ text, style }]);
  }
  const full = Math.round(Math.min(1, (view.moved ?? 0) / Math.max(1, view.size)) * BAR_COLUMNS);
  return [[
    { text: "━".repeat(full), style: "good" },
    { text: "─".repeat(BAR_COLUMNS - full), style: "dim" },
    { text: ` ${fileStands(view)}` },
  ]];
}

const wordsOf = ({ name, size }: FileBody): string => `file ${name} (${sizeWords(size)})`;

/** Whole bytes up to 1 KiB, then units of 1024 with one digit; below 0: not known. */
export function sizeWords(size: bigint): string {
  if (size < 0n) return "size unknown";
  if (size < 1024n) return `${size} B`;
  let value = Number(size);
  let unit = -1;
  while (value >= 1024 && unit < 4) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${["KiB", "MiB", "GiB", "TiB", "PiB"][unit]}`;
}
