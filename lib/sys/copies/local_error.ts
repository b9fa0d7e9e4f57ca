/**
 * What is told when a file of ours fails in the middle of a copy.
 *
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import { isSystemError, systemReason } from "../files/files.ts";

/**
 * Explains a failure of the system; other errors come back as they are.
 * @param what  What could not be done, as the beginning of a sentence.
 */
export function localError(what: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  return new UserError(`${what}: ${reasonOf(error)}`, {
    kind: "local",
    hint: "Check the path, its permissions and the free space.",
    cause: error,
  });
}

const reasonOf = (error: unknown): string =>
  isDiskFull(error)
    ? "the disk is full"
    : error instanceof Deno.errors.AlreadyExists
    ? "something is there already"
    : systemReason(error);

/** Whether a write failed because nothing more fits, or because a quota of the system is used up. */
export const isDiskFull = (error: unknown): boolean =>
  ["ENOSPC", "EDQUOT", "ERROR_DISK_FULL"].includes((error as { code?: string } | undefined)?.code ?? "") ||
  (error instanceof Error && /\(os error (28|112|122)\)/.test(error.message));

/** A function that does its work the first time only. */
export function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}
