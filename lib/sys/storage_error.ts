/**
 * What failures of a database in a file or on a server mean to the user.
 *
 * @module
 */
import { UserError, type UserErrorKind } from "../wire/errors.ts";

/** What the store was doing. */
export type Action = "open" | "read" | "write";

interface Cause {
  readonly signs: RegExp;
  readonly what: string;
  readonly hint: string;
  readonly kind: UserErrorKind;
}

/** First match counts. The texts are SQLite's and the runtime's. */
const CAUSES: readonly Cause[] = [
  {
    signs: /disk is full|no space left|disk quota exceeded|os error (28|122)\b/i,
    what: "the disk is full",
    hint: "Free some space and try again; what was acknowledged before is kept.",
    kind: "local",
  },
  {
    signs: /not a database|malformed|disk image|file is encrypted|value encoding/i,
    what: "the file is broken",
    hint: "Put back a copy of the file, or move it away to start with an empty one.",
    kind: "local",
  },
  {
    signs: /database (table )?is locked|database is busy|database schema is locked/i,
    what: "another process is using it",
    hint: "End the other program and try again.",
    kind: "busy",
  },
  {
    signs: /readonly|read-only|permission denied|unable to open|access denied|os error (13|30)\b/i,
    what: "it can't be opened for writing",
    hint: "Check the path, its owner and its permissions.",
    kind: "local",
  },
  {
    signs: /not a directory|file exists|os error (17|20)\b/i,
    what: "a part of the path is not a directory",
    hint: "Move away what stands there, or name another directory with --data-dir.",
    kind: "local",
  },
  {
    // Of a file that is made when there is none: a link on the way leads to nothing, as to a disk that is not mounted.
    signs: /no such file|os error 2\b/i,
    what: "the path leads to nothing",
    hint: "See where links in it point, and mount that disk; or name another directory with --data-dir.",
    kind: "local",
  },
  {
    signs: /is a directory|os error 21\b/i,
    what: "it is a directory",
    hint: "Move it away, or name another directory with --data-dir.",
    kind: "local",
  },
  {
    // SQLite's words also for a full disk, when it opens: it can't make its file of shared memory there.
    signs: /disk i\/o error|os error 5\b/i,
    what: "the disk is full, or reports an error",
    hint: "Free some space. If there is some, check the disk, and copy what was acknowledged to another one.",
    kind: "local",
  },
  {
    signs: /failed to connect|error sending request|connection refused|timed out/i,
    what: "the server does not answer",
    hint: "Check the URL and that the server runs.",
    kind: "local",
  },
  {
    signs: /unauthorized|access[ _]token|\b40[13]\b/i,
    what: "the access token is missing or refused",
    hint: "Set DENO_KV_ACCESS_TOKEN to the server's token.",
    kind: "local",
  },
];

/**
 * Explains a failure of a place. Errors that are explained already, mistakes of ours and missing permissions of the
 * runtime come back as they are.
 * @param where  The place's name.
 * @param things  What lies there.
 */
export function storageError(error: unknown, where: string, action: Action, things = "messages"): unknown {
  if (error instanceof UserError || error instanceof RangeError) return error;
  if (error instanceof Error && error.name === "NotCapable") return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const cause = CAUSES.find(({ signs }) => signs.test(text));
  const what = cause?.what ?? "the storage failed";
  return new UserError(`Cannot ${action} the ${things} in ${where}: ${what}`, {
    kind: cause?.kind ?? "local",
    hint: cause?.hint ?? "Check the path or URL, its permissions and the free space.",
    cause: error,
  });
}
