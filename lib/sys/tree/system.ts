/**
 * Files below one directory of the system for somebody who may be malicious: nothing outside of it is read or written,
 * whatever names and links say.
 *
 * @see specification dmsgscp §10
 * @module
 */
import { type Disk, systemDisk } from "../copies/disk.ts";
import { LeftParts } from "../copies/left_parts.ts";
import {
  createPart,
  isPartName,
  type ResumableFile,
  resumePart,
  type TargetFile,
} from "../copies/part_file.ts";
import { openRegular, openSeekable, type SeekableSource, type SourceFile } from "../copies/source_file.ts";
import { freeBytes } from "../copies/space.ts";
import { type Os, systemOs } from "../paths.ts";
import { attempt, forPeer, TreeError } from "./error.ts";
import { entriesOf, keptOf } from "./list.ts";
import { Made } from "./made.ts";
import { type Place, SmallFiles } from "./small_files.ts";
import { type ReadPlace, readSmallFiles } from "./small_reads.ts";
import type {
  KeptFacts,
  MakeDigest,
  ReadLimits,
  Secrets,
  SmallContent,
  Tree,
  TreeBatch,
  TreeEntry,
} from "./tree.ts";
import { leafOf, partsOf, Walk, type WalkParts } from "./walk.ts";
import { LateWalk, Recent, type Way, Ways } from "./ways.ts";

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
  const tree = new Below({ root, secrets, os }, disk);
  return {
    prepare: (name) => tree.prepare(name),
    reserve: (_name, bytes) => tree.reserve(bytes),
    create: (name) => tree.create(name),
    open: (name) => tree.open(name),
    resume: (name, id, sender) => tree.resume(name, id, sender),
    openSeekable: (name, make) => tree.open(name, make),
    list: (name, onTop) => tree.list(name, onTop),
    makeDirectory: (name, keep) => tree.makeDirectory(name, keep),
    batch: () => tree.batch(),
    readMany: (names, limits) => tree.readMany(names, limits),
  };
}

class Below {
  readonly #parts: WalkParts;
  readonly #disk: Disk;
  /** Files that are being received and can be taken up again, by their place and id. */
  readonly #open = new Map<string, ResumableFile>();
  /** The last one that asked for each of them, while it is being opened. */
  readonly #opening = new Map<string, Promise<unknown>>();
  readonly #left: LeftParts;
  readonly #made: Made;
  readonly #writing: Recent<Ways>;
  readonly #reading: Recent<LateWalk>;

  constructor(parts: WalkParts, disk: Disk) {
    this.#parts = parts;
    this.#disk = disk;
    this.#left = new LeftParts(disk);
    this.#made = new Made(disk);
    this.#writing = new Recent(() => new Ways(new LateWalk(parts, "mkdir", this.#made)));
    this.#reading = new Recent(() => new LateWalk(parts, "stat"));
  }

