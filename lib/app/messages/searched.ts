/**
 * What a search looks in: the words of a body, without the names of its members; and where it has found something.
 *
 * @module
 */
import { readBody } from "../../chat/body.ts";
import { fold } from "../../store/rows/block.ts";

/** What the objects that are recognised inside a body begin with; nearly no text has it. */
const OBJECT = "skychat_";

/**
 * What people read of a body: of an answer its text and the words that it quotes, of what was passed on its text and
 * whose it was, of a file its name; of everything else the body.
 */
export function searchedIn(body: string): string {
  const object = body.includes(OBJECT) ? readBody(body) : undefined;
  switch (object?.kind) {
    case "reply":
      return withMore(object.text, object.toPreview);
    case "forward":
      return withMore(object.text, object.from);
    case "file":
      return object.name;
    default:
      return body;
  }
}

/** Where a text has what was looked for, as the search compares; -1: nowhere. */
export const foundAt = (text: string, wanted: string): number => fold(text).indexOf(fold(wanted));

const withMore = (text: string, more: string | undefined): string =>
  more === undefined ? text : `${text}\n${more}`;

/**
 * What an answer quotes, when only that has what was looked for: its own words alone would not tell why it was found.
 * @param wanted  What was looked for.
 * @returns undefined: its own words have it, or it quotes nothing with it.
 */
export function foundInQuote(body: string, wanted: string): string | undefined {
  const object = body.includes(OBJECT) ? readBody(body) : undefined;
  if (object?.kind !== "reply" || object.toPreview === undefined) return undefined;
  const has = (text: string): boolean => fold(text).includes(fold(wanted));
  return has(object.toPreview) && !has(object.text) ? object.toPreview : undefined;
}
