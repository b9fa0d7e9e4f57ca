/**
 * What waits to be taken up again, and never will be: another version of the file has come.
 *
 * @see lib/scp/README.md "Extension"
 * @module
 */
import type { Disk } from "./disk.ts";
import { lock } from "./own_file.ts";
import { keptBytes, partNames } from "./part_file.ts";

/** Copies that are remembered; what went of older ones is removed after a week. */
const MAX_LEFT = 1024;

interface Left {
  readonly directory: string;
  readonly id: string;
}

/** The copies that broke off, one for each place and who sends to it. */
export class LeftParts {
  readonly #disk: Disk;
  readonly #left = new Map<string, Left>();

  /** Nothing has broken off. */
  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** A copy broke off, and waits. @param place  Who sends, and where to. @param id  As for `resumePart`. */
  waits(place: string, directory: string, id: string): void {
    this.#left.delete(place);
    this.#left.set(place, { directory, id });
    if (this.#left.size > MAX_LEFT) this.#left.delete(this.#left.keys().next().value!);
  }

  /**
   * A copy begins, or goes on. What waits of another version of the file is removed, unless somebody receives it.
   * @returns Bytes that had been kept of it, whole blocks.
   */
  async begins(place: string, id: string): Promise<number> {
    const left = this.#left.get(place);
    this.#left.delete(place);
    return left && left.id !== id ? await removePart(left.directory, left.id, this.#disk) : 0;
  }
}

/**
 * Removes what waits to be taken up. Never fails; what somebody receives stays.
 * @returns Bytes that counted of it.
 */
async function removePart(directory: string, id: string, disk: Disk): Promise<number> {
  const [temporary, journalPath] = partNames(directory, id);
  const file = await disk.open(temporary, { read: true, write: true }).catch(() => undefined);
  if (!file) return 0;
  try {
    if (!await lock(file)) return 0;
    const kept = keptBytes(await file.stat(), await disk.lstat(journalPath));
    await disk.remove(temporary);
    await disk.remove(journalPath);
    return kept;
  } catch {
    return 0;
  } finally {
    file.close();
  }
}
