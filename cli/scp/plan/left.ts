/**
 * What a copy has not done yet: the list of `--failed-to`.
 *
 * @module
 */
import type { FileOutcome } from "../told/outcome.ts";
import { directoryLine, type ListedFile } from "./lists.ts";
import type { CopyJob, CopyPlan, PlannedDirectory } from "./plan.ts";

/** The files of a plan, and the directories that no file leads to. */
export class Left {
  readonly #directories: readonly PlannedDirectory[];
  readonly #left: Set<CopyJob | PlannedDirectory>;
  readonly #failed = new Set<CopyJob | PlannedDirectory>();

  /**
   * Nothing is done yet.
   * @param withDirectories  Also directories that files lead to: bits and times of theirs are copied.
   */
  constructor({ jobs, directories }: CopyPlan, withDirectories: boolean) {
    // What files lead to is made anyway, and what is kept of a directory no list says.
    this.#directories = directories.filter(({ isEmpty }) => isEmpty || withDirectories);
    this.#left = new Set([...jobs.filter(({ isSecond }) => !isSecond), ...this.#directories]);
  }

  /** One of them is over. */
  told(one: CopyJob | PlannedDirectory, state: FileOutcome["state"]): void {
    if (state === "failed") this.#failed.add(one);
    else this.#left.delete(one);
  }

  /** The copy has gone through all: a directory of which nothing was told is there. */
  ended(): void {
    for (const one of this.#directories) if (!this.#failed.has(one)) this.#left.delete(one);
  }

  /** The lines of the list. */
  lines(): ListedFile[] {
    return [...this.#left].map((one) => "isEmpty" in one ? directoryLine(one.local, one.remote) : one);
  }
}
