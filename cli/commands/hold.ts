/**
 * `dmsg hold`: keeps and serves the sealed feeds of others, who are never there together.
 *
 * @see lib/app/README.md "Holding"
 * @module
 */
import type { Command, RouteMap } from "@stricli/core";
import { isUuid } from "../../lib/group/record/uuid.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { parsePort } from "../flags/address.ts";
import { command, commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import {
  commonAliases,
  type CommonFlags,
  commonFlags,
  identityAliases,
  parseDurationMs,
} from "../flags/flags.ts";
import { withApp } from "../names/groups.ts";
import { type KeptFlags, keptFlags, withKept } from "../kept.ts";
import { peerNamed, PeerNames } from "../names/peers.ts";
import { parseSize } from "../flags/size.ts";

/** `dmsg hold` alone lists. */
export const bare = "ls";

const positional = {
  kind: "tuple",
  parameters: [
    { parse: String, placeholder: "peer", brief: "One side of the pair, a key or an alias" },
    { parse: String, placeholder: "peer", brief: "The other side" },
  ],
} as const;

type AddFlags = CommonFlags & { readonly space: number; readonly age: number };

const addFlags = {
  space: {
    kind: "parsed",
    parse: parseSize,
    default: "64MiB",
    placeholder: "size",
    brief: "At most this for all feeds together; each has an equal part of it",
  },
  age: {
    kind: "parsed",
    parse: parseDurationMs,
    default: "30d",
    placeholder: "time",
    brief: "Drop a feed whose owner was not there for so long",
  },
  ...commonFlags,
} as const;

const add: Command<Context> = command({
  brief: "Hold the feeds of two peers for each other",
  details:
    "Both name this node with `dmsg pair hold PEER HOLDER`. While `dmsg daemon` (or `listen`, `chat`) runs here, it takes\n" +
    "what one side has written and serves it to the other, as it was signed and sealed: it can't be read here.\n" +
    "The same again changes the limits.",
  examples: [
    ["dmsg hold add alice bob", "Whatever they write, up to 64 MiB and 30 days"],
    ["dmsg hold add alice bob --space 4MiB --age 7d", "Less"],
  ],
  parameters: {
    flags: addFlags,
    aliases: commonAliases,
    positional,
  },
  run: async (context: Context, flags: AddFlags, one: string, other: string) => {
    const peers = [await peerNamed(context, one), await peerNamed(context, other)];
    return await withApp(context, flags, "hold", async ({ pk, pairs }) => {
      await pairs.hold({ peers, spaceBytes: flags.space, ageMs: flags.age });
      context.print.out("holdAdded", { peers, holder: pk, space: flags.space, age_ms: flags.age });
      return Status.done;
    }, { makes: "default" });
  },
});

const group: Command<Context> = command({
  brief: "Hold the feeds of a group's members for each other",
  details:
    "An admin names this node with `dmsg group hold GROUP HOLDER`, which prints this command. While `dmsg daemon` (or\n" +
    "`listen`, `chat`) runs here, it takes what each member has written and serves it to the members, as it was signed\n" +
    "and, in a private group, sealed: it can't be read here. Who is in it knows from the admins that are named.\n" +
    "The same again changes the limits.",
  examples: [
    ["dmsg hold group 6f1c2b1e-… 61000 alice", "Whoever alice says is in, up to 64 MiB and 30 days"],
  ],
  parameters: {
    flags: addFlags,
    aliases: commonAliases,
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "word", brief: "The group's id, its port, and its admins" },
      minimum: 0,
    },
  },
  run: async (context: Context, flags: AddFlags, ...words: string[]) => {
    const [id, port, ...admins] = words;
    if (admins.length === 0) {
      throw usage(
        "It needs a group's id, its port and an admin",
        "`dmsg group hold` prints the whole command.",
      );
    }
    if (!isUuid(id)) {
      throw usage(`${JSON.stringify(id)} is no group's id`, "It is a UUID, as `dmsg group ls` has it.");
    }
    const peers = await Promise.all(admins.map((admin) => peerNamed(context, admin)));
    const held = { id: id.toLowerCase(), port: portOf(port) };
    return await withApp(context, flags, "hold", async ({ pk, pairs }) => {
      await pairs.hold({ peers, group: held, spaceBytes: flags.space, ageMs: flags.age });
      context.print.out("holdAdded", {
        peers,
        group: held.id,
        holder: pk,
        space: flags.space,
        age_ms: flags.age,
      });
      return Status.done;
    }, { makes: "default" });
  },
});

const ls: Command<Context> = command({
  brief: "Show what is held for others",
  examples: [["dmsg hold ls --json", '{"peers":["02…","03…"],"port":43435,"space":67108864,…}']],
  parameters: { flags: keptFlags, aliases: identityAliases },
  run: async (context: Context, flags: KeptFlags) =>
    await withKept(context, flags, "hold", async ({ pairs }) => {
      const names = new PeerNames(context);
      await names.load();
      const all = await pairs.held();
      for (const { peers, group, port, spaceBytes, ageMs, feeds } of all) {
        context.print.out("holdShown", {
          peers,
          group: group?.id,
          port,
          space: spaceBytes,
          age_ms: ageMs,
          feeds: feeds.map(({ feed, bytes, messages, renewed, refused }) => ({
            peer_pk: feed,
            peer_alias: names.of(feed),
            bytes,
            messages,
            renewed_at: renewed,
            refused,
          })),
        });
      }
      if (all.length === 0) context.print.none("nothingHeld", undefined);
      return Status.done;
    }, "show-nothing"),
});

const remove: Command<Context> = command({
  brief: "Hold nothing for two peers, or for a group, any more",
  examples: [
    ["dmsg hold remove alice bob", "What is here of theirs is dropped"],
    ["dmsg hold remove 6f1c2b1e-…", "Of a group, by its id"],
  ],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [
        {
          parse: String,
          placeholder: "peer",
          brief: "One side of the pair, a key or an alias; or a group's id",
        },
        { parse: String, placeholder: "peer", brief: "The other side", optional: true },
      ],
    },
  },
  run: async (context: Context, flags: CommonFlags, one: string, other?: string) => {
    const isGroup = other === undefined && isUuid(one);
    if (other === undefined && !isGroup) {
      throw usage("A pair has two sides", "Name both, or a group by its id.");
    }
    const whose = isGroup
      ? { peers: [], group: one.toLowerCase() }
      : { peers: [await peerNamed(context, one), await peerNamed(context, other!)] };
    return await withApp(context, flags, "hold", async ({ pairs }) => {
      await pairs.release(whose);
      context.print.out("holdRemoved", whose);
      return Status.done;
    });
  },
});

function portOf(text: string): number {
  try {
    return parsePort(text);
  } catch (error) {
    throw usage(
      `${JSON.stringify(text)} is no port: ${(error as Error).message}`,
      "`dmsg group hold` prints it.",
    );
  }
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });

/** `dmsg hold`. */
const hold: RouteMap<Context> = commandGroup({
  brief: "Hold sealed feeds for peers who are never online together",
  examples: [
    ["dmsg hold add alice bob", "They say `dmsg pair hold … KEY` with the key of this node"],
    ["dmsg hold group 6f1c2b1e-… 61000 alice", "As `dmsg group hold` printed it at alice"],
  ],
}, { add, group, ls, remove });

export default hold;
