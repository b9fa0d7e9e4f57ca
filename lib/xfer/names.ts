/**
 * What a file that a peer sends is called here.
 *
 * @see specification dmsgscp §9 "Saved name", §10
 * @module
 */

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
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  if (bytes(name) <= mostBytes) return name;
  const ending = /\.[^.]{1,16}$/.exec(name)?.[0] ?? "";
  let stem = [...name.slice(0, name.length - ending.length)];
  while (bytes(stem.join("") + ending) > mostBytes) stem = stem.slice(0, -1);
  return stem.join("") + ending;
}

/** The same name for a second file: `a (1).txt`. @param number  1, 2, 3 … */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf(".");
  const at = dot > 0 ? dot : name.length;
  return `${name.slice(0, at)} (${number})${name.slice(at)}`;
}
