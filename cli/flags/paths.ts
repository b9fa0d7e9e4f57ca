/**
 * Paths as people name them: `-` is the pipe where a command can use one, and never the name of a file.
 *
 * @module
 */
import { isSystemError, systemReason } from "../../lib/sys/files/files.ts";
import { UserError } from "../../lib/wire/errors.ts";

/** What stands for standard input or output. */
export const PIPE = "-";

/** Why a pipe is not taken. */
const NO_PIPE = "- is a pipe, and a path is meant; what has that name is ./-";

/**
 * Parser for the path of something that a pipe can't be: it is read again and again, or is a directory.
 * @returns As it was typed.
 * @throws {SyntaxError} `-`; becomes a usage error.
 */
export function parsePath(input: string): string {
  if (input === PIPE) throw new SyntaxError(NO_PIPE);
  return input;
}

/** Why an empty path is not taken. */
const NO_PATH = "a path is meant, and this one is empty: is a variable of the shell not set?";

/**
 * Parser for a path where a pipe can be meant as well.
 * @returns As it was typed.
 * @throws {SyntaxError} It is empty, which the system can't be asked for; becomes a usage error.
 */
export function parsePathOrPipe(input: string): string {
  if (input === "") throw new SyntaxError(NO_PATH);
  return input;
}

/**
 * Parser for a path that is neither a pipe nor empty: what most flags with a path want.
 * @returns As it was typed.
 * @throws {SyntaxError} It is `-` or empty; becomes a usage error.
 */
export const parsePlace = (input: string): string => parsePathOrPipe(parsePath(input));

/**
 * Refuses to print on a terminal what is for a file or a pipe.
 * @param what  For example `A backup is not for a terminal`.
 * @throws {UserError} usage: standard output is a terminal.
 */
export function checkPiped(what: string): void {
  if (!Deno.stdout.isTerminal()) return;
  throw new UserError(what, { kind: "usage", hint: "Name a file, or send the output to a pipe." });
}

/**
 * Writes a file that was not there, whole or not at all; only its owner can read it.
 * @param chunks  What it holds; what they throw removes it again and goes on.
 * @throws {UserError} local: it is there, or it can't be written.
 */
export async function writeNewFile(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  let made = false;
  try {
    using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
    made = true;
    for await (const bytes of chunks) {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    }
    await file.sync();
  } catch (cause) {
    if (made) await Deno.remove(path).catch(() => {});
    if (!isSystemError(cause)) throw cause;
    const exists = cause instanceof Deno.errors.AlreadyExists;
    throw new UserError(exists ? `${path} exists already` : `Cannot write ${path}: ${systemReason(cause)}`, {
      kind: "local",
      hint: exists ? "Name another file." : "Check the path, its permissions and the free space.",
      cause,
    });
  }
}
