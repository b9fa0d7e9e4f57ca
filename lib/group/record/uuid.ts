/**
 * A group's id: a UUID as text and as bytes.
 *
 * @see RFC 9562; specification skychat §b.1
 * @module
 */
import { fromHex, toHex } from "../../wire/bytes.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID in its canonical form, either case. */
export const isUuid = (text: string): boolean => UUID.test(text);

/**
 * The 16 bytes of a group id.
 * @returns undefined when the text is no UUID.
 */
export const uuidBytes = (text: string): Uint8Array | undefined =>
  isUuid(text) ? fromHex(text.replaceAll("-", "")) : undefined;

/** The canonical text of a group id. @param bytes  16. */
export const uuidText = (bytes: Uint8Array): string =>
  toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** The canonical text of a random UUID (version 4). @param bytes  16 random ones. */
export function uuidOf(bytes: Uint8Array): string {
  const b = bytes.slice(0, 16);
  b[6] = b[6] & 0x0f | 0x40;
  b[8] = b[8] & 0x3f | 0x80;
  return uuidText(b);
}
