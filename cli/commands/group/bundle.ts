/**
 * `dmsg group bundle`: a group's leaves as a file, to be carried by hand.
 *
 * @see lib/group/README.md "Bundles"
 * @module
 */
import type { Command } from "@stricli/core";
import { isSystemError, systemReason } from "../../../lib/sys/files.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags.ts";
import { groupNamed } from "../../groups.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { groupArgument } from "./arguments.ts";

/** `dmsg group bundle`. */
export const bundle: Command<Context> = command({
  brief: "Write a group's leaves into a new file, to be carried by hand",
  details:
    "All messages, decisions and keys of the group that are here, as their authors signed them, sealed as they are in a\n" +
    "private group. Another member takes them in with `dmsg bundle import`, which is the same as reading them over the\n" +
    "network.",
  examples: [["dmsg group bundle ops /media/stick/ops.bundle", "For who has no network"]],
  parameters: {
    flags: keptFlags,
    aliases: identityAliases,
    positional: {
      kind: "tuple",
      parameters: [groupArgument, { parse: String, placeholder: "file", brief: "The file to make" }],
    },
  },
  async run(context: Context, flags: KeptFlags, named: string, path: string) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      const lines = await groups.bundle({ group: id });
      await write(path, utf8(`${lines.join("\n")}\n`));
      context.print.out("bundled", { group: id, path, leaves: lines.length - 1 });
      return Status.done;
    });
  },
});

/** Writes a file that was not there, whole or not at all. */
async function write(path: string, bytes: Uint8Array): Promise<void> {
  let made = false;
  try {
    using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
    made = true;
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
  } catch (cause) {
    if (made) await Deno.remove(path).catch(() => {});
    if (!isSystemError(cause)) throw cause;
    const exists = cause instanceof Deno.errors.AlreadyExists;
    throw new UserError(exists ? `${path} exists already` : `Cannot write ${path}: ${systemReason(cause)}`, {
      kind: "local",
      hint: exists ? "Name another file." : "Check the path, its permissions and the free space.",
      cause,
    });
  }
}
