/**
 * What a root is and what is kept from peers, as it was in one moment: one look serves an operation, or a batch of them.
 *
 * @see specification dmsgscp §10
 * @module
 */
import { absent, attempt, TreeError, type TreeStep } from "./error.ts";
import { isBelow } from "./root.ts";
import type { Secrets } from "./tree.ts";

/** One look. */
export interface Guard {
  /** The root's real path. */
  readonly root: string;
  /** Looks whether something is one of ours. @param info  Of a file. @throws {TreeError} open: it is. */
  check(path: string, info?: Deno.FileInfo): void;
}

/** Looks. @param root  Its links are followed. @throws {TreeError} The root is not there. */
export async function lookAround(root: string, secrets: Secrets, step: TreeStep): Promise<Guard> {
  const [real, directories, files] = await Promise.all([
    attempt(step, () => Deno.realPath(root)),
    Promise.all(secrets.directories.map((path) => absent(Deno.realPath(path)))),
    Promise.all(secrets.files.map((path) => absent(Deno.stat(path)))),
  ]);
  // A root below one of our directories is there to be shared.
  const closed = directories.filter((path) => path !== undefined && !isBelow(real, path));
  const known = new Set(files.flatMap((info) => info && info.ino !== null ? [identity(info)] : []));
  return {
    root: real,
    check(path, info) {
      const isOurs = closed.some((directory) => isBelow(path, directory!)) ||
        (info !== undefined && info.ino !== null && known.has(identity(info)));
      if (isOurs) throw new TreeError("open", "permission denied");
    },
  };
}

/** The same for all names of a file. */
const identity = ({ dev, ino }: Deno.FileInfo): string => `${dev}/${ino}`;
