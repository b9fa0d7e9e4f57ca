/**
 * Files below one directory for somebody who may be malicious: nothing outside of it is read or written, whatever
 * names and links say.
 *
 * @see specification dmsgscp §10
 * @module
 */
import { type Disk, systemDisk } from "./disk.ts";
import {
  createPart,
  freeBytes,
  isPartName,
  type ResumableFile,
  resumePart,
  type TargetFile,
} from "./part_file.ts";
import { type Os, systemOs } from "./paths.ts";
import { isBelow, isOddOnWindows } from "./root.ts";
import { openRegular, openSeekable, type SeekableSource, type SourceFile } from "./source_file.ts";
import { absent, attempt, TreeError, type TreeStep } from "./tree_error.ts";

/** Files by relative names: checked before, `/` between parts; `.` and empty parts mean nothing. */
export interface Tree {
  /** Makes the directories that lead to a name, each for its owner alone. @throws {TreeError} mkdir. */
  prepare(name: string): Promise<void>;
  /** Looks whether so many bytes fit. @throws {TreeError} space. */
  reserve(name: string, bytes: number): Promise<void>;
  /** Begins to receive a file that takes the place of what is there. @throws {TreeError} open. */
  create(name: string): Promise<TargetFile>;
  /** Opens a regular file; a link is none. @throws {TreeError} stat, open, directory. */
  open(name: string): Promise<SourceFile>;
  /** Takes up a file, or begins to receive it; see `resumePart`. @throws {TreeError} open. */
  resume?(name: string, id: string): Promise<ResumableFile>;
  /** As {@link Tree.open}, to be read from any place. @param make  A fresh SHA-256. */
  openSeekable?(name: string, make: MakeDigest): Promise<SeekableSource>;
}

/** Makes a SHA-256. */
export type MakeDigest = () => { add(bytes: Uint8Array): void; hex(): string };

/** What is kept from peers wherever it lies. */
export interface Secrets {
  /** Directories of ours: nothing below them, except for the root when it is one of their own. */
  readonly directories: readonly string[];
  /** Files of ours, also under other names (hard links). */
  readonly files: readonly string[];
}

/** Left free for everything else on the disk. */
const SPARE_BYTES: number = 16 * 2 ** 20;

/**
 * The tree below a directory.
 * @param root  An absolute path; it need not exist yet, and its links are followed.
 * @param disk  Where files are read and written; directories are the system's.
 */
export function systemTree(
  root: string,
  secrets: Secrets = { directories: [], files: [] },
  os: Os = systemOs,
  disk: Disk = systemDisk,
): Tree {
  const tree = new Below(root, secrets, os, disk);
  return {
    prepare: (name) => tree.prepare(name),
    reserve: (_name, bytes) => tree.reserve(bytes),
    create: (name) => tree.create(name),
    open: (name) => tree.open(name),
    resume: (name, id) => tree.create(name, id),
    openSeekable: (name, make) => tree.open(name, make),
  };
}

/** The tree of a directory in a tree, for a peer that may see no more. */
export function subTree(tree: Tree, directory: string): Tree {
  const below = (name: string): string => `${directory}/${name}`;
  return {
    prepare: (name) => tree.prepare(below(name)),
    reserve: (name, bytes) => tree.reserve(below(name), bytes),
    create: (name) => tree.create(below(name)),
    open: (name) => tree.open(below(name)),
    ...(tree.resume && { resume: (name, id) => tree.resume!(below(name), id) }),
    ...(tree.openSeekable && { openSeekable: (name, make) => tree.openSeekable!(below(name), make) }),
  };
}

class Below {
  readonly #root: string;
  readonly #secrets: Secrets;
  readonly #os: Os;
  readonly #disk: Disk;
  /** Files that are being received and can be taken up again, by their place and id. */
  readonly #open = new Map<string, ResumableFile>();

  constructor(root: string, secrets: Secrets, os: Os, disk: Disk) {
    this.#disk = disk;
    this.#root = root;
    this.#secrets = secrets;
    this.#os = os;
  }

  async prepare(name: string): Promise<void> {
    const parts = this.#parts(name, "mkdir");
    let directory = await this.#realRoot("mkdir", true);
    for (const part of parts.slice(0, -1)) directory = await this.#enter(directory, part, "mkdir", true);
  }

