/**
 * The names below a directory of a host of ours, and what all that is asked of many files begins with.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import type { Digest } from "../crypto/digest.ts";
import type { KeptFacts, TreeEntry } from "../sys/tree/tree.ts";
import type { Stream } from "../wire/reading.ts";
import type { Flow } from "./body.ts";
import { badWire, CopyError, fatalError } from "./errors.ts";
import { BLOCK_BYTES, controlHere, frameOf, readControl, timeIn } from "./extended/frames.ts";
import { greet, run } from "./greet.ts";
import { checkText, MAX_NAME_BYTES } from "./path.ts";
import { IDLE_MS, type WireOptions } from "./wire.ts";

/** Larger files have a stream of their own. */
export const SMALL_BYTES: number = BLOCK_BYTES;
/** Longest list: some 100 MiB of memory here. */
const MAX_ENTRIES = 500_000;

/** What `pullMany` and `pushMany` need. */
export interface ManyOptions extends WireOptions, Flow {
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
}

/**
 * Asks for everything below a directory.
 * @param path  Of the directory, below the peer's root.
 * @param options.onTop  Told what is to be kept of the directory itself, where the host says it.
 * @param options.onExtended  The host is one of ours, whether or not the directory is there.
 * @returns In an order in which a directory comes before what is in it. Names are checked: none leads elsewhere, and
 * none comes twice. On Windows some mean something else all the same (`isOddOnWindows`). Of what can't be had the host
 * may say why.
 * @throws {NoExtension} The host is of another kind.
 * @throws As `pull`, for what is no directory too.
 */
export function list(
  stream: Stream,
  path: string,
  options: WireOptions & {
    readonly onTop?: (facts: KeptFacts) => void;
    readonly onExtended?: () => void;
  },
): Promise<readonly TreeEntry[]> {
  return run(stream, options, async (wire) => {
    await greet(wire, "SOURCE", path);
    options.onExtended?.();
    await wire.write(frameOf({ op: "list" }));
    const entries: TreeEntry[] = [];
    const seen = new Set<string>();
    const directories = new Set([""]);
    for (;;) {
      const entry = controlHere(wire) ?? await readControl(wire, IDLE_MS);
      const { ok, err, entries: count, name = "", kind, size = 0, mode = 0 } = entry;
      if (ok === false) throw fatalError(err ?? "no reason given");
      if (ok === true && count === entries.length) {
        if (entry.mode !== undefined) options.onTop?.({ mode: mode & 0o777, mtimeMs: timeIn(entry) ?? 0 });
        return entries;
      }
      if (kind !== "file" && kind !== "directory" && kind !== "other") {
        throw badWire("frame", "dmsgscp: entry");
      }
      if (entries.length === MAX_ENTRIES) throw new CopyError("the directory has too many files", "broken");
      if (kind !== "other") checkEntry(name, seen, directories);
      if (kind === "directory") directories.add(name);
      // What can't be had is shown, and used for nothing else.
      const shown = kind === "other" ? name.slice(0, MAX_NAME_BYTES) : name;
      const problem = kind === "other" && err !== undefined ? { problem: err.slice(0, MAX_NAME_BYTES) } : {};
      entries.push({ name: shown, kind, size, mode: mode & 0o777, mtimeMs: timeIn(entry) ?? 0, ...problem });
    }
  });
}

/** A name of a list is made into a local path: it must lie in the directory that was asked for, and be new. */
function checkEntry(name: string, seen: Set<string>, directories: ReadonlySet<string>): void {
  checkText(name);
  // What a directory's name may not be, no name in it has before its last part.
  const cut = name.lastIndexOf("/");
  const leaf = name.slice(cut + 1);
  const isOdd = leaf === "" || leaf === ".";
  if (isOdd || seen.has(name) || !directories.has(name.slice(0, Math.max(0, cut)))) {
    throw badWire("frame", "dmsgscp: list with a wrong name");
  }
  seen.add(name);
}
