/**
 * Many small files that are received together: written beside their places, synced, renamed, and their directories
 * synced once.
 *
 * @module
 */
import type { Disk } from "./disk.ts";
import { createPart, type TargetFile } from "./part_file.ts";
import type { TreeBatch } from "./tree.ts";
import { forPeer, TreeError } from "./tree_error.ts";

/** Where a name leads. */
export interface Places {
  /** Makes what leads to it. @returns Its real directory. @throws {TreeError} */
  place(name: string): Promise<{ readonly directory: string; readonly leaf: string }>;
  /** Whether the directory is still the same. */
  isStill(directory: string): Promise<boolean>;
}

interface Begun {
  readonly directory: string;
  readonly target: TargetFile;
  readonly mode: number;
  readonly mtimeMs?: number;
}

/** The batch of a tree. */
export class SmallFiles implements TreeBatch {
  readonly #disk: Disk;
  readonly #places: Places;
  readonly #all: Promise<Begun | Error>[] = [];
  readonly #touched = new Set<string>();

  /** Nothing is written yet. */
  constructor(disk: Disk, places: Places) {
    this.#places = places;
    this.#disk = {
      open: (path, options) => disk.open(path, options),
      lstat: (path) => disk.lstat(path),
      stat: (path) => disk.stat(path),
      remove: (path) => disk.remove(path),
      rename: (from, to) => disk.rename(from, to),
      chmod: (path, mode) => disk.chmod(path, mode),
      // Once for all, when the last one has its place.
      syncDirectory: (path) => Promise.resolve(void this.#touched.add(path)),
    };
    this.#sync = (path) => disk.syncDirectory(path);
  }

  readonly #sync: (path: string) => Promise<void>;

  async add(name: string, bytes: Uint8Array, keep: { mode: number; mtimeMs?: number }): Promise<void> {
    const begun = this.#begin(name, bytes, keep);
    this.#all.push(begun);
    await begun;
  }

  async #begin(
    name: string,
    bytes: Uint8Array,
    keep: { mode: number; mtimeMs?: number },
  ): Promise<Begun | Error> {
    let target: TargetFile | undefined;
    try {
      const { directory, leaf } = await this.#places.place(name);
      target = forPeer(await createPart(directory, leaf, this.#disk));
      await target.write(bytes);
      return { directory, target, ...keep };
    } catch (error) {
      await target?.discard();
      return error as Error;
    }
  }

  async commit(): Promise<(Error | undefined)[]> {
    const still = new Map<string, Promise<boolean>>();
    const isStill = (directory: string): Promise<boolean> => {
      let known = still.get(directory);
      if (!known) still.set(directory, known = this.#places.isStill(directory));
      return known;
    };
    const outcomes = await Promise.all(this.#all.map(async (begun) => {
      const one = await begun;
      if (one instanceof Error) return one;
      const { directory, target, mode, mtimeMs } = one;
      try {
        if (!await isStill(directory)) throw new TreeError("open", "permission denied");
        await target.commit(mode, mtimeMs);
        return undefined;
      } catch (error) {
        await target.discard();
        return error as Error;
      }
    }));
    for (const path of this.#touched) await this.#sync(path);
    this.#all.length = 0;
    this.#touched.clear();
    return outcomes;
  }
}
