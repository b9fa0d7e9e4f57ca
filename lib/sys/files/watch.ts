/**
 * Telling that a file has changed, whoever changed it.
 *
 * @module
 */
import { parent } from "../paths.ts";

/**
 * Watches a file by its directory: it may be replaced, removed, or not there yet. Nothing is told where the system can't
 * watch, as on some network file systems.
 * @param path  Absolute.
 * @param onChange  Called for each change, and perhaps once too often.
 * @returns Ends it.
 */
export function watchFile(path: string, onChange: () => void): () => void {
  let watcher: Deno.FsWatcher | undefined;
  let isOver = false;
  const follow = async (): Promise<void> => {
    while (!isOver) {
      const place = nearest(parent(path));
      watcher = Deno.watchFs(place, { recursive: false });
      // What was made before the watch began is told by nobody.
      if (nearest(parent(path)) === place) await untilMoved(watcher, path, place, onChange);
      watcher.close();
      if (!isOver) onChange();
    }
  };
  follow().catch(() => {});
  return () => {
    if (isOver) return;
    isOver = true;
    watcher?.close();
  };
}

/** Tells changes of the file until another directory is the one to watch, or the watch is closed. */
async function untilMoved(
  watcher: Deno.FsWatcher,
  path: string,
  place: string,
  onChange: () => void,
): Promise<void> {
  for await (const { kind, paths } of watcher) {
    if (kind === "access") continue;
    if (nearest(parent(path)) !== place) return;
    if (paths.includes(path)) onChange();
  }
}

/** A directory, or the nearest above it that is there. */
function nearest(directory: string): string {
  for (let at = directory;; at = parent(at)) {
    if (isDirectory(at) || parent(at) === at) return at;
  }
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
