/**
 * The role line: the first bytes of a client say which way the file goes, and which one.
 *
 * @see specification dmsgscp §3.2, §8
 * @module
 */
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { badWire } from "./errors.ts";
import { goQuote } from "./quote.ts";
import { MAX_LINE_BYTES } from "./record.ts";

/** `SOURCE`: the client pulls; `SINK`: it pushes. */
export type Role = "SOURCE" | "SINK";

/** What a client asks for. */
export interface RoleLine {
  /** Which way. */
  readonly role: Role;
  /** Everything behind the first space, 1 byte or longer; not checked yet. */
  readonly path: Uint8Array;
  /** Whether the line ends with exactly CR CR LF: the client would take our extension. */
  readonly extended: boolean;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
/** Every Go host strips it, and no peer ends a line like this by itself. */
const MARKER = "\r\r";

/**
 * Writes a role line.
 * @param path  As it shall arrive; the receiver checks it.
 * @param extended  Whether to offer the extension.
 */
export const encodeRole = (role: Role, path: string, extended: boolean): Uint8Array =>
  utf8(`${role} ${path}${extended ? MARKER : ""}\n`);

/**
 * Reads a role line.
 * @param line  Up to and with its LF.
 * @throws {ProtocolError} by peer `role`: the text that a Go host answers with.
 */
export function parseRole(line: Uint8Array): RoleLine {
  if (line.length > MAX_LINE_BYTES || line.at(-1) !== LF) throw badRole("malformed role line");
  let end = line.length;
  while (end > 0 && (line[end - 1] === LF || line[end - 1] === CR)) end--;
  const text = line.subarray(0, end);
  const space = text.indexOf(SPACE);
  if (space < 0) throw badRole("expected `SOURCE <path>` or `SINK <path>`");
  const role = fromUtf8(text.subarray(0, space));
  if (role !== "SOURCE" && role !== "SINK") {
    throw badRole(`unknown role ${goQuote(text.subarray(0, space))}`);
  }
  if (space + 1 === text.length) throw badRole("empty path");
  return { role, path: text.slice(space + 1), extended: fromUtf8(line.subarray(end)) === `${MARKER}\n` };
}

/** The error of a line that has no LF where one must be. */
export const malformedRole = (): Error => badRole("malformed role line");

const badRole = (message: string): Error => badWire("role", message);
