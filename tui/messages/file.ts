/**
 * A file that a message speaks of.
 *
 * @see specification skychat §a.1, `skychat_file`
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { type FileBody, readBody } from "../../lib/chat/body.ts";
import { cleanLine } from "../text.ts";
import { clip } from "../width.ts";
import type { Renderer } from "./renderer.ts";

const bodyOf = ({ text }: MessageView): FileBody | undefined => {
  const body = text.includes("skychat_file") ? readBody(text) : undefined;
  return body?.kind === "file" ? body : undefined;
};

/** Draws files. */
export const file: Renderer = {
  kind: "file",
  is: (message) => bodyOf(message) !== undefined,
  rows: (
    message,
    { width },
  ) => [[{ text: clip(cleanLine(wordsOf(bodyOf(message)!)), width), style: "link" }]],
  words: (message) => wordsOf(bodyOf(message)!),
};

const wordsOf = ({ name, size }: FileBody): string => `file ${name} (${sizeWords(size)})`;

/** Whole bytes up to 1 KiB, then units of 1024 with one digit. */
function sizeWords(size: bigint): string {
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
