/**
 * Standard input line by line.
 *
 * @module
 */
import { UserError } from "../../lib/wire/errors.ts";
import { unlessAborted } from "../abort.ts";
import { StrictText } from "./utf8.ts";

/** Longest line: far above what one message can hold. */
const MAX_LINE_CHARS = 1 << 20;
const READ_BYTES = 16 * 1024;

/** The part of `Deno.stdin` that is used. */
export interface LineSource {
  /** Reads some bytes; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

/**
 * Lines without their ends; a last one without an end counts.
 * @param signal  Ends the wait: the generator throws its reason.
 * @throws {UserError} usage: a line of more than a million characters, or bytes that are no UTF-8, behind the lines
 *   before them.
 */
export async function* lines(source: LineSource, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new StrictText();
  const buffer = new Uint8Array(READ_BYTES);
  let held = "";
  for (;;) {
    const count = await unlessAborted(signal, source.read(buffer));
    const { text, error } = count === null
      ? { text: "", error: decoder.end() }
      : decoder.push(buffer.subarray(0, count));
    const parts = (held + text).split("\n");
    held = parts.pop()!;
    for (const part of parts) yield part.endsWith("\r") ? part.slice(0, -1) : part;
    if (error) throw error;
    if (held.length > MAX_LINE_CHARS) {
      throw new UserError("A line on standard input is too long", { kind: "usage", hint: "Break it up." });
    }
    if (count !== null) continue;
    if (held !== "") yield held;
    return;
  }
}
