/**
 * Many small files that are received together: written beside their places, synced, renamed, and their directories
 * synced once.
 *
 * @module
 */
import type { Disk, DiskFile } from "./disk.ts";
import { bitsOf, newPart } from "./part_file.ts";
import type { TreeBatch } from "./tree.ts";
import { attempt, attemptNow, TreeError } from "./tree_error.ts";
import { nextTurn } from "./turn.ts";
import { Lanes } from "../wire/lanes.ts";

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
  /** Whether the directory is still the same. */
  isStill(directory: string): Promise<boolean>;
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
interface Begun extends Place {
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
  #given: Given[] = [];
  #sinceMs = 0;

  /** Nothing is written yet. */
  constructor(disk: Disk, places: Places) {
    this.#places = places;
    this.#disk = disk;
  }

  add(name: string, bytes: Uint8Array, keep: Kept): Promise<void> {
    this.#given.push({ name, bytes: bytes.slice(), keep });
    return Promise.resolve();
  }

  async commit(): Promise<(Error | undefined)[]> {
    const given = this.#given;
    this.#given = [];
    const begun: (Begun | Error)[] = [];
    const failures: (Error | undefined)[] = [];
    for (let at = 0; at < given.length; at += OPEN_FILES) {
      await opening.run(async () => {
        const some = await this.#each(given.slice(at, at + OPEN_FILES), (one) => this.#begin(one));
        begun.push(...some);
        failures.push(
          ...await Promise.all(some.map((one) => one instanceof Error ? one : failureOf(sync(one)))),
        );
      });
    }
    const still = new Map<string, boolean>();
    const touched = new Set<string>();
    const outcomes = await this.#each(begun, async (one, at) => {
      if (one instanceof Error) throw one;
      await this.#put(one, failures[at], still);
      touched.add(one.directory);
    });
    await Promise.all([...touched].map((path) => this.#disk.syncDirectory(path)));
    return outcomes.map((outcome) => outcome instanceof Error ? outcome : undefined);
  }

  /** One after the other; others have their turn now and then. */
  async #each<T, R>(all: readonly T[], run: (one: T, at: number) => Promise<R>): Promise<(R | Error)[]> {
    const outcomes: (R | Error)[] = [];
    this.#sinceMs = performance.now();
    for (const [at, one] of all.entries()) {
      outcomes.push(await run(one, at).catch((error: Error) => error));
      if (at % TURN_CALLS !== 0 || performance.now() - this.#sinceMs < TURN_MS) continue;
      await nextTurn();
      this.#sinceMs = performance.now();
    }
    return outcomes;
  }

  async #begin({ name, bytes, keep }: Given): Promise<Begun> {
    const known = this.#places.place(name);
    const place = known instanceof Promise ? await known : known;
    const made = this.#make(place, bytes) ?? this.#make(await this.#places.place(name, true), bytes, true)!;
    return { ...made, keep };
  }

  /** @returns undefined: the directory is not there any more. */
  #make(place: Place, bytes: Uint8Array, isLast = false): Omit<Begun, "keep"> | undefined {
    const temporary = newPart(place.directory);
    return attemptNow("write", () => {
      try {
        return { ...place, temporary, file: this.#disk.make(temporary, bytes) };
      } catch (error) {
        if (isLast || !(error instanceof Deno.errors.NotFound)) throw error;
        return undefined;
      }
    });
  }

  async #put(
    { directory, leaf, temporary, keep: { mode, mtimeMs } }: Begun,
    failure: Error | undefined,
    still: Map<string, boolean>,
  ): Promise<void> {
    try {
      await attempt("write", async () => {
        if (failure) throw failure;
        if (!still.has(directory)) still.set(directory, await this.#places.isStill(directory));
        if (!still.get(directory)) throw new TreeError("open", "permission denied");
        const bits = bitsOf(mode, mtimeMs);
        if (bits !== undefined) await this.#disk.chmod(temporary, bits);
        this.#disk.move(temporary, `${directory}/${leaf}`);
      });
    } catch (error) {
      await this.#disk.remove(temporary).catch(() => {}); // the directory itself may be gone
      throw error;
    }
  }
}

async function sync({ file, keep: { mtimeMs } }: Begun): Promise<void> {
  try {
    if (mtimeMs !== undefined) await file.utime(new Date(mtimeMs), new Date(mtimeMs));
    await file.sync();
  } finally {
    file.close();
  }
}

const failureOf = (run: Promise<void>): Promise<Error | undefined> =>
  run.then(() => undefined, (error: Error) => error);
