/**
 * What people read: local times, counts, names instead of keys, lines that fit.
 *
 * @module
 */
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";

/** A public key in a text; not one of a URL. */
const KEY = /(?<![\w/])0[23][0-9a-f]{64}\b/g;
/** A terminal's usual width. */
const COLUMNS = 80;

/**
 * A point in time on this machine's clock, to the second: `2026-11-23 10:00:00`.
 * @param ts  RFC 3339; what is none comes back as it is.
 */
export function localTime(ts: string): string {
  const at = new Date(ts);
  if (Number.isNaN(at.getTime())) return ts;
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")}`;
}

/** `1 conversation`, `2 conversations`. */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;

/** The text with names where it has keys that have one. */
export const withNames = (text: string, nameOf: (pk: PublicKeyHex) => string | undefined): string =>
  text.replace(KEY, (pk) => nameOf(pk) ?? pk);

/** The text with names where it has keys that have one, and the beginnings of the others. */
export const shortKeys = (text: string, nameOf: (pk: PublicKeyHex) => string | undefined): string =>
  text.replace(KEY, (pk) => nameOf(pk) ?? `${pk.slice(0, 8)}…`);

/** Whether a text has a key in it. */
export const hasKey = (text: string): boolean => text.search(KEY) >= 0;

/** The address of a discovery, and what of it was asked for. */
const DISCOVERY = /(https?:\/\/[^\s/]+)\/dmsg-discovery\/\S+/g;

/**
 * The first sentence, with names or the beginnings of keys, and of a discovery's URL its address: one line of a
 * terminal.
 */
export const inOneLine = (text: string, nameOf: (pk: PublicKeyHex) => string | undefined): string =>
  shortKeys(text.split(/\. (?=[A-Z])/)[0].replace(DISCOVERY, "$1"), nameOf);

/**
 * As much of a text as fits a line behind an indent, whatever the terminal makes of its letters: one that is not ASCII
 * counts as two columns.
 */
export function clipped(text: string, indent: number): string {
  let left = COLUMNS - indent;
  let shown = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= /^[\x20-\x7e]$/.test(segment) ? 1 : 2;
    if (left < 0) return `${shown.slice(0, -2)}…`;
    shown += segment;
  }
  return shown;
}
