/**
 * Many small files that are received together: written beside their places, synced, renamed, and their directories
 * synced once.
 *
 * @module
 */
import { Lanes } from "../../wire/lanes.ts";
import type { Disk, DiskFile } from "../copies/disk.ts";
import { bitsOf, newPart } from "../copies/part_file.ts";
import { Room } from "../copies/room.ts";
import { nextTurn } from "../turn.ts";
import { TreeError, treeError } from "./error.ts";
import type { TreeBatch } from "./tree.ts";

/** Others have their turn after so long a run of calls that wait for the system. */
const TURN_MS = 2;
/** Calls between two looks at the clock. */
const TURN_CALLS = 8;

/** Files of batches that are open at once, in the whole process: often a process may have no more than 1,024. */
const OPEN_FILES = 256;
/** One batch at a time: each waits for the same journal. */
const opening = new Lanes(1);

/** Where a file comes to. */
export interface Place {
  /** Its real directory. */
  readonly directory: string;
  /** Its name there. */
  readonly leaf: string;
}

/** Where a name leads. */
export interface Places {
  /** Makes what leads to it; at once where that is known. @param again  It has gone meanwhile. @throws {TreeError} */
  place(name: string, again?: boolean): Place | Promise<Place>;
  /** Whether the directory is still the same; at once. */
  isStill(directory: string): boolean;
}

/** What a file gets besides its bytes. */
export interface Kept {
  /** Permission bits. */
  readonly mode: number;
  /** When it was last written, milliseconds since 1970; left out: now. */
  readonly mtimeMs?: number;
}

interface Given {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly keep: Kept;
}

/** What is written beside its place. */
interface Written extends Place {
  readonly temporary: string;
  readonly file: DiskFile;
  readonly keep: Kept;
}

/**
 * The batch of a tree. Files wait in memory, are written together, and are synced together then: a file system with a
 * journal writes it once for all syncs that it knows of, and whoever makes a file while it writes waits for it.
 */
export class SmallFiles implements TreeBatch {
  readonly #disk: Disk;
  readonly #places: Places;
  readonly #room = new Room();
  #given: Given[] = [];

  /** Nothing is written yet. */
  constructor(disk: Disk, places: Places) {
    this.#places = places;
    this.#disk = disk;
  }

  add(name: string, bytes: Uint8Array, keep: Kept): void {
    this.#given.push({ name, bytes: this.#room.copyOf(bytes), keep });
  }

  async commit(): Promise<(Error | undefined)[]> {
    const given = this.#given;
    this.#given = [];
    const written: (Written | Error)[] = [];
    const failures: (Error | undefined)[] = [];
    for (let at = 0; at < given.length; at += OPEN_FILES) {
      await opening.run(async () => {
        const some = await this.#each(given.slice(at, at + OPEN_FILES), (one) => this.#begin(one));
        written.push(...some);
        failures.push(...await Promise.all(some.map((one) => one instanceof Error ? one : synced(one))));
      });
    }
    this.#room.free();
    const still = new Map<string, boolean>();
    const touched = new Set<string>();
    const outcomes = await this.#each(written, (one, at) => {
      if (one instanceof Error) throw one;
      const left = this.#put(one, failures[at], still);
      touched.add(one.directory);
      return left;
    });
    const unsynced = await this.#sync([...touched]);
    return outcomes.map((outcome, at) =>
      outcome instanceof Error ? outcome : unsynced.get((written[at] as Written).directory)
    );
  }

  /** Makes names survive a power cut. @returns The directories where they may not, and why. */
  async #sync(directories: readonly string[]): Promise<Map<string, Error>> {
    const failed = new Map<string, Error>();
    const syncOne = async (path: string): Promise<void> => {
      try {
        await this.#disk.syncDirectory(path);
      } catch (error) {
        failed.set(path, treeError("write", error));
      }
    };
    for (let at = 0; at < directories.length; at += OPEN_FILES) {
      await Promise.all(directories.slice(at, at + OPEN_FILES).map(syncOne));
    }
    return failed;
  }

  /** One after the other, at once where that can be; others have their turn now and then. */
  async #each<T, R>(
    all: readonly T[],
    run: (one: T, at: number) => R | Promise<R>,
  ): Promise<(R | Error)[]> {
    const outcomes: (R | Error)[] = [];
    let sinceMs = performance.now();
    for (let at = 0; at < all.length; at++) {
      try {
        const outcome = run(all[at], at);
        outcomes.push(outcome instanceof Promise ? await outcome : outcome);
      } catch (error) {
        outcomes.push(error as Error);
      }
      if (at % TURN_CALLS !== 0 || performance.now() - sinceMs < TURN_MS) continue;
      await nextTurn();
      sinceMs = performance.now();
    }
    return outcomes;
  }

  #begin(given: Given): Written | Promise<Written> {
    const known = this.#places.place(given.name);
    if (known instanceof Promise) return known.then((place) => this.#beginAt(place, given));
    return this.#beginAt(known, given);
  }

  #beginAt(place: Place, { name, bytes, keep }: Given): Written | Promise<Written> {
    const made = this.#make(place, bytes, keep);
    if (made) return made;
    return Promise.resolve(this.#places.place(name, true)).then((place) =>
      this.#make(place, bytes, keep, true)!
    );
  }

  /** @returns undefined: the directory is not there any more. */
  #make({ directory, leaf }: Place, bytes: Uint8Array, keep: Kept, isLast = false): Written | undefined {
    const temporary = newPart(directory);
    try {
      return { directory, leaf, temporary, file: this.#disk.make(temporary, bytes), keep };
    } catch (error) {
      if (isLast || !(error instanceof Deno.errors.NotFound)) throw treeError("write", error);
      return undefined;
    }
  }

  #put(
    { directory, leaf, temporary, keep: { mode, mtimeMs } }: Written,
    failure: Error | undefined,
    still: Map<string, boolean>,
  ): void | Promise<void> {
    const move = (): void => this.#disk.move(temporary, `${directory}/${leaf}`);
    try {
      if (failure) throw failure;
      if (!still.has(directory)) still.set(directory, this.#places.isStill(directory));
      if (!still.get(directory)) throw new TreeError("open", "permission denied");
      const bits = bitsOf(mode, mtimeMs);
      if (bits === undefined) return move();
      return this.#disk.chmod(temporary, bits).then(move).catch((error) => this.#drop(temporary, error));
    } catch (error) {
      return this.#drop(temporary, error);
    }
  }

  /** @throws Always. */
  async #drop(temporary: string, error: unknown): Promise<never> {
    await this.#disk.remove(temporary).catch(() => {}); // the directory itself may be gone
    throw treeError("write", error);
  }
}

/** @returns Why it is not on the disk. */
function synced({ file, keep: { mtimeMs } }: Written): Promise<Error | undefined> {
  const time = mtimeMs === undefined ? undefined : new Date(mtimeMs);
  return (time === undefined ? file.sync() : file.utime(time, time).then(() => file.sync())).then(
    () => void file.close(),
    (error: Error) => {
      file.close();
      return error;
    },
  );
}
