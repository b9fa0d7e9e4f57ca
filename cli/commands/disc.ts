/**
 * `dmsg disc`: asks the discovery. Needs no key of ours and makes none.
 *
 * @module
 */
import type { RouteMap } from "@stricli/core";
import { DiscoveryClient } from "../../lib/dmsg/discovery/client.ts";
import { encodeEntry, type Entry } from "../../lib/dmsg/entries/entry.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { parseOpaque } from "../../lib/wire/exact_json.ts";
import { unlessAborted } from "../abort.ts";
import { command, commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import {
  type IdentityFlags,
  identityFlags,
  type NetworkFlags,
  networkFlags,
  outputAliases,
  type OutputFlags,
  outputFlags,
} from "../flags/flags.ts";
import { peerNamed } from "../names/peers.ts";

type DiscFlags = OutputFlags & Pick<NetworkFlags, "discovery" | "local"> & Pick<IdentityFlags, "dataDir">;

const flags = {
  discovery: networkFlags.discovery,
  local: networkFlags.local,
  dataDir: identityFlags.dataDir,
  ...outputFlags,
};
const aliases = { ...outputAliases, d: "discovery" } as const;

const entry = command({
  brief: "Show what a party says about itself",
  details: "With --json the entry itself, its known members in the order in which they are signed.",
  examples: [
    ["dmsg disc entry PK", "On which servers a client sits, or where a server listens"],
    ["dmsg disc entry PK --json", "As the discovery has it"],
  ],
  parameters: {
    flags,
    aliases,
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "pk", brief: "The party's public key or alias" }],
    },
  },
  async run(context: Context, flags: DiscFlags, name: string) {
    const pk = await peerNamed(context, name);
    const found = await (await discovery(context, flags)).entry(pk);
    if (!found) {
      throw new NetworkError(`The discovery has no entry of ${pk}`, { retry: false, reason: "unreachable" });
    }
    context.print.out("entry", printedEntry(found));
    return Status.done;
  },
});

const servers = command({
  brief: "List the servers that take sessions",
  details: "With --json one line for each of them: its entry.",
  examples: [
    ["dmsg disc servers", "Those with room"],
    ["dmsg disc servers --all", "All that are registered"],
  ],
  parameters: {
    flags: {
      ...flags,
      all: { kind: "boolean", default: false, withNegated: false, brief: "Also those that are full" },
    },
    aliases,
  },
  async run(context: Context, flags: DiscFlags & { readonly all: boolean }) {
    const client = await discovery(context, flags);
    const found = flags.all ? await client.allServers() : await client.availableServers();
    for (const server of found) {
      await unlessAborted(context.signal, context.print.room());
      context.print.out("server", printedEntry(server));
    }
    if (found.length === 0) context.print.none("noServers", { all: flags.all });
    return Status.done;
  },
});

const clients = command({
  brief: "List the clients that are registered",
  examples: [["dmsg disc clients", "One public key on each line"]],
  parameters: { flags, aliases },
  async run(context: Context, flags: DiscFlags) {
    const found = await (await discovery(context, flags)).clients();
    for (const pk of found) {
      await unlessAborted(context.signal, context.print.room());
      context.print.out("client", { pk });
    }
    if (found.length === 0) context.print.none("noClients", undefined);
    return Status.done;
  },
});

async function discovery(context: Context, flags: DiscFlags): Promise<DiscoveryClient> {
  const { discovery: urls } = await context.settings(flags);
  return new DiscoveryClient({ urls, fetch: context.fetch, clock: context.clock, signal: context.signal });
}

/** An entry for the words; its JSON is the wire's, where sequence and timestamp are longer than a number. */
const printedEntry = (entry: Entry): { entry: Entry; toJSON(): unknown } => ({
  entry,
  toJSON: () => parseOpaque(encodeEntry(entry)),
});

/** `dmsg disc`. */
const disc: RouteMap<Context> = commandGroup({
  brief: "Ask the discovery for entries, servers and clients",
  examples: [
    ["dmsg disc servers", "The servers of the network"],
    ["dmsg disc entry PK --local", "An entry on the network of `dmsg serve`"],
  ],
}, { entry, servers, clients });

export default disc;
