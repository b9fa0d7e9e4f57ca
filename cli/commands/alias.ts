/**
 * `dmsg alias`: names for keys, in the file that the Go programs use too.
 *
 * @see specification skychat d.1; lib/identity/aliases.ts
 * @module
 */
import type { RouteMap } from "@stricli/core";
import { addAlias, aliasArguments, readAliases, removeAlias } from "../../lib/identity/aliases.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { namedBack } from "../args.ts";
import { command, commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { visible } from "../output/escape.ts";
import { Status } from "../exit.ts";
import { outputAliases, type OutputFlags, outputFlags } from "../flags/flags.ts";
import { tellOfGroups } from "../names/other_kind.ts";
import { pairLines } from "../output/table.ts";

/** As wide as the Go programs make it. */
const NAME_COLUMNS = 20;

const parameters = { flags: outputFlags, aliases: outputAliases };

const add = command({
  brief: "Give a key a name",
  details:
    "Name and key in either order; behind the name also another name of that key. A name that is taken gets the new\n" +
    "key.",
  examples: [["dmsg alias add alice PK", "From now on: dmsg send alice hello"]],
  parameters: {
    ...parameters,
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, placeholder: "alias", brief: "The name" },
        { parse: String, placeholder: "key", brief: "The public key" },
      ],
    },
  },
  async run(context: Context, _flags: OutputFlags, first: string, second: string) {
    const { name, pk } = await aliasArguments(first, second, await readAliases(context));
    const before = await addAlias(context, name, pk);
    if (before === undefined || before === pk) context.print.out("aliasAdded", { name, pk });
    else context.print.out("aliasReplaced", { name, pk, was: before });
    await tellOfGroups(context, name);
    return Status.done;
  },
});

const ls = command({
  brief: "Show all names",
  examples: [["dmsg alias ls", "Names and keys"], [
    "dmsg alias ls --json",
    '{"name":"alice","pk":"02…"} for each',
  ]],
  parameters,
  async run(context: Context, _flags: OutputFlags) {
    const aliases = [...await readAliases(context)].sort(([a], [b]) => a < b ? -1 : 1);
    if (context.print.mode.json) {
      for (const [name, pk] of aliases) context.print.out("alias", { name, pk });
    } else if (aliases.length === 0) context.print.none("noAliases", undefined);
    else context.print.text(await pairLines(aliases.map(([name, pk]) => [visible(name), pk]), NAME_COLUMNS));
    return Status.done;
  },
});

const rm = command({
  brief: "Remove a name",
  examples: [["dmsg alias rm alice", "The messages stay"]],
  parameters: {
    ...parameters,
    positional: { kind: "tuple", parameters: [{ parse: String, placeholder: "pk", brief: "The name" }] },
  },
  async run(context: Context, _flags: OutputFlags, name: string) {
    if (!await removeAlias(context, name)) {
      const { didYouMean } = await import("../../lib/identity/nearest.ts");
      const hint = didYouMean(name, (await readAliases(context)).keys()) ?? "`dmsg alias ls` shows all.";
      throw new UserError(`no such alias ${namedBack(name)}`, { kind: "usage", hint });
    }
    context.print.out("aliasRemoved", { name });
    return Status.done;
  },
});

/** `dmsg alias` alone lists. */
export const bare = "ls";

/** `dmsg alias`. */
const alias: RouteMap<Context> = commandGroup({
  brief: "Names for keys",
  examples: [["dmsg alias add alice PK", "Give a key a name"], ["dmsg alias ls", "Show all names"]],
}, { add, ls, rm });

export default alias;
