/**
 * Files of ours under names that others may have used meanwhile.
 *
 * @see specification dmsgscp §10, 1
 * @module
 */
import { type Disk, type DiskFile, OWN_BITS } from "./disk.ts";

/** File systems that know no locks are taken as they are. */
export async function lock(file: DiskFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    return true;
  }
}

/**
 * Opens a file of ours for writing, or makes it; a link in its place is not followed, and one that has another name as
 * well is not ours any more: a program that was killed while it gave it that, or somebody's file.
 * @throws The runtime's error; PermissionDenied: its name has become another file's meanwhile.
 */
export async function openOwn(disk: Disk, path: string): Promise<DiskFile> {
  const there = await disk.lstat(path).catch(unlessMissing);
  const isOwn = there?.isFile === true && (there.nlink ?? 1) === 1;
  if (there && !isOwn) await disk.remove(path);
  const both = { read: true, write: true };
  const file = await disk.open(path, isOwn ? both : { ...both, createNew: true, mode: OWN_BITS });
  const info = await file.stat();
  if (isOwn && (info.ino !== there.ino || info.dev !== there.dev)) {
    file.close();
    throw new Deno.errors.PermissionDenied("the name has become another file's");
  }
  return file;
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
