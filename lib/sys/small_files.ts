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

/** Files that are synced at once: the system writes them together. */
const SYNCING = 16;
/** Others have their turn after so many calls that wait for the system: one or two milliseconds. */
const TURN_CALLS = 32;

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

interface Begun extends Place {
  readonly temporary: string;
  readonly mode: number;
  readonly mtimeMs?: number;
  readonly synced: Promise<void>;
}

/** The batch of a tree. */
export class SmallFiles implements TreeBatch {
  readonly #disk: Disk;
  readonly #places: Places;
  #all: Promise<Begun | Error>[] = [];
  readonly #lanes: Promise<void>[] = new Array(SYNCING).fill(Promise.resolve());
  #calls = 0;

  /** Nothing is written yet. */
  constructor(disk: Disk, places: Places) {
    this.#places = places;
    this.#disk = disk;
  }

  async add(name: string, bytes: Uint8Array, keep: { mode: number; mtimeMs?: number }): Promise<void> {
    const begun = this.#begin(name, bytes, keep).catch((error: Error) => error);
    this.#all.push(begun);
    await begun;
    await this.#turn(3); // opened, written, closed
  }

  async #begin(
    name: string,
    bytes: Uint8Array,
    keep: { mode: number; mtimeMs?: number },
  ): Promise<Begun> {
    const lane = this.#all.length % SYNCING;
    const known = this.#places.place(name);
    const place = known instanceof Promise ? await known : known;
    const { file, ...made } = this.#make(place, bytes) ??
      this.#make(await this.#places.place(name, true), bytes, true)!;
    const synced = this.#lanes[lane].then(() => sync(file, keep.mtimeMs));
    this.#lanes[lane] = synced.catch(() => {}); // the commit says it
    return { ...made, ...keep, synced };
  }

  /** @returns undefined: the directory is not there any more. */
  #make(place: Place, bytes: Uint8Array, isLast = false) {
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

  async commit(): Promise<(Error | undefined)[]> {
    const begun = await Promise.all(this.#all);
    this.#all = [];
    const still = new Map<string, Promise<boolean>>();
    const isStill = (directory: string): Promise<boolean> => {
      let known = still.get(directory);
      if (!known) still.set(directory, known = this.#places.isStill(directory));
      return known;
    };
    const touched = new Set<string>();
    const outcomes: (Error | undefined)[] = [];
    await Promise.all(this.#lanes);
    for (const one of begun) {
      outcomes.push(one instanceof Error ? one : await this.#put(one, isStill, touched));
      await this.#turn(1);
    }
    await Promise.all([...touched].map((path) => this.#disk.syncDirectory(path)));
    return outcomes;
  }

  async #put(
    { directory, leaf, temporary, mode, mtimeMs, synced }: Begun,
    isStill: (directory: string) => Promise<boolean>,
    touched: Set<string>,
  ): Promise<Error | undefined> {
    try {
      await attempt("write", async () => {
        await synced;
        if (!await isStill(directory)) throw new TreeError("open", "permission denied");
        const bits = bitsOf(mode, mtimeMs);
        if (bits !== undefined) await this.#disk.chmod(temporary, bits);
        this.#disk.move(temporary, `${directory}/${leaf}`);
        touched.add(directory);
      });
      return undefined;
    } catch (error) {
      await this.#disk.remove(temporary).catch(() => {}); // the directory itself may be gone
      return error as Error;
    }
  }

  async #turn(calls: number): Promise<void> {
    this.#calls += calls;
    if (this.#calls < TURN_CALLS) return;
    this.#calls = 0;
    await nextTurn();
  }
}

async function sync(file: DiskFile, mtimeMs: number | undefined): Promise<void> {
  try {
    if (mtimeMs !== undefined) await file.utime(new Date(mtimeMs), new Date(mtimeMs));
    await file.sync();
  } finally {
    file.close();
  }
}
