/**
 * Files of any length: read as they are, or received beside their place and moved there whole.
 *
 * @see specification dmsgscp §10, 1 and 2
 * @module
 */
import { UserError } from "../wire/errors.ts";
import { isSystemError, systemReason } from "./files.ts";

/** A file that is read once, front to back. */
export interface SourceFile {
  /** Bytes at the time it was opened. */
  readonly size: number;
  /** Permission bits, 0 … 0o777; 0o644 where the system has none. */
  readonly mode: number;
  /** When it was changed, milliseconds since 1970; undefined where it is not known. */
  readonly mtimeMs?: number;
  /** Reads the next bytes; null at the end. @throws {UserError} local. */
  read(into: Uint8Array): Promise<number | null>;
  /** Frees it; harmless when repeated. */
  close(): void;
}

/** A file that is received beside its place. */
export interface TargetFile {
  /** Writes the next bytes. @throws {UserError} local: the disk is full, for example. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Syncs it, sets its mode and moves it to its place: what was there is replaced in one step.
   * @param mode  Of the record; only the owner's bits are used.
   * @param mtimeMs  Sets the time, when given.
   */
  commit(mode: number, mtimeMs?: number): Promise<void>;
  /** Removes what was received; does nothing after a commit. */
  discard(): Promise<void>;
}

/** Names of files that are being received begin and end like this. */
export const PART_SUFFIX = ".part";

/** Whether a name is that of a file which is being received. */
export const isPartName = (leaf: string): boolean => leaf.startsWith(".") && leaf.endsWith(PART_SUFFIX);

/**
 * Opens a regular file for reading; the last part of the path is not followed when it is a link.
 * @param links  Follow a link: for files that our own user names.
 * @returns The file; undefined when it is a directory, a link, a pipe or a device.
 * @throws The runtime's error when it is not there or not readable.
 */
export async function openRegular(
  path: string,
  links = false,
): Promise<(SourceFile & { readonly info: Deno.FileInfo }) | undefined> {
  const before = await (links ? Deno.stat(path) : Deno.lstat(path));
  if (!before.isFile) return undefined;
  const file = await Deno.open(path, { read: true });
  // The name may have become another one's since it was looked at.
  const info = await file.stat();
  if (!info.isFile || info.ino !== before.ino || info.dev !== before.dev) {
    file.close();
    return undefined;
  }
  return {
    info,
    size: info.size,
    mode: info.mode === null ? 0o644 : info.mode & 0o777,
    mtimeMs: info.mtime?.getTime(),
    async read(into) {
      try {
        return await file.read(into);
      } catch (error) {
        throw localError("the file can't be read", error);
      }
    },
    close: once(() => file.close()),
  };
}

/**
 * Makes the file beside its place: a name that nobody can guess, for its owner alone.
 * @param directory  Its real path; it must be there.
 * @param leaf  The last part of the final path.
 * @throws The runtime's error.
 */
export async function createPart(directory: string, leaf: string): Promise<TargetFile> {
  const end = directory.endsWith("/") ? "" : "/";
  const temporary = `${directory}${end}.${crypto.randomUUID()}${PART_SUFFIX}`;
  const file = await Deno.open(temporary, { write: true, createNew: true, mode: 0o600 });
  const close = once(() => file.close());
  let open = true;
  return {
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      } catch (error) {
        throw localError("the file can't be written", error);
      }
    },
    async commit(mode, mtimeMs) {
      try {
        await file.sync();
        if (mtimeMs !== undefined) await file.utime(new Date(mtimeMs), new Date(mtimeMs));
        if (Deno.build.os !== "windows") await Deno.chmod(temporary, (mode & 0o700) || 0o600);
        close();
        await Deno.rename(temporary, `${directory}${end}${leaf}`);
        open = false;
        await syncDirectory(directory);
      } catch (error) {
        throw localError("the file can't be put in its place", error);
      }
    },
    async discard() {
      close();
      if (!open) return;
      open = false;
      await Deno.remove(temporary).catch(() => {}); // the directory itself may be gone
    },
  };
}

/** After a power cut the name must be there as well as the content; systems that can't do it lose only that. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    using directory = await Deno.open(path, { read: true });
    await directory.sync();
  } catch {
    // Windows does not open directories.
  }
}

/**
 * Bytes that our user may still write where a path lies.
 * @returns undefined where the system does not tell, or the runtime does not let us ask.
 */
export async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { statfs } = await import("node:fs/promises");
    const { bavail, bsize } = await statfs(path);
    return Number(bavail) * Number(bsize);
  } catch {
    return undefined;
  }
}

function localError(what: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  return new UserError(`${what}: ${systemReason(error)}`, {
    kind: "local",
    hint: "Check the path, its permissions and the free space.",
    cause: error,
  });
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}
