/**
 * What a peer is told when a file below a root can't be had.
 *
 * @see specification dmsgscp §3.7, §10, 6
 * @module
 */
import { isDiskFull } from "../copies/local_error.ts";
import type { ResumableFile, TargetFile } from "../copies/part_file.ts";
import { systemReason } from "../files/files.ts";

/** Where it failed; `directory`: a directory was asked for; `space`: it does not fit; `read`, `write`: it failed on the way. */
export type TreeStep = "stat" | "open" | "mkdir" | "read" | "write" | "directory" | "space";

/** What a peer is told when a file can't be had. Never holds a path of ours: it would tell our account's name. */
export class TreeError extends Error {
  /** Tells it from other errors. */
  override readonly name = "TreeError";
  /** Where. */
  readonly step: TreeStep;
  /** A few words for the peer; the cause is for us. */
  constructor(step: TreeStep, message: string, cause?: unknown) {
    super(message, { cause });
    this.step = step;
  }
}

/** What a look at a path gives; undefined when there is nothing. */
export const absent = <T>(promise: Promise<T>): Promise<T | undefined> => promise.catch(unlessAbsent);

/** The same for a look that waits for the system. */
export function absentNow<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    return unlessAbsent(error);
  }
}

function unlessAbsent(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
  throw error;
}

/** Runs something of the system. @throws {TreeError} Its failure, as one that a peer may be told. */
export async function attempt<T>(step: TreeStep, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw treeError(step, error);
  }
}

/** The same for something that waits for the system. @throws {TreeError} As {@link attempt}. */
export function attemptNow<T>(step: TreeStep, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw treeError(step, error);
  }
}

/** A failure of the system, as one that a peer may be told. */
export const treeError = (step: TreeStep, error: unknown): TreeError =>
  error instanceof TreeError ? error : new TreeError(step, wordsFor(error), error);

/** Our own few words, or those with which the system's begin: behind them is a path. */
function wordsFor(error: unknown): string {
  if (isDiskFull(error)) return "not enough space";
  if (error instanceof Deno.errors.Busy) return "the same file is just being received";
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "is a directory";
  if (error instanceof Deno.errors.NotADirectory) return "not a directory";
  if (error instanceof Deno.errors.FilesystemLoop) return "too many links";
  if (/too long/i.test(systemReason(error))) return "the name is too long";
  const said = error instanceof Error &&
    /^[A-Z][A-Za-z ,/-]*(?=\.? \(os error \d+\)(:|$))/.exec(error.message);
  return said ? said[0].charAt(0).toLowerCase() + said[0].slice(1) : "it can't be done here";
}

/** A peer is told in few words why a write failed; the cause is for us. */
export function forPeer<T extends TargetFile>(target: T): T {
  const told = async <R>(run: Promise<R>): Promise<R> => {
    try {
      return await run;
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      return await attempt("write", () => Promise.reject(cause ?? error));
    }
  };
  return {
    ...target,
    write: (bytes) => told(target.write(bytes)),
    commit: (mode, mtimeMs) => told(target.commit(mode, mtimeMs)),
    ...("keep" in target && { keep: (hash: Uint8Array) => told((target as ResumableFile & T).keep(hash)) }),
  };
}
