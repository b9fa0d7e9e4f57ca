/**
 * Directories whose names survive a power cut, as what lies in them does.
 *
 * @module
 */
import { parent } from "../paths.ts";

/**
 * How systems say that they sync no directory, or let us not open one: Windows opens none, some network mounts sync none,
 * and who may write into a directory need not be allowed to read it.
 */
const NOT_POSSIBLE: readonly unknown[] = [
  ...["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EBADF"],
  ...["EISDIR", "EACCES", "EPERM"],
];

/** Directories that this process has made, or is going to, whose names may not survive a power cut yet. */
const unsynced = new Set<string>();

/**
 * Makes a directory and what leads to it, with mode 0700; one that is there stays as it is. The names of those that were
 * made survive a power cut: a sync of a file promises nothing for the directories above it. That holds for those, too,
 * which somebody else here made a moment ago, or could not sync before something came into them.
 * @returns Those that were made, the innermost first.
 * @throws The system's error: it can't be made, or the disk fails.
 */
export async function makeDirectory(path: string): Promise<string[]> {
  const made = await missingDirectories(path);
  for (const one of made) unsynced.add(one); // before they are there to be found
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    for (const one of withThoseAbove(path)) {
      if (!unsynced.has(one)) continue;
      await syncDirectory(parent(one));
      unsynced.delete(one);
    }
    return made;
  } catch (error) {
    const left = await removeEmpty(made); // who tries again has to sync them again
    for (const one of made) if (!left.includes(one)) unsynced.delete(one);
    throw error;
  }
}

function* withThoseAbove(path: string): Generator<string> {
  for (let at = path;; at = parent(at)) {
    yield at;
    if (parent(at) === at) return;
  }
}

/**
 * Takes away what {@link makeDirectory} has made; one that has got something meanwhile stays, and so does a link to a
 * place that is not there now, in which nothing could be made.
 * @returns Directories that stay.
 */
export async function removeEmpty(made: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const one of made) {
    const there = await Deno.lstat(one).catch(() => {});
    if (there?.isDirectory) await Deno.remove(one).catch(() => left.push(one));
  }
  return left;
}

/**
 * After a power cut the names in a directory are there as well as the content; systems that can't do it lose only that,
 * and one that has gone has no names to keep.
 * @throws The system's error when the disk fails: then nothing in it may be called kept.
 */
export async function syncDirectory(path: string): Promise<void> {
  try {
    using directory = await Deno.open(path, { read: true });
    await directory.sync();
  } catch (error) {
    if (!isNotPossible(error)) throw error;
  }
}

const isNotPossible = (error: unknown): boolean =>
  error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable ||
  error instanceof Deno.errors.PermissionDenied || Deno.build.os === "windows" ||
  NOT_POSSIBLE.includes((error as { readonly code?: unknown } | undefined)?.code);

/** Those of a directory and its parents that are not there yet, the innermost first. @throws The system's error. */
export async function missingDirectories(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const one of withThoseAbove(directory)) {
    if (await isThere(one)) break;
    found.push(one);
  }
  return found;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotCapable) return true; // what we may not look at, we have not made
    throw error;
  }
}