  async prepare(name: string): Promise<void> {
    partsOf(name, "mkdir", this.#parts.os);
    const walk = await Walk.begin(this.#parts, "mkdir", this.#made);
    walk.place(name, "mkdir");
    await this.#made.sync();
  }

  async reserve(bytes: number): Promise<void> {
    const free = await freeBytes(this.#parts.root);
    if (free !== undefined && bytes > free - SPARE_BYTES) throw new TreeError("space", "not enough space");
  }

  create(name: string): Promise<TargetFile> {
    return this.#receive(name, (directory, leaf) => createPart(directory, leaf, this.#disk));
  }

  /** A stream that was given up by its client, and not by us yet, loses the file to the one that takes it up again. */
  async resume(name: string, id: string, sender?: string): Promise<ResumableFile> {
    const key = `${id} ${name}`;
    // Of two that ask at once the later one takes it from the earlier, however long each of them looks for its place.
    const opening = (this.#opening.get(key) ?? Promise.resolve()).catch(() => {})
      .then(() => this.#receive(name, (directory, leaf) => this.#take({ directory, leaf, id, sender })));
    this.#opening.set(key, opening);
    try {
      return await opening;
    } finally {
      if (this.#opening.get(key) === opening) this.#opening.delete(key);
    }
  }

  async #receive<T extends TargetFile>(
    name: string,
    begin: (directory: string, leaf: string) => Promise<T>,
  ): Promise<T> {
    const walk = await Walk.begin(this.#parts, "open");
    const { directory, leaf } = placeOf(walk, name);
    walk.guard.check(directory);
    checkTarget(walk, directory, leaf);
    const target = await attempt("open", () => begin(directory, leaf));
    if (await walk.isStill(directory)) return forPeer(target);
    await target.discard();
    throw new TreeError("open", "permission denied");
  }

  async #take(
    { directory, leaf, id, sender }: {
      readonly directory: string;
      readonly leaf: string;
      readonly id: string;
      readonly sender?: string;
    },
  ): Promise<ResumableFile> {
    const key = `${directory}/${id}`;
    await this.#open.get(key)?.suspend();
    const place = `${sender} ${directory}/${leaf}`;
    const freed = sender === undefined ? 0 : await this.#left.begins(place, id);
    const file = await resumePart(directory, leaf, id, this.#disk);
    this.#open.set(key, file);
    const left = this.#left;
    const leave = (): void => {
      if (this.#open.get(key) === file) this.#open.delete(key);
    };
    return {
      ...file,
      freed,
      commit: (mode, mtimeMs) => file.commit(mode, mtimeMs).finally(leave),
      discard: () => file.discard().finally(leave),
      async suspend() {
        const kept = await file.suspend().finally(leave);
        if (kept > 0) left.waits(place, directory, id);
        return kept;
      },
    };
  }

  open(name: string): Promise<SourceFile>;
  open(name: string, make: MakeDigest): Promise<SeekableSource>;
  async open(name: string, make?: MakeDigest): Promise<SourceFile> {
    const walk = await Walk.begin(this.#parts, "stat");
    const { directory, leaf } = walk.place(name, "stat");
    if (leaf === undefined) throw new TreeError("directory", "is a directory");
    const path = `${directory}/${leaf}`;
    const info = await attempt("stat", () => this.#disk.lstat(path));
    if (info.isDirectory) throw new TreeError("directory", "is a directory");
    if (isPartName(leaf)) throw new TreeError("open", "permission denied");
    const file = await attempt(
      "open",
      () =>
        make ? openSeekable(path, make, false, this.#disk, info) : openRegular(path, false, this.#disk, info),
    );
    if (file === undefined) throw new TreeError("open", "not a regular file");
    try {
      walk.guard.check(path, file.info);
      if (!await walk.isStill(directory)) throw new TreeError("open", "permission denied");
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  async readMany(names: readonly string[], limits: ReadLimits): Promise<(SmallContent | Error)[]> {
    // The walk is shared, what was found on it is not: a directory may have become another one meanwhile.
    const ways = new Ways(this.#reading.now());
    return await readSmallFiles(this.#disk, names, (name) => {
      const leaf = leafOf(name, "stat", this.#parts.os);
      const way = ways.to(name);
      const placed = ([walk, directory]: Way): ReadPlace => ({ directory, leaf, walk });
      return way instanceof Promise ? way.then(placed) : placed(way);
    }, limits);
  }

  async *list(name: string, onTop?: (facts: KeptFacts) => void): AsyncGenerator<TreeEntry> {
    const walk = await Walk.begin(this.#parts, "stat");
    const { directory, leaf } = walk.place(name, "stat");
    const path = leaf === undefined ? directory : walk.enter(directory, leaf, "stat");
    walk.guard.check(path);
    onTop?.(keptOf(await attempt("stat", () => Deno.stat(path))));
    yield* entriesOf(path, (child, info) => isSecret(walk, child, info));
  }

  async makeDirectory(name: string, keep?: KeptFacts): Promise<void> {
    partsOf(name, "mkdir", this.#parts.os);
    const walk = await Walk.begin(this.#parts, "mkdir", this.#made);
    const { directory } = walk.place(`${name}/x`, "mkdir");
    walk.guard.check(directory);
    await this.#made.sync();
    if (!keep || directory === walk.guard.root) return;
    await attempt("mkdir", async () => {
      // Our user can still go in.
      await this.#disk.chmod(directory, (keep.mode & 0o777) | 0o700);
      const time = new Date(keep.mtimeMs);
      await Deno.utime(directory, time, time);
    });
  }

  batch(): TreeBatch {
    const ways = this.#writing.now();
    let last: Walk;
    const placed = ([walk, directory]: Way, leaf: string): Place => {
      last = walk;
      walk.guard.check(directory);
      checkTarget(walk, directory, leaf);
      return { directory, leaf };
    };
    const files = new SmallFiles(this.#disk, {
      place: (name, again = false) => {
        const leaf = leafOf(name, "open", this.#parts.os);
        if (leaf === undefined || name.endsWith("/")) throw new TreeError("open", "is a directory");
        if (isPartName(leaf)) throw new TreeError("open", "permission denied");
        const way = ways.to(name, again);
        return way instanceof Promise ? way.then((found) => placed(found, leaf)) : placed(way, leaf);
      },
      isStill: (directory) => last.isStillNow(directory),
    });
    return behind(this.#made, files);
  }
}

/** Files of which none is there before what was made on the way to it survives a power cut. */
const behind = (made: Made, files: TreeBatch): TreeBatch => ({
  add: (name, bytes, keep) => files.add(name, bytes, keep),
  async commit() {
    const outcomes = await files.commit();
    const failure = await made.sync().then(() => undefined, (error: Error) => error);
    return failure ? outcomes.map((outcome) => outcome ?? failure) : outcomes;
  },
});

/** Where a file may come to. */
function placeOf(walk: Walk, name: string): { directory: string; leaf: string } {
  const { directory, leaf } = walk.place(name, "open");
  if (leaf === undefined) throw new TreeError("open", "is a directory");
  if (isPartName(leaf)) throw new TreeError("open", "permission denied");
  return { directory, leaf };
}

/** What may lie in the place of a file that comes. */
function checkTarget(walk: Walk, directory: string, leaf: string): void {
  const there = walk.lookAt(directory, leaf, "open");
  if (there?.isDirectory) throw new TreeError("open", "is a directory");
  if (there && !there.isFile && !there.isSymlink) throw new TreeError("open", "not a regular file");
  if (there) walk.guard.check(`${directory}/${leaf}`, there);
}

function isSecret({ guard }: Walk, path: string, info: Deno.FileInfo): boolean {
  try {
    guard.check(path, info);
    return false;
  } catch {
    return true;
  }
}
