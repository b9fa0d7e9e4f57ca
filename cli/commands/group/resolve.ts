/**
 * `dmsg group resolve`: what a link or an address leads to.
 *
 * @see specification skychat (e) "group …", §b.7 "Probe"
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags/flags.ts";
import { withGroups } from "../../names/groups.ts";
import { onLink } from "./arguments.ts";

/** `dmsg group resolve`. */
export const resolve: Command<Context> = command({
  brief: "Show what a link or address leads to, and join nothing",
  details:
    "Asks whoever is behind it for its name, its kind, how strangers come in, and how much work asking takes. They\n" +
    "learn only our key, and nothing is kept. About a group that we are in nobody is asked; of an invite whose\n" +
    "admins do not answer it shows what the link itself says.\n" +
    "\n" +
    "policy: open, whoever asks comes in, as into every public group and channel; approval, an admin decides; not\n" +
    "known, where no admin has said it: in a private group each admin has its own policy, which no other member\n" +
    "knows.",
  examples: [
    ["dmsg group resolve skychat://PK/ID", "Ask the peer of an address"],
    ["dmsg group resolve skychat:invite:… --json", "The members of its answer"],
  ],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: onLink,
  },
  async run(context: Context, flags: CommonFlags, link: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const found = await groups.resolve({ link });
      const { group, name, kind, policy, port, powBits, readOnly, priceHint, host, from, status } = found;
      if (from === "link") context.print.note("groupUnanswered", undefined);
      context.print.out("groupResolved", {
        id: group,
        name,
        group_kind: kind,
        policy,
        port,
        pow_bits: powBits,
        read_only: readOnly,
        price_hint: priceHint,
        host_pk: host,
        from,
        ...(status === undefined ? {} : { status }),
      });
      return Status.done;
    }, { makes: "default" });
  },
});
