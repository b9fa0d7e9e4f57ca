/**
 * What lies below a directory.
 *
 * @module
 */
import { isOwnPartName, isPartName } from "../copies/part_file.ts";
import { nextTurn } from "../turn.ts";
import { attempt, attemptNow, TreeError } from "./error.ts";
import type { KeptFacts, TreeEntry } from "./tree.ts";

/** Looks wait for the system: thousands of them take a third of the time. Others have their turn after so many. */
const TURN_LOOKS = 64;

/**
 * Walks a directory, in the order of the names; no link is followed, and what is not readable is `other`.
 * @param path  Its real path.
 * @param isSecret  Whether something may not be had.
 * @throws {TreeError} stat: the directory itself is not readable.
 */
export async function* entriesOf(
  path: string,
  isSecret: (path: string, info: Deno.FileInfo) => boolean,
  before = "",
): AsyncGenerator<TreeEntry> {
  const names: string[] = [];
  await attempt("stat", async () => {
    for await (const { name } of Deno.readDir(path)) names.push(name);
  });
  let looked = 0;
  for (const leaf of names.sort()) {
    const [child, name] = [`${path === "/" ? "" : path}/${leaf}`, `${before}${leaf}`];
    const info = lookAt(child);
    if (++looked % TURN_LOOKS === 0) await nextTurn();
    if (info instanceof TreeError) {
      // A name that is not UTF-8 comes with U+FFFD in it: nothing is found by that, and nobody could ask for it.
      const isOdd = leaf.includes("\ufffd");
      if (info.cause instanceof Deno.errors.NotFound && !isOdd) continue; // it has gone meanwhile
      const problem = isOdd ? "its name is not UTF-8" : info.message;
      yield { name, kind: "other", size: 0, mode: 0, mtimeMs: 0, problem };
      continue;
    }
    if (isOwnPartName(leaf) && info.isFile) continue; // it is a file once it is whole
    const facts = { name, ...keptOf(info) };
    const other: TreeEntry = { ...facts, kind: "other", size: 0 };
    const odd = isPartName(leaf) || (!info.isFile && !info.isDirectory);
    if (odd || isSecret(child, info)) yield other;
    else if (info.isFile) yield { ...facts, kind: "file", size: info.size };
    else if (info.isDirectory) {
      yield { ...facts, kind: "directory", size: 0 };
      try {
        yield* entriesOf(child, isSecret, `${name}/`);
      } catch (error) {
        if (!(error instanceof TreeError)) throw error;
        yield { ...other, name: `${name}/`, problem: error.message };
      }
    }
  }
}

/** What is kept of something besides its content. */
export const keptOf = ({ mode, mtime }: Pick<Deno.FileInfo, "mode" | "mtime">): KeptFacts => ({
  mode: mode === null ? 0o644 : mode & 0o777,
  mtimeMs: Math.trunc(mtime?.getTime() || 0), // NaN: a time that no date holds
});

function lookAt(path: string): Deno.FileInfo | TreeError {
  try {
    return attemptNow("stat", () => Deno.lstatSync(path));
  } catch (error) {
    return error as TreeError;
  }
}
