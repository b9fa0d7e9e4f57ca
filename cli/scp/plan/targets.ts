/**
 * Files of one copy that would come to the same place: the second would replace the first, and both count as copied.
 *
 * @module
 */
import type { CopyError } from "../../../lib/scp/errors.ts";
import { partsOf } from "../../../lib/scp/path.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { folded } from "../../../lib/wire/folded.ts";

/** A file that goes from one path to another. */
export interface Placed {
  /** A path here. */
  readonly local: string;
  /** A path below the peer's root. */
  readonly remote: string;
  /** Why it can't be copied. */
  readonly problem?: UserError | CopyError;
  /** Another file comes to its place: to try it again by itself would put it over that one. */
  readonly isSecond?: boolean;
}

/**
 * The jobs with a problem where another file comes to the same place. What is named twice is copied once.
 * @param side  Which path says where a file comes to.
 * @param folds  Names that differ in case only are one name there.
 */
export function ofOwnPlace<Job extends Placed>(
  jobs: readonly Job[],
  side: "local" | "remote",
  folds = false,
): Job[] {
  const other = side === "local" ? "remote" : "local";
  const sources = new Map<string, string>();
  return jobs.flatMap((job) => {
    if (job.problem) return [job]; // nothing of it comes
    const place = plain(job[side]);
    const key = folds ? folded(place) : place;
    const source = plain(job[other]);
    const first = sources.get(key);
    if (first === undefined) sources.set(key, source);
    if (first === undefined) return [job];
    if (first === source) return [];
    const problem = new UserError(`${job[other]} would come to the same place as ${first}: ${job[side]}`, {
      kind: "local",
      hint: "Copy it by itself, under another name.",
    });
    return [{ ...job, problem, isSecond: true }];
  });
}

const plain = (path: string): string => `${path.startsWith("/") ? "/" : ""}${partsOf(path).join("/")}`;
