/**
 * `dmsg group create`.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags/flags.ts";
import { inGroup, withGroups } from "../../names/groups.ts";
import { tellOfNamesakes, tellOfPerson } from "../../names/other_kind.ts";
import { peerNamed } from "../../names/peers.ts";

type CreateFlags = CommonFlags & {
  readonly name?: string;
  readonly member?: readonly string[];
  readonly noPeerBackfill: boolean;
  readonly mode: "public" | "private";
  readonly kind?: "public" | "private" | "channel";
  readonly join: "approval" | "link";
  readonly listed: boolean;
  readonly keys?: "d2";
  readonly work?: number;
};

/** `dmsg group create`. */
export const create: Command<Context> = command({
  brief: "Create a group",
  details:
    "--mode private seals what is said under a key of the group; public groups and channels are not encrypted.\n" +
    "\n" +
    "--join approval: whoever has the invite asks, and an admin says yes. --join link: the invite is enough, and\n" +
    "holds the key of a private group: whoever sees it can read the group.\n" +
    "\n" +
    "--keys d2: the key reaches each member under a secret shared with that member alone, messages can be for some\n" +
    "(`group send --to`), and history can be sealed again (`group revoke-history`). Members with a Go program can't\n" +
    "take part, and a group can't be changed into one later.\n" +
    "\n" +
    "--work 18: the program of whoever asks to be let in computes for about a second first, twice as long for each\n" +
    "bit more, up to 22. With a signed invite it does not.",
  examples: [
    ["dmsg group create ops --mode private", "Sealed; an admin approves who comes"],
    ["dmsg group create board --keys d2", "Its messages can be for some of its members"],
    ["dmsg group create news --kind channel", "Anybody reads, admins write"],
    ["dmsg group create ops --member alice,bob", "Two come in by the invite without being approved"],
  ],
  parameters: {
    flags: {
      mode: { kind: "enum", values: ["public", "private"], default: "private", brief: "Sealed or in clear" },
      kind: {
        kind: "enum",
        values: ["public", "private", "channel"],
        optional: true,
        brief: "Who may write and join; as --mode when left out",
      },
      join: { kind: "enum", values: ["approval", "link"], default: "approval", brief: "How others come in" },
      listed: {
        kind: "boolean",
        default: false,
        withNegated: false,
        brief: "Strangers see it in `dmsg group catalog`",
      },
      keys: {
        kind: "enum",
        values: ["d2"],
        optional: true,
        brief: "How members get the key: by pairs; without Go members",
      },
      work: {
        kind: "parsed",
        parse: wholeOf,
        optional: true,
        placeholder: "bits",
        brief: "Work that whoever asks must do first, against floods",
      },
      member: {
        kind: "parsed",
        parse: String,
        optional: true,
        variadic: ",",
        placeholder: "pk",
        brief: "A member from the beginning, who joins by the invite",
      },
      name: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "groupname",
        brief: "Its name, when it is no argument",
      },
      noPeerBackfill: {
        kind: "boolean",
        default: false,
        withNegated: false,
        brief: "Members do not copy each other's messages; see `group peer-backfill`",
      },
      ...commonFlags,
    },
    aliases: { ...commonAliases, n: "name", m: "mode" },
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        placeholder: "groupname",
        brief: "At most 64 bytes",
        optional: true,
      }],
    },
  },
  async run(context: Context, flags: CreateFlags, named?: string) {
    const name = nameIn(named, flags.name);
    const peers: PublicKeyHex[] = [];
    for (const one of flags.member ?? []) peers.push(await peerNamed(context, one));
    return await withGroups(context, flags, async ({ groups }) => {
      const kind = flags.kind ?? flags.mode;
      const { group, invite, withKey } = await groups.create({
        name,
        kind,
        join: flags.join,
        listed: flags.listed,
        keys: flags.keys,
        workBits: flags.work,
      });
      const add = peers.map((peer) => groups.decide({ group, action: "add", peer }));
      const off = flags.noPeerBackfill ? [groups.decide({ group, action: "backfill-off" })] : [];
      await Promise.all([...add, ...off]);
      const info = await groups.info({ group });
      const join = kind === "private" ? flags.join : "link";
      // `invite` is the Go program's member; `link` what `group invite` and all others call the same.
      const link = { invite, link: invite, with_key: withKey };
      context.print.out("groupCreated", { ...inGroup(group), info, ...link, join });
      await tellOfPerson(context, { id: group, name });
      await tellOfNamesakes(context, groups, { id: group, name });
      return Status.done;
    }, { makes: "default" });
  },
});

function wholeOf(input: string): number {
  if (!/^\d{1,2}$/.test(input)) throw new SyntaxError("work is a number of bits, 0 to 22");
  return Number(input);
}

/** The name of a new group. @throws {UserError} usage: it has none, or two. */
function nameIn(argument: string | undefined, flag: string | undefined): string {
  const name = argument ?? flag;
  if (name !== undefined && (argument === undefined || flag === undefined)) return name;
  throw new UserError(name === undefined ? "A group needs a name" : "The group's name is given twice", {
    kind: "usage",
    hint: "For example `dmsg group create ops`.",
  });
}
