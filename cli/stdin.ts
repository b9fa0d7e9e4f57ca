/**
 * Reading what a person or a pipe gives: all of standard input with a cap, or one hidden line.
 *
 * @module
 */
import { UserError } from "../lib/wire/errors.ts";
import { Interrupted } from "./exit.ts";

/** Takes a prompt. */
export type Write = (text: string) => void;

/** Standard input. */
export interface Input {
  /** Whether a person types. */
  readonly isTerminal: boolean;
  /**
   * Everything up to the end.
   * @param maxBytes  More is refused.
   * @throws {UserError} usage: more than `maxBytes`.
   * @throws The signal's reason when it is aborted meanwhile.
   */
  readAll(maxBytes: number): Promise<Uint8Array>;
  /**
   * One line from a terminal, not shown while it is typed.
   * @param prompt  Goes to standard error.
   * @throws {Interrupted} Ctrl+C or Ctrl+D.
   */
  readHidden(prompt: string): Promise<string>;
}

/** Longest line that is typed blindly. */
const MAX_HIDDEN = 4096;

/**
 * The process's standard input.
 * @param err  Where prompts go.
 * @param signal  Ends a wait for input.
 */
export function systemInput(err: Write, signal: AbortSignal): Input {
  const read = (into: Uint8Array): Promise<number | null> => unlessAborted(signal, () => readStdin(into));
  return {
    get isTerminal(): boolean {
      return Deno.stdin.isTerminal();
    },
    readAll: (maxBytes) => readAll(maxBytes, read),
    readHidden: (prompt) => readHidden(prompt, err, read),
  };
}

/**
 * Reads some bytes of standard input; null at the end.
 * @throws {UserError} local: it can't be read, for example because it is a directory.
 */
export async function readStdin(into: Uint8Array): Promise<number | null> {
  try {
    return await Deno.stdin.read(into);
  } catch (cause) {
    throw new UserError(`Cannot read standard input: ${(cause as Error).message}`, {
      kind: "local",
      hint: "Give a file, a pipe or a terminal.",
      cause,
    });
  }
}

type Read = (into: Uint8Array) => Promise<number | null>;

/** A read can't be cancelled; the wait for it can. */
function unlessAborted<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    start().then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

async function readAll(maxBytes: number, read: Read): Promise<Uint8Array> {
  const buffer = new Uint8Array(maxBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = await read(buffer.subarray(length));
    if (count === null) return buffer.slice(0, length);
    length += count;
  }
  throw new UserError(`There are more than ${maxBytes} bytes on standard input`, {
    kind: "usage",
    hint: "Give less at a time.",
  });
}

async function readHidden(prompt: string, err: Write, read: Read): Promise<string> {
  err(prompt);
  Deno.stdin.setRaw(true);
  try {
    const buffer = new Uint8Array(256);
    const line: number[] = [];
    for (;;) {
      const count = await read(buffer);
      if (count === null) throw new Interrupted("input ended");
      for (const byte of buffer.subarray(0, count)) {
        if (byte === 13 || byte === 10) return new TextDecoder().decode(Uint8Array.from(line));
        if (byte === 3 || byte === 4) throw new Interrupted("typed Ctrl+C");
        if (byte === 8 || byte === 127) line.pop();
        else if (line.length < MAX_HIDDEN) line.push(byte);
      }
    }
  } finally {
    Deno.stdin.setRaw(false);
    err("\n");
  }
}
