/**
 * `dmsg group join`.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags.ts";
import { withGroups } from "../../groups.ts";
import { waitFlag } from "./arguments.ts";

type JoinFlags = CommonFlags & { readonly note: string; readonly wait: number };

/** `dmsg group join`. */
export const join: Command<Context> = command({
  brief: "Join a group by its link or address",
  details: "Status 0: we are in; 10: asked, and nobody has decided; 4: told no.",
  examples: [["dmsg group join skychat:invite:…", "Ask the group's admins"]],
  parameters: {
    flags: {
      note: {
        kind: "parsed",
        parse: String,
        default: "",
        placeholder: "text",
        brief: "For the admin to read",
      },
      wait: { ...waitFlag, brief: "How long to wait until we are in" },
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "link", brief: "skychat:invite:… or skychat://…" }],
    },
  },
  async run(context: Context, flags: JoinFlags, link: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const { group } = await groups.join({ link, note: flags.note });
      const endMs = context.clock.nowMs() + flags.wait;
      for (;;) {
        const { name, owner_pk, mode, status } = await groups.info({ group });
        const isOver = context.clock.nowMs() >= endMs || context.signal.aborted;
        if (status === "active" || status === "awaiting_approval" || isOver) {
          context.print.out("groupJoined", { group, name, owner_pk, mode, status } as never);
          context.signal.throwIfAborted();
          return status === "active" ? Status.done : Status.queued;
        }
        await new Promise<void>((resolve) => context.clock.after(100, resolve));
      }
    }, "default");
  },
});
