/**
 * What a copy's arguments name: a peer's side by key or alias, and local paths.
 *
 * @module
 */
import { type Aliases, keyOfAlias, readAliases, resolvePeer } from "../../../lib/identity/aliases.ts";
import { type CopyOrder, keyNamed, parseCopyOrder } from "../../../lib/scp/arguments.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import type { Context } from "../../context.ts";
import type { ListedFile } from "./lists.ts";

/**
 * Reads them.
 * @param listed  Lines of `--files-from`, none where nothing is to be done: they stand in place of a source.
 * @throws {UserError} usage: not exactly one side is a peer's; the name of a peer is not known.
 */
export async function orderOf(
  context: Context,
  paths: readonly string[],
  listed: readonly ListedFile[] | undefined,
): Promise<CopyOrder> {
  if (paths.length === 0 || (paths.length === 1 && listed === undefined)) {
    throw new UserError("There is nothing to copy: give a source and a target", {
      kind: "usage",
      hint: "See `dmsg scp --help`.",
    });
  }
  const named = paths.flatMap((path) => /^([^:/]+):/.exec(path)?.[1] ?? []);
  const unknown = named.filter((name) => keyNamed(name) === undefined);
  const aliases: Aliases = unknown.length > 0 ? await readAliases(context) : new Map();
  if (unknown.length === named.length && unknown.every((name) => keyOfAlias(name, aliases) === undefined)) {
    // Some side has to be a peer's; one letter is a drive there.
    const meant = unknown.find((name) => context.os !== "windows" || name.length > 1);
    if (meant !== undefined) await resolvePeer(meant, aliases);
  }
  const order = parseCopyOrder(
    paths.length === 1 ? ["", ...paths] : paths,
    (text) => keyNamed(text) ?? keyOfAlias(text, aliases),
  );
  return paths.length === 1 ? { ...order, local: [] } : order;
}
