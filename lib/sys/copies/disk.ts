/**
 * The few operations of the system that copying files needs, as a value: a test counts them, lets them fail, or ends
 * them in the middle.
 *
 * @module
 */
import { syncDirectory } from "../files/directory.ts";
import { leafAt } from "../paths.ts";
import type { Room } from "./room.ts";

/** An open file. */
export type DiskFile =
  & Pick<Deno.FsFile, "read" | "write" | "seek" | "truncate" | "sync" | "syncData" | "stat" | "utime">
  & Pick<Deno.FsFile, "tryLock" | "close">;

/** A file system; every call fails with the runtime's error. */
export interface Disk {
  /** Opens a file; follows links. */
  open(path: string, options: Deno.OpenOptions): Promise<DiskFile>;
  /** Looks at a name; follows no link in its last part. */
  lstat(path: string): Promise<Deno.FileInfo>;
  /** Looks at a file; follows links. */
  stat(path: string): Promise<Deno.FileInfo>;
  /** Removes a name. */
  remove(path: string): Promise<void>;
  /** Gives a file another name, in one step. */
  rename(from: string, to: string): Promise<void>;
  /** Sets permission bits; does nothing where the system has none. */
  chmod(path: string, mode: number): Promise<void>;
  /** Makes the names in a directory survive a power cut, where the system can. */
  syncDirectory(path: string): Promise<void>;
  /**
   * Makes a small file at once, for its owner alone: for thousands of them, calls that wait take a fifth of the time of
   * calls that are waited for. Nothing of it stays when it fails.
   * @param path  Nothing lies there.
   * @returns It is written, and not synced.
   */
  make(path: string, bytes: Uint8Array): DiskFile;
  /**
   * Reads a small file at once; follows links.
   * @returns What was opened, and all that is in it: a byte more than its size shows that it grows. No bytes when it
   * has more than `largest`.
   */
  readNow(
    path: string,
    largest: number,
    room: Pick<Room, "take">,
  ): { readonly info: Deno.FileInfo; readonly bytes?: Uint8Array };
  /** As {@link Disk.rename}, at once. */
  move(from: string, to: string): void;
}

/** Files are made with these. */
export const OWN_BITS = 0o600;

/** The system's. */
export const systemDisk: Disk = {
  open: (path, options) => Deno.open(path, options),
  lstat: (path) => Deno.lstat(path),
  stat: (path) => Deno.stat(path),
  remove: (path) => Deno.remove(path),
  rename: (from, to) => Deno.rename(from, to),
  chmod: (path, mode) => Deno.build.os === "windows" ? Promise.resolve() : Deno.chmod(path, mode),
  syncDirectory,
  make(path, bytes) {
    const file = Deno.openSync(path, { write: true, createNew: true, mode: OWN_BITS });
    try {
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      return file;
    } catch (error) {
      file.close();
      Deno.removeSync(path);
      throw error;
    }
  },
  readNow(path, largest, room) {
    using file = Deno.openSync(path, { read: true });
    const info = file.statSync();
    if (!info.isFile || info.size > largest) return { info };
    const bytes = room.take(info.size + 1);
    let length = 0;
    let count: number | null;
    do {
      count = file.readSync(bytes.subarray(length));
      length += count ?? 0;
    } while (count && length < info.size);
    return { info, bytes: bytes.subarray(0, length) };
  },
  move: (from, to) => Deno.renameSync(from, to),
};

/**
 * The same, but a file gets a name only where nothing has it: what came there since somebody looked stays. Where it is
 * not so, renames fail with AlreadyExists.
 */
export const sparingDisk: Disk = {
  ...systemDisk,
  async rename(from, to) {
    try {
      await Deno.link(from, to);
    } catch (error) {
      if (isTaken(error) || await Deno.lstat(to).then(() => true, () => false)) throw taken(to);
      return await Deno.rename(from, to); // a file system without links: a look must do
    }
    await Deno.remove(from).catch(() => {}); // it has its name
  },
  move(from, to) {
    try {
      Deno.linkSync(from, to);
    } catch (error) {
      if (isTaken(error) || isThereNow(to)) throw taken(to);
      return Deno.renameSync(from, to);
    }
    try {
      Deno.removeSync(from);
    } catch {
      // It has its name.
    }
  },
};

/**
 * The same as the system's, but what lay in the place of a file stays, with `~` behind its name: in the moment when the
 * new one takes it, so that at no time there is no file. An older backup goes only when there is a newer one.
 */
export const keepingDisk: Disk = {
  ...systemDisk,
  async rename(from, to) {
    // Named as what is being received: when this ends in between, it is swept away like that.
    const spare = `${from.slice(0, leafAt(from))}.${crypto.randomUUID()}.part`;
    try {
      await Deno.link(to, spare);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return await Deno.rename(from, to); // nothing is replaced
      if (!(await Deno.lstat(to)).isDirectory) await Deno.rename(to, `${to}~`); // a file system without links
      return await Deno.rename(from, to);
    }
    try {
      await Deno.rename(spare, `${to}~`);
    } finally {
      await Deno.remove(spare).catch(() => {}); // it is there when both were names of one file, too
    }
    await Deno.rename(from, to);
  },
};

const isTaken = (error: unknown): boolean => error instanceof Deno.errors.AlreadyExists;
const taken = (path: string): Error => new Deno.errors.AlreadyExists(`something is at ${path} already`);

function isThereNow(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
