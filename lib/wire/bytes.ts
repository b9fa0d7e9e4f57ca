/**
 * Byte helpers: hex, joining, comparing, and integers in both byte orders.
 *
 * @module
 */

/** Lower-case hex of bytes. */
export const toHex = (bytes: Uint8Array): string => bytes.toHex();

/**
 * Bytes of a hex text; accepts upper case.
 * @param text  Two characters a byte; the empty text gives no bytes.
 * @throws {SyntaxError} When the text has an odd length or a character that is not hex.
 */
export function fromHex(text: string): Uint8Array {
  try {
    return Uint8Array.fromHex(text);
  } catch {
    throw new SyntaxError("not a hex text");
  }
}

/** Joins parts into one new array. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether two arrays hold the same bytes. Not constant-time: for public values only. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A copy that outlives the buffer which the view points into. */
export const copy = (view: Uint8Array): Uint8Array => view.slice();

/** Big-endian u16 at an offset, 0 … 65535. As all readers here: that the bytes are there is the caller's duty. */
export const readU16 = (b: Uint8Array, at: number): number => (b[at] << 8) | b[at + 1];

/** Big-endian u32 at an offset, 0 … 2^32-1. */
export const readU32 = (b: Uint8Array, at: number): number =>
  ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0;

/** Writes a big-endian u16 at an offset; higher bits are dropped, as is what lies behind the array's end. */
export function writeU16(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 8;
  b[at + 1] = value;
}

/** Writes a big-endian u32 at an offset; as {@link writeU16}. */
export function writeU32(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 24;
  b[at + 1] = value >>> 16;
  b[at + 2] = value >>> 8;
  b[at + 3] = value;
}

/**
 * Big-endian u64 as a number.
 * @returns The value, exact up to 2^53; larger ones come back as Infinity, so that every comparison with a
 * counter of ours treats them as "beyond anything that was sent".
 */
export function readU64(b: Uint8Array, at: number): number {
  const high = readU32(b, at);
  return high > 0x1fffff ? Infinity : high * 0x100000000 + readU32(b, at + 4);
}

/** Writes a big-endian u64 at an offset from a number of 0 … 2^53. */
export function writeU64(b: Uint8Array, at: number, value: number): void {
  writeU32(b, at, Math.floor(value / 0x100000000));
  writeU32(b, at + 4, value >>> 0);
}

const wide = new DataView(new ArrayBuffer(8));
const wideBytes = new Uint8Array(wide.buffer);

/** A u64 as 8 bytes, big-endian; a negative number as its two's complement, as Go converts it. */
export function u64Bytes(value: bigint): Uint8Array {
  wide.setBigUint64(0, value); // one view for all: to make one costs more than all else here
  return wideBytes.slice();
}

/** A length as 4 bytes, big-endian. */
export function u32Bytes(value: number): Uint8Array {
  const out = new Uint8Array(4);
  writeU32(out, 0, value);
  return out;
}

const encoder = new TextEncoder();
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** UTF-8 bytes of a text. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Bytes of a UTF-16 unit, at most. */
const MAX_UNIT_BYTES = 3;
const encoded = new Uint8Array(8 * 1024);
const fitsEncoded = (text: string): boolean => text.length * MAX_UNIT_BYTES <= encoded.length;

/**
 * The same as a view that is valid until the next call, for who hashes, seals or copies it at once: an array of its own
 * takes several times as long as the bytes.
 */
export const utf8View = (text: string): Uint8Array =>
  fitsEncoded(text) ? encoded.subarray(0, encoder.encodeInto(text, encoded).written) : utf8(text);

/** How many bytes of UTF-8 a text has. */
export const utf8Length = (text: string): number =>
  fitsEncoded(text) ? encoder.encodeInto(text, encoded).written : utf8(text).length;

/** The longest beginning of a text of whole characters that has at most so many bytes as UTF-8, in one pass. */
export const cutUtf8 = (text: string, bytes: number): string =>
  text.slice(0, encoder.encodeInto(text, new Uint8Array(bytes)).read);

/** Sorts texts in the order of their UTF-8: UTF-16 has the letters beyond U+FFFF before those from U+E000 on. */
export function byBytes(a: string, b: string): number {
  const [left, right] = [toHex(utf8(a)), toHex(utf8(b))];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Up to so many bytes are looked at one by one: a call of the decoder takes longer, most of all after a pause. */
const FEW_BYTES = 256;

/** The text of a few bytes that are all ASCII; undefined for others, which need a decoder. */
export function fromShortAscii(bytes: Uint8Array): string | undefined {
  if (bytes.length > FEW_BYTES) return undefined;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] > 0x7f) return undefined;
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** Text of UTF-8 bytes; each byte that belongs to no character becomes U+FFFD, as Go does it. */
export function fromUtf8(bytes: Uint8Array): string {
  const short = fromShortAscii(bytes);
  if (short !== undefined) return short;
  const text = lenient.decode(bytes);
  if (text.length === bytes.length) return text; // as many units as bytes: each byte has its own already
  return text.includes(REPLACEMENT) ? byteByByte(bytes) : text;
}

const REPLACEMENT = "\ufffd";

/** A decoder by the web's rules makes one U+FFFD of a character that breaks off, however many bytes of it are there. */
function byteByByte(bytes: Uint8Array): string {
  const most = bytes.length * MARK.length;
  const mended = most <= scratch.length ? scratch : new Uint8Array(most);
  let end = 0;
  for (let at = 0; at < bytes.length;) {
    const length = characterAt(bytes, at);
    if (length === 0) {
      for (let i = 0; i < MARK.length; i++) mended[end++] = MARK[i];
      at++;
    }
    for (let i = 0; i < length; i++) mended[end++] = bytes[at++];
  }
  return lenient.decode(mended.subarray(0, end));
}

/** For short texts: peers can send thousands of them in one go. */
const scratch = new Uint8Array(1024);
/** U+FFFD in UTF-8: the longest that comes of one byte. */
const MARK: Uint8Array = utf8(REPLACEMENT);

/** How many bytes a character has; 0: there is none. @see Unicode "Well-Formed UTF-8 Byte Sequences" */
function characterAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[at + 1];
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (!(second >= least && second <= most)) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let i = 2; i < length; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  return length;
}
