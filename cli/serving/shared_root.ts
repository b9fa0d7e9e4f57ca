/**
 * A directory that peers see, without what is ours alone.
 *
 * @see lib/sys/tree/system.ts
 * @module
 */
import type { Settings } from "../../lib/app/settings.ts";
import { isAbsolute, join } from "../../lib/sys/paths.ts";
import { rootProblem } from "../../lib/sys/tree/root.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import type { Tree } from "../../lib/sys/tree/tree.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";

/** A directory and what is below it. */
export interface SharedRoot {
  /** Its absolute path. */
  readonly root: string;
  /** Its files. */
  readonly tree: Tree;
}

/**
 * Opens it for peers. It need not exist.
 * @param named  As the user wrote it, seen from the working directory.
 * @param options  `lists`: files that are kept from peers as our key is; `hint`: what to do when it can't be shared.
 * @throws {UserError} usage: it is the whole disk or a home directory, or has our key, configuration or list in it.
 */
export async function sharedRoot(
  context: Context,
  settings: Pick<Settings, "identity" | "dataDir">,
  named: string,
  { lists, hint }: { readonly lists: readonly string[]; readonly hint: string },
): Promise<SharedRoot> {
  const root = isAbsolute(named, context.os) ? named : join(Deno.cwd(), named);
  const { keyFile } = settings.identity;
  const config = configFile(context);
  const home = context.env("HOME") ?? context.env("APPDATA");
  const problem = await rootProblem(root, {
    home: home === undefined ? [] : [home],
    keep: [keyFile, ...lists.slice(0, 1), config].filter((path) => path !== ""),
  });
  if (problem !== undefined) {
    throw new UserError(`${root} can't be shared: ${problem}`, { kind: "usage", hint });
  }
  const files = [keyFile, ...lists, config].filter((path) => path !== "");
  return { root, tree: systemTree(root, { directories: [settings.dataDir], files }) };
}

/**
 * Looks whether a directory that the user named is there: before an identity is made for it.
 * @param hint  What else could be named.
 * @throws {UserError} local: there is none, or it is something else.
 */
export async function checkDirectory(named: string, hint: string): Promise<void> {
  const info = await Deno.stat(named).catch((error) => {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  });
  if (info?.isDirectory) return;
  throw new UserError(info ? `${named} is not a directory` : `There is no directory ${named}`, {
    kind: "local",
    hint,
  });
}

/**
 * The same of one that is to be shared with listed peers.
 * @param named  undefined: none is.
 * @throws {UserError} local: there is no such directory.
 */
export async function checkScpRoot(named: string | undefined): Promise<void> {
  if (named !== undefined) await checkDirectory(named, "Make it first, or name another one.");
}

const configFile = ({ env }: Context): string => {
  const home = env("XDG_CONFIG_HOME") ?? (env("HOME") && join(env("HOME")!, ".config"));
  return home === undefined || home === "" ? "" : join(home, "dmsg", "config.json");
};
