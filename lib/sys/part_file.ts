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
): Promise<
  (SourceFile & Pick<SeekableSource, "skipTo" | "isSame"> & { readonly info: Deno.FileInfo }) | undefined
> {
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
    skipTo: async (offset) => void await file.seek(offset, Deno.SeekMode.Start),
    async isSame() {
      const now = await file.stat();
      return now.size === info.size && now.mtime?.getTime() === info.mtime?.getTime();
    },
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

/** Bytes of a block of a {@link ResumableFile}, and of its digest in the journal. */
const BLOCK_BYTES = 2 ** 20;
const HASH_BYTES = 32;

/** A file that is received beside its place, and taken up again where it broke off. */
export interface ResumableFile extends TargetFile {
  /** Bytes that are there already: whole blocks of 1 MiB. They were not read again. */
  readonly offset: number;
  /** A block is complete: it counts from now on, also after a kill. @param hash  Its SHA-256, 32 bytes. */
  keep(hash: Uint8Array): Promise<void>;
  /** Closes it and leaves what is kept for the next time. */
  suspend(): Promise<void>;
}

/**
 * Takes up a file, or begins it: `.ID.part` has the bytes, `.ID.journal.part` a digest for each block that counts.
 * @param id  32 hex characters that stand for who sends what where.
 * @throws The runtime's error; what is no regular file in the place of one of the two is removed first.
 */
export async function resumePart(directory: string, leaf: string, id: string): Promise<ResumableFile> {
  const base = `${directory}${directory.endsWith("/") ? "" : "/"}.${id}`;
  const [temporary, journalPath] = [`${base}${PART_SUFFIX}`, `${base}.journal${PART_SUFFIX}`];
  const file = await openOwn(temporary);
  const journal = await openOwn(journalPath);
  const blocks = Math.min(
    Math.floor((await file.stat()).size / BLOCK_BYTES),
    Math.floor((await journal.stat()).size / HASH_BYTES),
  );
  const offset = blocks * BLOCK_BYTES;
  await file.truncate(offset);
  await journal.truncate(blocks * HASH_BYTES);
  await file.seek(offset, Deno.SeekMode.Start);
  await journal.seek(blocks * HASH_BYTES, Deno.SeekMode.Start);
  const close = once(() => {
    file.close();
    journal.close();
  });
  let open = true;
  const remove = async (): Promise<void> => {
    await Deno.remove(temporary).catch(() => {});
    await Deno.remove(journalPath).catch(() => {});
  };
  return {
    offset,
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      } catch (error) {
        throw localError("the file can't be written", error);
      }
    },
    async keep(hash) {
      // The block must be on the disk before the journal says so.
      await file.syncData();
      for (let at = 0; at < hash.length;) at += await journal.write(hash.subarray(at));
    },
    async commit(mode, mtimeMs) {
      try {
        await file.sync();
        if (mtimeMs !== undefined) await file.utime(new Date(mtimeMs), new Date(mtimeMs));
        if (Deno.build.os !== "windows") await Deno.chmod(temporary, (mode & 0o700) || 0o600);
        close();
        await Deno.rename(temporary, `${base.slice(0, base.lastIndexOf("/"))}/${leaf}`);
        open = false;
        await Deno.remove(journalPath).catch(() => {});
        await syncDirectory(directory);
      } catch (error) {
        throw localError("the file can't be put in its place", error);
      }
    },
    async discard() {
      close();
      if (open) await remove();
      open = false;
    },
    suspend() {
      close();
      open = false;
      return Promise.resolve();
    },
  };
}

/** Opens a file of ours for writing, or makes it; a link in its place is not followed. */
async function openOwn(path: string): Promise<Deno.FsFile> {
  const there = await Deno.lstat(path).catch(() => undefined);
  if (there && !there.isFile) await Deno.remove(path);
  const file = await Deno.open(
    path,
    there?.isFile ? { read: true, write: true } : {
      read: true,
      write: true,
      createNew: true,
      mode: 0o600,
    },
  );
  const info = await file.stat();
  if (there?.isFile && (info.ino !== there.ino || info.dev !== there.dev)) {
    file.close();
    throw new Deno.errors.PermissionDenied("the name has become another file's");
  }
  return file;
}

/** A file of which the beginning can be passed over without reading it. */
export interface SeekableSource extends SourceFile {
  /** 32 hex characters that stay the same while the file does: of inode, size and time. */
  readonly token: string;
  /** Goes on here. */
  skipTo(offset: number): Promise<void>;
  /** Whether it is still what was opened, by size and time. */
  isSame(): Promise<boolean>;
}

/**
 * Opens a regular file like {@link openRegular}, to be read from any place.
 * @param make  A fresh SHA-256, for the token.
 */
export async function openSeekable(
  path: string,
  make: () => { add(bytes: Uint8Array): void; hex(): string },
  links = false,
): Promise<(SeekableSource & { readonly info: Deno.FileInfo }) | undefined> {
  const regular = await openRegular(path, links);
  if (regular === undefined) return undefined;
  const { info, size, mode, mtimeMs } = regular;
  const digest = make();
  digest.add(new TextEncoder().encode(JSON.stringify([info.dev, info.ino, size, mtimeMs])));
  return {
    info,
    size,
    mode,
    mtimeMs,
    token: digest.hex().slice(0, 32),
    read: (into) => regular.read(into),
    close: () => regular.close(),
    skipTo: (offset) => regular.skipTo(offset),
    isSame: () => regular.isSame(),
  };
}
