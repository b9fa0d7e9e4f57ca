/**
 * Files below one directory of the system for somebody who may be malicious: nothing outside of it is read or written,
 * whatever names and links say.
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
import { SmallFiles } from "./small_files.ts";
import { openRegular, openSeekable, type SeekableSource, type SourceFile } from "./source_file.ts";
import type { KeptFacts, MakeDigest, Secrets, Tree, TreeBatch, TreeEntry } from "./tree.ts";
import { absent, attempt, forPeer, TreeError, type TreeStep } from "./tree_error.ts";
import { entriesOf } from "./tree_list.ts";

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
    list: (name) => tree.list(name),
    makeDirectory: (name, keep) => tree.makeDirectory(name, keep),
    batch: () => tree.batch(),
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
    await this.#checkTarget(`${directory}/${leaf}`, there);
    await this.#keepSecret(directory, undefined);
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

  async *list(name: string): AsyncGenerator<TreeEntry> {
    const { directory, leaf } = await this.#place(name, "stat");
    const path = leaf === undefined ? directory : await this.#enter(directory, leaf, "stat", false);
    await this.#keepSecret(path, undefined);
    yield* entriesOf(path, (child, info) => this.#isSecret(child, info));
  }

  async makeDirectory(name: string, keep?: KeptFacts): Promise<void> {
    await this.prepare(`${name}/x`);
    const { directory } = await this.#place(`${name}/x`, "mkdir");
    await this.#keepSecret(directory, undefined);
    if (!keep || directory === await this.#realRoot("mkdir", false)) return;
    await attempt("mkdir", async () => {
      // Our user can still go in.
      await this.#disk.chmod(directory, (keep.mode & 0o777) | 0o700);
      const time = new Date(keep.mtimeMs);
      await Deno.utime(directory, time, time);
    });
  }

  batch(): TreeBatch {
    const places = new Map<string, Promise<string>>();
    const enter = (name: string): Promise<string> => {
      const way = name.slice(0, Math.max(0, name.lastIndexOf("/")));
      let place = places.get(way);
      if (!place) places.set(way, place = this.#newPlace(`${way}/x`));
      return place;
    };
    return new SmallFiles(this.#disk, {
      place: async (name) => {
        const leaf = this.#parts(name, "open").at(-1);
        if (leaf === undefined || name.endsWith("/")) throw new TreeError("open", "is a directory");
        if (isPartName(leaf)) throw new TreeError("open", "permission denied");
        const directory = await enter(name);
        const there = await attempt("open", () => absent(Deno.lstat(`${directory}/${leaf}`)));
        await this.#checkTarget(`${directory}/${leaf}`, there);
        return { directory, leaf };
      },
      isStill: (directory) => this.#isStill(directory),
    });
  }

  async #newPlace(name: string): Promise<string> {
    await this.prepare(name);
    const { directory } = await this.#place(name, "open");
    await this.#keepSecret(directory, undefined);
    return directory;
  }

  /** What may lie in the place of a file that comes. */
  async #checkTarget(path: string, there: Deno.FileInfo | undefined): Promise<void> {
    if (there?.isDirectory) throw new TreeError("open", "is a directory");
    if (there && !there.isFile && !there.isSymlink) throw new TreeError("open", "not a regular file");
    if (there) await this.#keepSecret(path, there);
  }

  async #isSecret(path: string, info: Deno.FileInfo): Promise<boolean> {
    try {
      await this.#keepSecret(path, info);
      return false;
    } catch {
      return true;
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

function unlessThere(error: unknown): void {
  if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
}
