/**
 * `dmsg group invite`, `address`: how others find a group.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags/flags.ts";
import { groupNamed, inGroup } from "../../names/groups.ts";
import {
  bothQrAndJson,
  isSigned,
  printIssued,
  printQr,
  qrFlag,
  type TermFlags,
  termFlags,
  termsOf,
} from "../../flags/invite_terms.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { onGroup } from "./arguments.ts";

type InviteFlags = KeptFlags & TermFlags & {
  readonly legacy: boolean;
  readonly keyless: boolean;
  readonly qr: boolean;
};

/** `dmsg group invite`. */
export const invite: Command<Context> = command({
  brief: "Print a link by which others join",
  details:
    "Whoever has the link may ask to come in. Of a private group that was made with --join link it holds the group\n" +
    "key: whoever sees it can read the group. --keyless leaves the key out, --legacy puts it in for members whose\n" +
    "programs ask nobody. Such a link is for every program; nobody can take it back, count or end it.\n" +
    "\n" +
    "--uses, --expires, --note and --only-me make a signed invite instead (1 person, 7 days): for programs such as\n" +
    "this one. It holds no key, whoever comes by it needs no approval, `dmsg invite ls` counts it and `dmsg invite\n" +
    "revoke` takes it back. Any admin lets in by it. Admins that do not hear each other may each let in as many as\n" +
    "it says; with --only-me the count is exact, and nobody comes in while we are away.",
  examples: [
    ["dmsg group invite ops", "skychat:invite:…, for every program"],
    ["dmsg group invite ops --uses 3 --expires 2d", "dmsg:invite:…, signed, for three people"],
    ["dmsg group invite ops --uses 1 --qr", "To scan from this screen"],
  ],
  parameters: {
    flags: {
      legacy: { kind: "boolean", default: false, withNegated: false, brief: "With the group key inside" },
      keyless: { kind: "boolean", default: false, withNegated: false, brief: "Without the group key" },
      ...termFlags,
      qr: qrFlag,
      ...keptFlags,
    },
    aliases: identityAliases,
    positional: onGroup,
  },
  async run(context: Context, flags: InviteFlags, named: string) {
    if (flags.qr && flags.json) throw bothQrAndJson();
    if (isSigned(flags) && (flags.legacy || flags.keyless)) {
      throw new UserError("A signed invite never holds the group's key", {
        kind: "usage",
        hint: "Leave --legacy and --keyless out, or the flags of signed ones.",
      });
    }
    if (flags.legacy && flags.keyless) {
      throw new UserError("The key can't be both inside and left out", {
        kind: "usage",
        hint: "Leave --legacy or --keyless out.",
      });
    }
    const withKey = flags.legacy ? true : flags.keyless ? false : undefined;
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      if (isSigned(flags)) {
        const invite = await groups.issueInvite({ group: id, ...termsOf(flags, context) });
        await printIssued(context, { ...invite, link: invite.link! }, flags);
        return Status.done;
      }
      const { link, address, withKey: hasKey } = await groups.invite({ group: id, withKey });
      if (hasKey) context.print.note("groupKeyInLink", undefined);
      context.print.out("groupInvite", { link, address, with_key: hasKey });
      await printQr(context, link, flags);
      return Status.done;
    });
  },
});

/** `dmsg group address`. */
export const address: Command<Context> = command({
  brief: "Print a group's address",
  examples: [["dmsg group address ops", "skychat://PK/ID"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: onGroup },
  async run(context: Context, flags: KeptFlags, named: string) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      const { address } = await groups.invite({ group: id });
      context.print.out("groupAddress", { ...inGroup(id), address });
      return Status.done;
    });
  },
});
