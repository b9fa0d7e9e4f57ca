/** Runner of the group `alias_file` of skychat.json. */
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  aliasArguments,
  checkAliasName,
  formatAliases,
  parseAliases,
} from "../../../lib/identity/aliases.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { byMember, each } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

interface Arguments {
  args: [string, string];
  name: string;
}

/** A file as Go writes it, arguments in both orders, and names that are refused. */
export const skychatAliasFile: GroupRunner = (group) =>
  byMember(group, {
    content: (content: string) => [{ name: "content", run: () => runContent(content) }],
    args: each((vector: Arguments) => vector.args.join(" "), runArguments),
    bad_names: each((name: string) => `name ${JSON.stringify(name)}`, runBadName),
  });

function runContent(content: string): void {
  const aliases = parseAliases(content, "file");
  deepStrictEqual(Object.fromEntries(aliases), JSON.parse(content));
  strictEqual(formatAliases(new Map([...aliases].reverse())), content);
}

async function runArguments({ args, name }: Arguments): Promise<void> {
  deepStrictEqual(await aliasArguments(...args, new Map()), {
    name,
    pk: args.find((arg) => arg !== name)!.toLowerCase(),
  });
}

function runBadName(name: string): void {
  throws(() => checkAliasName(name), UserError);
}
