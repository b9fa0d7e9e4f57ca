/**
 * Removes what was begun to be received and never taken up again.
 *
 * @see lib/scp/README.md "Extension"
 * @module
 */
import { isOwnPartName } from "./part_file.ts";

/** A part that nothing was added to for so long is given up: a copy over a week-end and some days of repair. */
export const ABANDONED_MS: number = 7 * 24 * 3600 * 1000;

/**
 * Removes the abandoned parts in a directory. What can't be looked at or removed is left alone.
 * @param nowMs  Wall time, milliseconds since 1970.
 * @param deep  Also in the directories below it; links are not followed.
 * @returns How many files were removed.
 */
export async function sweepParts(directory: string, nowMs: number, deep: boolean): Promise<number> {
  let removed = 0;
  try {
    for await (const { name, isFile, isDirectory } of Deno.readDir(directory)) {
      const path = `${directory}/${name}`;
      if (deep && isDirectory) removed += await sweepParts(path, nowMs, true);
      else if (isFile && isOwnPartName(name) && await isAbandoned(path, nowMs)) {
        if (await Deno.remove(path).then(() => true, () => false)) removed++;
      }
    }
  } catch {
    // Not there, not ours to read, or it changed meanwhile: the next time.
  }
  return removed;
}

async function isAbandoned(path: string, nowMs: number): Promise<boolean> {
  const { mtime } = await Deno.lstat(path);
  return mtime !== null && nowMs - mtime.getTime() > ABANDONED_MS;
}
