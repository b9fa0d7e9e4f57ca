/**
 * What a file that a peer sends is called here.
 *
 * @see specification dmsgscp §9 "Saved name", §10
 * @module
 */
import { cutUtf8, utf8 } from "../wire/bytes.ts";

/** Ids of transfers: everything else could lead out of the directory. */
const ID = /^[0-9A-Za-z_-]{1,64}$/;
/** Longest name that file systems take, with room for ` (999)`. */
const MAX_NAME_BYTES = 240;
/** What can move a cursor or turn the direction of letters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Whether an id may stand in a name, a table or a log. */
export const isTransferId = (id: string): boolean => ID.test(id);

/**
 * The name under which a file is kept: the last part of the peer's, without leading dots; `file-` and the id when nothing
 * is left. Unseen characters become `_`.
 * @returns undefined when the id can't be used: the offer is declined then.
 */
export function savedName(name: string, id: string): string | undefined {
  if (!isTransferId(id)) return undefined;
  const last = name.replaceAll("\\", "/").split("/").at(-1)!.replace(/^\.+/, "").replace(UNSEEN, "_");
  return last === "" || last.includes("..") ? `file-${id}` : shortName(last, MAX_NAME_BYTES);
}

/** A name of so many bytes at most; keeps the ending, which says what the file is. */
export function shortName(name: string, mostBytes: number): string {
  if (utf8(name).length <= mostBytes) return name;
  const ending = /\.[^.]{1,16}$/.exec(name)?.[0] ?? "";
  const stem = name.slice(0, name.length - ending.length);
  return cutUtf8(stem, Math.max(0, mostBytes - utf8(ending).length)) + ending;
}

/** The same name for a second file: `a (1).txt`. @param number  1, 2, 3 … */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf(".");
  const at = dot > 0 ? dot : name.length;
  return `${name.slice(0, at)} (${number})${name.slice(at)}`;
}
