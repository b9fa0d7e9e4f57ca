/**
 * Where an answer goes: a file, a pipe as it is, a terminal made harmless.
 *
 * @module
 */
import { isAbsolute, join } from "../../lib/sys/paths.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";
import { checkParent } from "../directory.ts";
import { PIPE } from "../flags/paths.ts";
import { printable } from "../output/escape.ts";
import { createLocal, isThere } from "../scp/run/files.ts";

/** A body that is being written. */
export interface WebFile {
  /** Writes a piece. @throws {UserError} local. */
  write(bytes: Uint8Array): Promise<void>;
  /** All of it came. */
  commit(): Promise<void>;
  /** It did not. */
  discard(): Promise<void>;
}

/** Where a body goes. */
export interface WebOutput {
  /** Begins. @param size  Bytes, 0 when not known. @throws {UserError} local: it can't be made. */
  begin(size: number): Promise<WebFile>;
}

/**
 * Chooses it, before anybody is asked.
 * @param file  Its name; undefined for standard output.
 * @throws {UserError} local: the file is there, and is not to be replaced; there is no directory for it.
 */
export async function outputFor(
  context: Context,
  file: string | undefined,
  force: boolean,
): Promise<WebOutput> {
  if (file === undefined) {
    return Deno.stdout.isTerminal()
      ? { begin: () => Promise.resolve(onTerminal(context.print)) }
      : local(PIPE);
  }
  const path = isAbsolute(file, context.os) ? file : join(Deno.cwd(), file);
  if (!force && await isThere(path)) {
    throw new UserError(`${file} is there already`, { kind: "local", hint: "--force replaces it." });
  }
  await checkParent(path);
  return local(path, force);
}

const local = (path: string, force = false): WebOutput => ({
  begin: async (size) => {
    const target = await createLocal(path, size, force ? "replace" : "refuse");
    return {
      write: (bytes) => target.write(bytes),
      commit: () => target.commit(0o600),
      discard: () => target.discard(),
    };
  },
});

/**
 * A body on a terminal: what could move the cursor, turn the direction or hide is written out. Its writes throw a
 * {@link UserError} (usage) for what is no text.
 */
export function onTerminal(print: Pick<Context["print"], "text" | "room">): WebFile {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const show = (bytes?: Uint8Array): void => {
    let text: string;
    try {
      text = bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch {
      throw noText();
    }
    if (text.includes("\0")) throw noText();
    print.text(text.replaceAll("\r\n", "\n").replace(/[^\n\t]+/g, printable));
  };
  return {
    write: async (bytes) => {
      show(bytes);
      await print.room();
    },
    commit: () => Promise.resolve(show()),
    discard: () => Promise.resolve(),
  };
}

const noText = (): UserError =>
  new UserError("The answer is not text, and standard output is a terminal", {
    kind: "usage",
    hint: "Write it into a file with -o FILE, or into a pipe.",
  });
