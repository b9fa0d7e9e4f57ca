/**
 * Small files that are read together, for somebody who may be malicious.
 *
 * @see specification dmsgscp §10
 * @module
 */
import type { Disk } from "../copies/disk.ts";
import { isPartName } from "../copies/part_file.ts";
import { nextTurn } from "../turn.ts";
import { attemptNow, TreeError } from "./error.ts";
import type { ReadLimits, SmallContent } from "./tree.ts";
import type { Walk } from "./walk.ts";

/** Others have their turn after so many files. */
const TURN_FILES = 16;

/** Where files are read. */
export interface ReadPlace {
  /** A real directory below the root. */
  readonly directory: string;
  /** The name in it; undefined: it is the root itself. */
  readonly leaf: string | undefined;
  /** What is kept from peers, and whether the directory is still where it was looked at. */
  readonly walk: Pick<Walk, "guard" | "isStillNow">;
}

/**
 * Reads files until there is enough, one at least.
 * @param place  Where a name leads; at once where that is known. @throws {TreeError}
 * @returns For each file that was looked at, in order, what is in it, or why it can't be had.
 */
export async function readSmallFiles(
  disk: Disk,
  names: readonly string[],
  place: (name: string) => ReadPlace | Promise<ReadPlace>,
  { largest, together, room }: ReadLimits,
): Promise<(SmallContent | Error)[]> {
  const found: (SmallContent | Error)[] = [];
  const places: (ReadPlace | undefined)[] = [];
  let bytes = 0;
  for (const name of names) {
    let at: ReadPlace | undefined;
    try {
      const known = place(name);
      at = known instanceof Promise ? await known : known;
      const content = readNow(disk, at, largest, room);
      found.push(content);
      bytes += content.bytes?.length ?? 0;
    } catch (error) {
      found.push(error as Error);
      at = undefined;
    }
    places.push(at);
    if (bytes >= together) break;
    if (found.length % TURN_FILES === 0) await nextTurn();
  }
  // What was read counts only if its directory is still there afterwards.
  const still = new Map<string, boolean>();
  return found.map((content, i) => {
    const at = places[i];
    if (at === undefined) return content;
    const { directory, walk } = at;
    let isStill = still.get(directory);
    if (isStill === undefined) still.set(directory, isStill = walk.isStillNow(directory));
    return isStill ? content : new TreeError("open", "permission denied");
  });
}

function readNow(
  disk: Disk,
  { directory, leaf, walk: { guard } }: ReadPlace,
  largest: number,
  room: ReadLimits["room"],
): SmallContent {
  if (leaf === undefined) throw new TreeError("directory", "is a directory");
  const path = `${directory}/${leaf}`;
  const looked = attemptNow("stat", () => Deno.lstatSync(path));
  if (looked.isDirectory) throw new TreeError("directory", "is a directory");
  if (isPartName(leaf)) throw new TreeError("open", "permission denied");
  if (!looked.isFile) throw new TreeError("open", "not a regular file");
  const { info, bytes } = attemptNow("open", () => disk.readNow(path, largest, room));
  // The name may have become another one's since it was looked at.
  if (!info.isFile || info.ino !== looked.ino || info.dev !== looked.dev) {
    throw new TreeError("open", "not a regular file");
  }
  guard.check(path, info);
  const mode = info.mode === null ? 0o644 : info.mode & 0o777;
  return { size: info.size, mode, mtimeMs: info.mtime?.getTime() ?? 0, bytes };
}
