/**
 * What lies in directories, as it was when each was looked at: one look for all files that go there within a moment.
 *
 * @module
 */
import { folded } from "../../wire/folded.ts";

/** A longer directory is not read: that would take as long as looking at thousands of names. */
const MAX_DIRECTORY_BYTES = 2 ** 16;

/** Names in directories. A directory is read when it is asked for a second time. */
export class KnownNames {
  readonly #known = new Map<string, Set<string> | "asked" | "unknown">();

  /** A directory that was made just now: nothing is in it but what its maker has put there. */
  isNew(directory: string): void {
    this.#known.set(directory, new Set());
  }

  /** Whether something may be there: under this name, or one that some file systems take for it. */
  may(directory: string, leaf: string): boolean {
    const known = this.#known.get(directory);
    const names = known === "asked" ? namesIn(directory) : known ?? "asked";
    if (names !== known) this.#known.set(directory, names);
    // Windows has a second, short name with a `~` for some files.
    return typeof names === "string" || leaf.includes("~") || (names.size > 0 && names.has(folded(leaf)));
  }
}

function namesIn(directory: string): Set<string> | "unknown" {
  const names = new Set<string>();
  try {
    if (Deno.statSync(directory).size > MAX_DIRECTORY_BYTES) return "unknown";
    for (const { name } of Deno.readDirSync(directory)) names.add(folded(name));
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? names : "unknown";
  }
  return names;
}
