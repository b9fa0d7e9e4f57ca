/**
 * The directory above a file that is to be written.
 *
 * @module
 */
import { parent } from "../lib/sys/paths.ts";
import { UserError } from "../lib/wire/errors.ts";

/** Looks whether it is there: one that is mistyped is not made. @throws {UserError} local: there is none. */
export async function checkParent(path: string): Promise<void> {
  const directory = parent(path);
  if (await Deno.stat(directory).then(({ isDirectory }) => isDirectory, () => false)) return;
  throw new UserError(`Cannot write ${path}: there is no directory ${directory}`, {
    kind: "local",
    hint: "Make it first, or name another file.",
  });
}
