/**
 * Who reads what in a group made with `--keys d2`: `dmsg group audience`, `revoke-history`, and the flags of `send`.
 *
 * @see docs/d2.md
 * @module
 */
import type { Command } from "@stricli/core";
import type { GroupAudience } from "../../../lib/app/groups/saying/audience.ts";
import { parseGoTime } from "../../../lib/wire/go_time.ts";
import { type AudienceFlags, audienceFlags, audienceIn } from "../../flags/audience.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags/flags.ts";
import { groupNamed, inGroup, withGroups } from "../../names/groups.ts";
import { sinceFlag } from "../../flags/since.ts";
import { onGroup } from "./arguments.ts";

/** `dmsg group audience`. */
export const audience: Command<Context> = command({
  brief: "Show or set who reads our messages when `send` names nobody",
  details:
    "Without --to and --except it is shown; --to all: everybody again. What hangs on a message is for its readers.",
  examples: [
    ["dmsg group audience board", "Who reads what we say"],
    ["dmsg group audience board --to admins", "From now on only admins"],
    ["dmsg group audience board --to all", "Everybody again"],
  ],
  parameters: { flags: { ...audienceFlags, ...commonFlags }, aliases: commonAliases, positional: onGroup },
  async run(context: Context, flags: CommonFlags & AudienceFlags, named: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      const chosen = await audienceIn(context, flags);
      if (chosen !== undefined) await groups.setAudience({ group: id, audience: chosen });
      context.print.out("groupAudience", {
        ...inGroup(id),
        ...chosen ?? shownAudience(await groups.info({ group: id })),
      });
      return Status.done;
    });
  },
});

/** @param info  A group's, of which lists that nobody is in are left out. */
const shownAudience = ({ audience_to, audience_except }: Record<string, unknown>): GroupAudience => ({
  ...(audience_to === undefined ? {} : { to: audience_to as string[] }),
  ...(audience_except === undefined ? {} : { except: audience_except as string[] }),
});

type RevokeFlags = CommonFlags & { readonly since?: (nowNs: bigint) => string };

/** `dmsg group revoke-history`. */
export const revokeHistory: Command<Context> = command({
  brief: "Seal again what was said, under a key that whoever was removed never had",
  details:
    "In a group made with --keys d2, after `group remove`: every member seals anew what it serves and drops what it\n" +
    "served before. What somebody has fetched before stays read. Who comes back gets it again.",
  examples: [
    ["dmsg group revoke-history board", "All of it"],
    ["dmsg group revoke-history board --since 7d", "What was said in the last week"],
  ],
  parameters: {
    flags: {
      since: sinceFlag("Only what was said since then: 2h, 3d, a date or a time"),
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: onGroup,
  },
  async run(context: Context, flags: RevokeFlags, named: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      const since = flags.since?.(context.clock.wallNs()) ?? "";
      const sinceNs = since === "" ? 0n : parseGoTime(since);
      await groups.revokeHistory({ group: id, sinceNano: String(sinceNs < 0n ? 0n : sinceNs) });
      context.print.out("historyRevoked", { ...inGroup(id), since });
      return Status.done;
    });
  },
});
