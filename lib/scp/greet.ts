/**
 * How a client begins and ends its part of a stream.
 *
 * @see specification dmsgscp §3, §8
 * @module
 */
import { ProtocolError } from "../wire/errors.ts";
import type { Stream } from "../wire/reading.ts";
import { NoExtension } from "./errors.ts";
import { checkText } from "./path.ts";
import { encodeRole, type Role } from "./role.ts";
import { CONTROL_MS, HELLO, Mark, Wire, type WireOptions } from "./wire.ts";

/** Whether a path may be sent. @throws {ProtocolError} by self `name`. */
export function checkPath(path: string): void {
  try {
    checkText(path);
  } catch (error) {
    throw new ProtocolError((error as Error).message, { by: "self", code: "name", ends: "stream" });
  }
}

/**
 * Runs a client's part to its end: the stream is closed, or reset when it failed.
 * @throws {NoExtension} The host is a classic one, and the part needs the extension. What the part throws.
 */
export async function run<T>(
  stream: Stream,
  options: WireOptions,
  work: (wire: Wire) => Promise<T>,
): Promise<T> {
  try {
    const result = await work(new Wire(stream, options));
    stream.close();
    return result;
  } catch (error) {
    if (stream.reset) stream.reset();
    else stream.close();
    throw error;
  }
}

/** Says the role, and waits for the hello. @throws {NoExtension} The host is of another kind. */
export async function greet(wire: Wire, role: Role, path: string): Promise<void> {
  checkPath(path);
  await wire.write(encodeRole(role, path, true));
  for (;;) {
    const first = await wire.reader.byte(CONTROL_MS);
    if (first !== Mark.warning && first !== Mark.fatal && first !== undefined) {
      throw new NoExtension("the host is a classic one");
    }
    if ((await wire.answer(first, "before the host answered")).startsWith(HELLO)) return;
  }
}
