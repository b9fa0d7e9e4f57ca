/**
 * Names on the wire: what may stand in a role line and in a record, and where below a root it leads.
 *
 * @see specification dmsgscp §3.4, §4
 * @module
 */
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { badWire } from "./errors.ts";

/** Longest name, in bytes; it covers the whole remote path. A Go peer refuses more. */
export const MAX_NAME_BYTES = 255;

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Checks a name by the rules of every peer, in their order.
 * @param name  Bytes as they were on the wire; they need not be UTF-8.
 * @throws {ProtocolError} by peer `name`: `dmsgscp: …`, the text that a Go host sends.
 */
export function checkName(name: Uint8Array): void {
  if (name.length === 0) throw badWire("name", "dmsgscp: empty name");
  if (name.length > MAX_NAME_BYTES) throw badWire("name", "dmsgscp: name exceeds max length");
  if (name.some((byte) => byte === NUL || byte === LF || byte === CR)) {
    throw badWire("name", "dmsgscp: name contains invalid characters");
  }
  const text = fromUtf8(name);
  // Cut at either, not at both: with the other one beside it `..` is a part of a name like others.
  if (/^[/\\]/.test(text) || ["/", "\\"].some((cut) => text.split(cut).includes(".."))) {
    throw badWire("name", "dmsgscp: name contains path traversal");
  }
}

/** What {@link checkName} has nothing against: found by one look, for thousands of names. */
const PLAIN = /^(?!.*\.\.)[ -.0-[\]-~][ -[\]-~]*$/;

/** Checks the name that a text is, likewise. @throws As {@link checkName}. */
export function checkText(name: string): void {
  if (name.length > MAX_NAME_BYTES || !PLAIN.test(name)) checkName(utf8(name));
}

/** Whether bytes are UTF-8: we serve no other names. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const strict = new TextDecoder("utf-8", { fatal: true });

/**
 * The parts of a checked name below the root.
 * @param name  After {@link checkName}.
 * @returns Directories and the last part; empty for the root itself. `.` and empty parts are gone.
 */
export const partsOf = (name: string): string[] =>
  name.split("/").filter((part) => part !== "" && part !== ".");

/** The last part of a remote path; `.` when it is the root. */
export const baseName = (name: string): string => partsOf(name).at(-1) ?? ".";
