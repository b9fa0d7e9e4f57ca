/**
 * How a script of this folder ends: with a status, and a failure in words instead of a stack.
 *
 * @module
 */

import { isSystemError } from "../lib/sys/files/files.ts";

/** Something that the user of a script can do something about. */
export class ScriptError extends Error {
  /**
   * A failure.
   * @param message  What failed and why, a sentence without a full stop.
   * @param hint  The next step.
   */
  constructor(message: string, readonly hint?: string) {
    super(message);
  }
}

/**
 * Runs a script to its exit status. An error that is neither a {@link ScriptError} nor the system's is a fault and keeps
 * its stack.
 * @param run  Gives the status.
 */
export async function scriptMain(run: () => Promise<number>): Promise<never> {
  try {
    Deno.exit(await run());
  } catch (error) {
    if (!(error instanceof ScriptError) && !isSystemError(error)) throw error;
    const { message, hint } = error as ScriptError;
    console.error(`error: ${message}${hint === undefined ? "" : `\nhint: ${hint}`}`);
    Deno.exit(1);
  }
}

/**
 * What a program said of its failure, without its stack, its labels and its blank lines.
 * @param text  Its standard error.
 */
export function complaintOf(text: string): string {
  const [before] = text.split(/^Stack backtrace:/m);
  const lines = before.split("\n").map((line) =>
    line.replace(/^(error|Caused by|npm error|\s*\d+):?\s*/g, "").trim()
  );
  return lines.filter((line) => line !== "" && !line.startsWith("at ")).join("; ");
}

/** Whether a complaint is about a network that is not there, in the words of deno or npm. */
export const isAboutNetwork = (complaint: string): boolean =>
  /error sending request|client error \(Connect\)|dns error|network|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT/i
    .test(complaint);
