/**
 * Private directories for what need not last.
 *
 * @module
 */
import { utf8 } from "../../wire/bytes.ts";
import { UserError } from "../../wire/errors.ts";
import { isAbsolute, systemOs } from "../paths.ts";
import { systemReason } from "./files.ts";

/** Where temporary files go: as the system says (`TMPDIR`), and where every Unix has a place when that is of no use. */
const TEMPORARY_PLACES: readonly (string | undefined)[] = systemOs === "windows"
  ? [undefined]
  : [undefined, "/tmp", "/var/tmp"];

/**
 * Makes a directory (0700) in the first place that takes one and has a path that is short enough.
 * @param prefix  Of its name, which goes on at random.
 * @param maxBytes  Longest path in UTF-8.
 * @param places  Directories; undefined is the system's choice.
 * @returns Its absolute path.
 * @throws {UserError} local: no place will do; says what is wrong with each, and the hint is to set `TMPDIR`.
 */
export async function makeTemporaryDirectory(
  prefix: string,
  maxBytes = Infinity,
  places: readonly (string | undefined)[] = TEMPORARY_PLACES,
): Promise<string> {
  const problems: string[] = [];
  for (const dir of places) {
    const place = dir ?? "TMPDIR";
    let path: string;
    try {
      path = await Deno.makeTempDir({ dir, prefix });
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      problems.push(`${place}: ${systemReason(error)}`);
      continue;
    }
    // An empty TMPDIR gives a path from where we happen to be, which others can't follow.
    if (isAbsolute(path, systemOs) && utf8(path).length <= maxBytes) return path;
    await Deno.remove(path);
    problems.push(
      `${place}: ${isAbsolute(path, systemOs) ? "its path is too long" : "it is no absolute path"}`,
    );
  }
  throw new UserError(`There is no place for temporary files (${problems.join("; ")})`, {
    kind: "local",
    hint: "Set TMPDIR to a directory that you can write and whose path is short.",
  });
}