  async reserve(bytes: number): Promise<void> {
    const free = await freeBytes(this.#root);
    if (free !== undefined && bytes > free - SPARE_BYTES) throw new TreeError("space", "not enough space");
  }

  create(name: string): Promise<TargetFile>;
  create(name: string, id: string): Promise<ResumableFile>;
  async create(name: string, id?: string): Promise<TargetFile> {
    const { directory, leaf } = await this.#place(name, "open");
    if (leaf === undefined) throw new TreeError("open", "is a directory");
    if (isPartName(leaf)) throw new TreeError("open", "permission denied");
    const there = await attempt("open", () => absent(Deno.lstat(`${directory}/${leaf}`)));
    if (there?.isDirectory) throw new TreeError("open", "is a directory");
    if (there && !there.isFile && !there.isSymlink) throw new TreeError("open", "not a regular file");
    await this.#keepSecret(`${directory}/${leaf}`, there);
    const target = await attempt(
      "open",
      (): Promise<TargetFile> =>
        id === undefined ? createPart(directory, leaf, this.#disk) : this.#resume(directory, leaf, id),
    );
    if (await this.#isStill(directory)) return forPeer(target);
    await target.discard();
    throw new TreeError("open", "permission denied");
  }

  /** A stream that was given up by its client, and not by us yet, loses the file to the one that takes it up again. */
  async #resume(directory: string, leaf: string, id: string): Promise<ResumableFile> {
    const key = `${directory}/${id}`;
    await this.#open.get(key)?.suspend();
    const file = await resumePart(directory, leaf, id, this.#disk);
    this.#open.set(key, file);
    const leave = (): void => {
      if (this.#open.get(key) === file) this.#open.delete(key);
    };
    return {
      ...file,
      commit: (mode, mtimeMs) => file.commit(mode, mtimeMs).finally(leave),
      discard: () => file.discard().finally(leave),
      suspend: () => file.suspend().finally(leave),
    };
  }

  open(name: string): Promise<SourceFile>;
  open(name: string, make: MakeDigest): Promise<SeekableSource>;
  async open(name: string, make?: MakeDigest): Promise<SourceFile> {
    const { directory, leaf } = await this.#place(name, "stat");
    if (leaf === undefined) throw new TreeError("directory", "is a directory");
    const path = `${directory}/${leaf}`;
    const info = await attempt("stat", () => Deno.lstat(path));
    if (info.isDirectory) throw new TreeError("directory", "is a directory");
    if (isPartName(leaf)) throw new TreeError("open", "permission denied");
    const file = await attempt(
      "open",
      () => make ? openSeekable(path, make, false, this.#disk) : openRegular(path, false, this.#disk),
    );
    if (file === undefined) throw new TreeError("open", "not a regular file");
    try {
      await this.#keepSecret(path, file.info);
      if (!await this.#isStill(directory)) throw new TreeError("open", "permission denied");
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** The real directory that a name's last part lies in; without a leaf for the root itself. */
  async #place(name: string, step: TreeStep): Promise<{ directory: string; leaf: string | undefined }> {
    const parts = this.#parts(name, step);
    let directory = await this.#realRoot(step, false);
    for (const part of parts.slice(0, -1)) directory = await this.#enter(directory, part, step, false);
    return { directory, leaf: parts.at(-1) };
  }

  #parts(name: string, step: TreeStep): string[] {
    const parts = name.split("/").filter((part) => part !== "" && part !== ".");
    // Names were checked by then; a mistake there must not open the disk.
    if (parts.includes("..") || name.includes("\0")) throw new TreeError(step, "permission denied");
    if (this.#os === "windows" && parts.some(isOddOnWindows)) throw new TreeError(step, "not a name here");
    return parts;
  }

  async #realRoot(step: TreeStep, make: boolean): Promise<string> {
    if (make) await attempt(step, () => Deno.mkdir(this.#root, { recursive: true, mode: 0o700 }));
    return await attempt(step, () => Deno.realPath(this.#root));
  }

  /** A directory in a directory: its real path, which must lie below the root. */
  async #enter(directory: string, part: string, step: TreeStep, make: boolean): Promise<string> {
    const path = `${directory === "/" ? "" : directory}/${part}`;
    if (make && await attempt(step, () => absent(Deno.lstat(path))) === undefined) {
      await attempt(step, () => Deno.mkdir(path, { mode: 0o700 }).catch(unlessThere));
    }
    const real = await attempt(step, () => Deno.realPath(path));
    if (!isBelow(real, await this.#realRoot(step, false))) throw new TreeError(step, "permission denied");
    if (!(await attempt(step, () => Deno.stat(real))).isDirectory) {
      throw new TreeError(step, "not a directory");
    }
    return real;
  }

  /** Whether a directory still is where it was looked at, and below the root. */
  async #isStill(directory: string): Promise<boolean> {
    const real = await absent(Deno.realPath(directory));
    return real === directory && isBelow(real, await this.#realRoot("open", false));
  }

  async #keepSecret(path: string, info: Deno.FileInfo | undefined): Promise<void> {
    const { directories, files } = this.#secrets;
    const root = await this.#realRoot("open", false);
    for (const directory of directories) {
      const real = await absent(Deno.realPath(directory));
      if (real !== undefined && isBelow(path, real) && !isBelow(root, real)) {
        throw new TreeError("open", "permission denied");
      }
    }
    for (const file of files) {
      const secret = await absent(Deno.stat(file));
      if (info && secret && secret.ino !== null && secret.ino === info.ino && secret.dev === info.dev) {
        throw new TreeError("open", "permission denied");
      }
    }
  }
}

/** A peer is told in few words why a write failed; the cause is for us. */
function forPeer<T extends TargetFile>(target: T): T {
  const told = async <R>(run: Promise<R>): Promise<R> => {
    try {
      return await run;
    } catch (error) {
      const { cause } = error as { cause?: unknown };
      return await attempt("write", () => Promise.reject(cause ?? error));
    }
  };
  return {
    ...target,
    write: (bytes) => told(target.write(bytes)),
    commit: (mode, mtimeMs) => told(target.commit(mode, mtimeMs)),
    ...("keep" in target && { keep: (hash: Uint8Array) => told((target as ResumableFile & T).keep(hash)) }),
  };
}

function unlessThere(error: unknown): void {
  if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
}
