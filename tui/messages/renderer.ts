/**
 * What a kind of message is for the screen and for the linear mode.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { Row, Span } from "../drawing/screen.ts";
import type { Style } from "../drawing/style.ts";
import { cleanLines } from "../drawing/text.ts";
import { wrap } from "../drawing/width.ts";
import type { Model, Thread } from "../state/types.ts";

/** What a renderer may look at besides the message. */
export interface Surroundings {
  /** Names, times. */
  readonly model: Model;
  /** The conversation, for what is quoted. */
  readonly thread: Thread;
  /** Another message of it, of whatever kind, as one line of words. */
  lineOf(message: MessageView): string;
  /** Columns for the body. */
  readonly width: number;
}

/** What we call somebody; undefined: no name. */
export type NameOf = (key: string) => string | undefined;

/** What we call whom a message speaks of. */
export const namesIn = ({ own, names }: Pick<Model, "own" | "names">): NameOf => (key) =>
  key === own ? "you" : names.get(key);

/** For whom a message is put into words: by whose names and times. */
export type Reader = Pick<Model, "own" | "names" | "zone">;

/** One kind of message. */
export interface Renderer {
  /** Its name. */
  readonly kind: string;
  /** Whether a message is of this kind; the first renderer that says so draws it. */
  is(message: MessageView): boolean;
  /** The body as rows of at most `width` columns; at least one. */
  rows(message: MessageView, around: Surroundings): Row[];
  /**
   * The body as one line of words: for the linear mode, previews, quotes and notices. May have newlines.
   * @param reader  Left out: for anybody.
   */
  words(message: MessageView, reader?: Reader): string;
}

/** Web addresses, without what a sentence puts behind them. */
const LINK = /https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}]/g;

/** A peer's text as rows: cleaned, wrapped, with its links. */
export function textRows(text: string, width: number, style: Style = "plain"): Row[] {
  return cleanLines(text).flatMap((line) => {
    const links = line.includes("://") ? [...line.matchAll(LINK)].map(([link]) => link) : [];
    const rows = wrap(line, width);
    return links.length === 0 ? rows.map((row): Row => [{ text: row, style }]) : linkRows(rows, links, style);
  });
}

/** Marks the parts of wrapped rows that belong to links: each link's characters follow each other over the rows. */
function linkRows(rows: readonly string[], links: readonly string[], style: Style): Row[] {
  let index = 0;
  let rest = "";
  return rows.map((row) => {
    const spans: Span[] = [];
    let text = row;
    while (text !== "") {
      if (rest === "") {
        const link = links[index];
        const found = link === undefined ? undefined : beginning(text, link);
        if (found === undefined) {
          spans.push({ text, style });
          break;
        }
        if (found > 0) spans.push({ text: text.slice(0, found), style });
        text = text.slice(found);
        rest = link;
      }
      const length = Math.min(rest.length, text.length);
      spans.push({ text: text.slice(0, length), style: "link", link: links[index] });
      rest = rest.slice(length);
      text = text.slice(length);
      if (rest === "") index++;
    }
    return spans;
  });
}

/** Where a link begins in a row that may hold only its first part. */
function beginning(row: string, link: string): number | undefined {
  const whole = row.indexOf(link);
  if (whole >= 0) return whole;
  const start = row.lastIndexOf("http");
  return start >= 0 && link.startsWith(row.slice(start)) ? start : undefined;
}
