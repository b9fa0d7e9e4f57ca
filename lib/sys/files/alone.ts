/**
 * Changes of a small file by several programs at once: read, alter, replace, one after the other.
 *
 * @module
 */
import { sleep, systemClock } from "../clock.ts";
import { parent } from "../paths.ts";
import { makeDirectory } from "./directory.ts";

/** How long a change waits: others take milliseconds, and one that was stopped in the middle must not stop us. */
const ALONE_MS = 5_000;
/** How often it looks. */
const LOOK_MS = 15;

/**
 * Runs a change while no other program of ours changes a file of the same directory. The lock is the system's (flock)
 * and lies on the directory itself: the Go programs, whose directory it may be, find no file there that is not theirs.
 * Where there is none to be had (Windows opens no directories, some network mounts lock nothing) the change runs all the
 * same, as it does after {@link ALONE_MS}: then of two at once the last one holds.
 * @param path  The file; its directory is made with mode 0700.
 */
export async function runAlone<T>(path: string, change: () => Promise<T>): Promise<T> {
  using _lock = await lockDirectory(parent(path));
  return await change();
}

async function lockDirectory(path: string): Promise<Deno.FsFile | undefined> {
  let directory: Deno.FsFile | undefined;
  try {
    await makeDirectory(path);
    directory = await Deno.open(path, { read: true });
    for (let waitedMs = 0; waitedMs < ALONE_MS; waitedMs += LOOK_MS) {
      if (await directory.tryLock(true)) return directory;
      await sleep(systemClock(), LOOK_MS);
    }
  } catch {
    // What hinders the change as well, the change tells.
  }
  directory?.close();
  return undefined;
}
