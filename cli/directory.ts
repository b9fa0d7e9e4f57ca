/**
 * Directories that a file is to be written into: the one above it, and one that is made when it is needed.
 *
 * @module
 */
import { parent } from "../lib/sys/paths.ts";
import { UserError } from "../lib/wire/errors.ts";

/**
 * Looks whether it is there: one that is mistyped is not made.
 * @throws {UserError} local: there is none, or something else has its name.
 * @throws {Deno.errors.NotCapable} It lies where the runtime lets nobody look.
 */
export async function checkParent(path: string): Promise<void> {
  const directory = parent(path);
  const found = await kindAt(directory);
  if (found === "directory") return;
  const problem = found === "missing"
    ? `there is no directory ${directory}`
    : `${directory} is not a directory`;
  throw new UserError(`Cannot write ${path}: ${problem}`, {
    kind: "local",
    hint: found === "missing" ? "Make it first, or name another file." : "Name another file.",
  });
}

/**
 * Looks whether a directory is there, or could be made: one that is made when something comes for it would fail each
 * time, far from who has named it.
 * @param path  Absolute.
 * @param hint  What else could be named.
 * @throws {UserError} local: something else has its name, or that of a directory above it.
 * @throws {Deno.errors.NotCapable} It lies where the runtime lets nobody look.
 */
export async function checkMakeable(path: string, hint: string): Promise<void> {
  let at = path;
  let found = await kindAt(at);
  while (found === "missing" && parent(at) !== at) found = await kindAt(at = parent(at));
  if (found !== "other") return;
  throw new UserError(`${at} is not a directory`, { kind: "local", hint });
}

async function kindAt(path: string): Promise<"directory" | "other" | "missing"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "directory" : "other";
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return "missing";
  }
}
