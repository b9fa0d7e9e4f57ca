/**
 * Record lines: what the source says about the file that follows.
 *
 * @see specification dmsgscp §3.3
 * @module
 */
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { badWire } from "./errors.ts";
import { checkName } from "./path.ts";
import { goQuote } from "./quote.ts";

/** Longest line with its LF, in bytes; role lines too. Go refuses more. */
export const MAX_LINE_BYTES = 1024;

/** So many bytes of a record are read to find its LF, as in Go: a stream that ends before them ended too early. */
export const MAX_READ_BYTES = 4096;

/** Largest size that we take: what a number holds exactly. No disk has more. */
export const MAX_SIZE: bigint = 2n ** 53n - 1n;

/** A file or a directory. */
export interface FileRecord {
  /** `C` a file, `D` a directory. */
  readonly type: "C" | "D";
  /** Permission bits, 0 … 0o777. */
  readonly mode: number;
  /** Payload bytes, 0 … 2^63-1; 0 for a directory. */
  readonly size: bigint;
  /** Checked, not cut; what is not UTF-8 in it is U+FFFD. */
  readonly name: string;
}

/** A record line. `E` ends a directory. */
export type WireRecord = FileRecord | { readonly type: "E" };

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/**
 * Writes the record of a file.
 * @param mode  Its nine permission bits are written, as four octal digits.
 * @param size  0 … 2^53-1.
 * @param name  One path part.
 * @returns `C<mode> <size> <name> LF`.
 * @throws {ProtocolError} by peer `name`: the name can't be sent.
 */
export function encodeRecord(mode: number, size: number, name: string): Uint8Array {
  const bytes = utf8(name);
  checkName(bytes);
  return utf8(`C${(mode & 0o777).toString(8).padStart(4, "0")} ${size} ${name}\n`);
}

/**
 * Reads a record line.
 * @param line  Up to and with its LF.
 * @throws {ProtocolError} by peer `record` or `name`: `dmsgscp: …`, the text of a Go peer.
 */
export function parseRecord(line: Uint8Array): WireRecord {
  if (line.length > MAX_LINE_BYTES) throw tooLong();
  const text = withoutEnd(line);
  if (text.length === 0) throw bad("header too short");
  const type = String.fromCharCode(text[0]);
  if (type === "E" && text.length === 1) return { type };
  if (type === "E") throw bad("unknown record type");
  if (type !== "C" && type !== "D") throw bad(`unknown record type: ${goQuote(utf8(type))}`);
  const [modeText, sizeText, name] = fields(text.subarray(1));
  const mode = parseMode(modeText);
  const size = parseSize(sizeText);
  checkName(name);
  if (type === "D" && size !== 0n) throw bad("bad size: D-record size must be 0");
  return { type, mode, size, name: fromUtf8(name) };
}

/** The error of a line that has no LF where one must be. */
export const tooLong = (): Error => bad("header line exceeds max length");

/** The error of a size that no file of ours can have. */
export const badSize = (size: bigint): Error => bad(`bad size: "${size}"`);

/** A line without its LF, and without one CR before it. */
export function withoutEnd(line: Uint8Array): Uint8Array {
  let end = line.length;
  if (line[end - 1] === LF) end--;
  if (line[end - 1] === CR) end--;
  return line.subarray(0, end);
}

/** Three parts at the first two spaces. */
function fields(rest: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] {
  const first = rest.indexOf(SPACE);
  const second = first < 0 ? -1 : rest.indexOf(SPACE, first + 1);
  if (second < 0) throw bad("header too short");
  return [rest.subarray(0, first), rest.subarray(first + 1, second), rest.subarray(second + 1)];
}

function parseMode(field: Uint8Array): number {
  const text = fromUtf8(field);
  const value = /^[0-7]+$/.test(text) ? BigInt(`0o${text}`) : -1n;
  if (value < 0n || value >= 2n ** 32n) throw bad(`bad octal mode: ${goQuote(field)}`);
  return Number(value & 0o777n);
}

function parseSize(field: Uint8Array): bigint {
  const text = fromUtf8(field);
  const value = /^[+-]?[0-9]+$/.test(text) ? BigInt(text.replace("+", "")) : undefined;
  if (value === undefined || value >= 2n ** 63n || value < -(2n ** 63n)) {
    throw bad(`bad size: ${goQuote(field)}`);
  }
  if (value < 0n) throw bad("bad size: negative");
  return value;
}

const bad = (what: string): Error => badWire("record", `dmsgscp: ${what}`);
