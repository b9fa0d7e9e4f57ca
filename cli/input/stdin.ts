/**
 * Reading what a person or a pipe gives: all of standard input with a cap, or one hidden line.
 *
 * @module
 */
import { UserError } from "../../lib/wire/errors.ts";

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
   * @throws The signal's reason when Ctrl+C is typed, which a terminal does not send as a signal then.
   * @throws {UserError} usage: the input ends instead (Ctrl+D).
   */
  readHidden(prompt: string): Promise<string>;
  /**
   * One line, shown while it is typed. The runtime's own `confirm` and `prompt` take the whole program: no signal is
   * heard while they wait.
   * @param prompt  Goes to standard error.
   * @returns Without its end; undefined when the input ends instead (Ctrl+D).
   * @throws The signal's reason when it is aborted meanwhile (Ctrl+C).
   */
  readLine(prompt: string): Promise<string | undefined>;
}

/** Longest line that is typed. */
const MAX_LINE = 4096;

/**
 * The process's standard input.
 * @param err  Where prompts go.
 * @param signal  Ends a wait for input.
 * @param interrupt  Aborts it as SIGINT does.
 */
export function systemInput(err: Write, signal: AbortSignal, interrupt: () => void): Input {
  const read = (into: Uint8Array): Promise<number | null> => unlessAborted(signal, () => readStdin(into));
  return {
    get isTerminal(): boolean {
      return Deno.stdin.isTerminal();
    },
    readAll: (maxBytes) => readAll(maxBytes, read),
    readHidden: (prompt) => readHidden(prompt, err, read, interrupt, (raw) => Deno.stdin.setRaw(raw)),
    readLine: (prompt) => readLine(prompt, err, read),
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

/** Some bytes of an input; null at its end. */
export type Read = (into: Uint8Array) => Promise<number | null>;

/** Whether an answer is yes; everything else, and none, is no. */
export const isYes = (answer: string | undefined): boolean => /^y(es)?$/i.test(answer?.trim() ?? "");

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

/**
 * One line of an input that gives lines as they are typed.
 * @param err  Takes the question, and the end of its line where none was typed.
 * @returns As {@link Input.readLine}.
 * @throws {UserError} usage: it is too long.
 */
export async function readLine(prompt: string, err: Write, read: Read): Promise<string | undefined> {
  err(prompt);
  const buffer = new Uint8Array(MAX_LINE);
  for (let length = 0; length < buffer.length;) {
    const count = await read(buffer.subarray(length)).catch((error) => {
      err("\n");
      throw error;
    });
    if (count === null) return void err("\n");
    const end = buffer.subarray(length, length + count).indexOf(10);
    if (end >= 0) return new TextDecoder().decode(buffer.subarray(0, length + end)).replace(/\r$/, "");
    length += count;
  }
  throw new UserError(`A line has at most ${MAX_LINE} bytes`, { kind: "usage", hint: "Type less." });
}

/**
 * One line that is not shown.
 * @param interrupt  Ctrl+C was typed: it makes the next read fail.
 * @param setRaw  Switches the terminal's own handling of keys off and on.
 * @returns As {@link Input.readHidden}.
 * @throws {UserError} The input ended instead, or Ctrl+D was typed.
 */
export async function readHidden(
  prompt: string,
  err: Write,
  read: Read,
  interrupt: () => void,
  setRaw: (raw: boolean) => void,
): Promise<string> {
  err(prompt);
  setRaw(true);
  try {
    const buffer = new Uint8Array(256);
    const line: number[] = [];
    for (;;) {
      const count = await read(buffer);
      if (count === null) throw unanswered();
      for (const byte of buffer.subarray(0, count)) {
        if (byte === 13 || byte === 10) return new TextDecoder().decode(Uint8Array.from(line));
        if (byte === CTRL_D) throw unanswered();
        if (byte === CTRL_C) interrupt();
        else if (byte === 8 || byte === 127) line.pop();
        else if (line.length < MAX_LINE) line.push(byte);
      }
    }
  } finally {
    setRaw(false);
    err("\n");
  }
}

const CTRL_C = 3;
const CTRL_D = 4;

const unanswered = (): UserError =>
  new UserError("Nothing was typed: the input has ended", {
    kind: "usage",
    hint: "Run it again, or give a file or a pipe.",
  });
