/**
 * `dmsg group bundle`: a group's leaves as a file, to be carried by hand.
 *
 * @see lib/group/README.md "Bundles"
 * @module
 */
import type { Command } from "@stricli/core";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags/flags.ts";
import { groupNamed, inGroup } from "../../names/groups.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { checkPiped, parsePathOrPipe, PIPE, writeNewFile } from "../../flags/paths.ts";
import { groupArgument } from "./arguments.ts";

/** `dmsg group bundle`. */
export const bundle: Command<Context> = command({
  brief: "Write a group's leaves into a new file, to be carried by hand",
  details:
    "All messages, decisions and keys of the group that are here, as their authors signed them, sealed as they are in a\n" +
    "private group. Another member takes them in with `dmsg bundle import`, which is the same as reading them over the\n" +
    "network.",
  examples: [
    ["dmsg group bundle ops /media/stick/ops.bundle", "For who has no network"],
    ["dmsg group bundle ops - | ssh host dmsg bundle import -", "To standard output, here over another one"],
  ],
  parameters: {
    flags: keptFlags,
    aliases: identityAliases,
    positional: {
      kind: "tuple",
      parameters: [groupArgument, {
        parse: parsePathOrPipe,
        placeholder: "file",
        brief: "The file to make; - for standard output",
      }],
    },
  },
  async run(context: Context, flags: KeptFlags, named: string, path: string) {
    if (path === PIPE) checkPiped("A bundle is not for a terminal");
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      const lines = await groups.bundle({ group: id });
      if (path === PIPE) {
        for (const line of lines) {
          context.print.text(`${line}\n`);
          await context.print.room();
        }
        context.print.note("bundled", { ...inGroup(id), path: "standard output", leaves: lines.length - 1 });
        return Status.done;
      }
      await writeNewFile(path, [utf8(`${lines.join("\n")}\n`)]);
      context.print.out("bundled", { ...inGroup(id), path, leaves: lines.length - 1 });
      return Status.done;
    });
  },
});
