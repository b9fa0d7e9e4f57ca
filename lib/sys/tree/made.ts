/**
 * Directories that were made on the way to files: a sync of a file promises nothing for the names above it.
 *
 * @module
 */
import type { Disk } from "../copies/disk.ts";
import { removeEmpty } from "../files/directory.ts";
import { parent } from "../paths.ts";
import { attempt } from "./error.ts";

/** What a tree has made, whose names may not survive a power cut yet. */
export class Made {
  readonly #disk: Pick<Disk, "syncDirectory">;
  #waiting: string[] = [];
  #last: Promise<void> = Promise.resolve();

  /** Nothing was made yet. */
  constructor(disk: Pick<Disk, "syncDirectory">) {
    this.#disk = disk;
  }

  /** A directory was made. @param path  Its real path; those that lead to it were told before. */
  add(path: string): void {
    this.#waiting.push(path);
  }

  /**
   * Syncs what was made so far, each directory above it once. Who finds a directory there that another operation has
   * made a moment ago waits here for it, and shares what becomes of it.
   * @throws {TreeError} mkdir: the disk fails.
   */
  sync(): Promise<void> {
    const turn = this.#last.then(() => this.#syncNow());
    this.#last = turn;
    turn.catch(() => {
      if (this.#last === turn) this.#last = Promise.resolve();
    });
    return turn;
  }

  async #syncNow(): Promise<void> {
    const made = this.#waiting;
    this.#waiting = [];
    const above = new Set(made.map((path) => parent(path)));
    try {
      await attempt("mkdir", async () => {
        await Promise.all([...above].map((path) => this.#disk.syncDirectory(path)));
      });
    } catch (error) {
      const left = await removeEmpty(made.toReversed()); // who tries again has to sync them again
      this.#waiting.push(...left.toReversed()); // something has come into them meanwhile
      throw error;
    }
  }
}
