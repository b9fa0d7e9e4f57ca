/**
 * `dmsg bundle import`: a group's leaves that were carried here by hand.
 *
 * @see lib/group/README.md "Bundles"
 * @module
 */
import type { Command, RouteMap } from "@stricli/core";
import { carriedLines } from "../../lib/app/groups/threads/carried.ts";
import { BundleError, readBundle } from "../../lib/group/threads/bundle.ts";
import { unlessAborted } from "../../lib/sys/abort.ts";
import { isSystemError, systemReason } from "../../lib/sys/files/files.ts";
import { concat, fromUtf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { command, commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { identityAliases } from "../flags/flags.ts";
import { parsePathOrPipe, PIPE } from "../flags/paths.ts";
import { readStdin } from "../input/stdin.ts";
import { type KeptFlags, keptFlags, withKept } from "../kept.ts";
import { inGroup } from "../names/groups.ts";

/** As much as a feed may have: more is no group's, and would fill the memory. */
const MAX_BUNDLE_BYTES = 256 * 1024 * 1024;

/** `dmsg bundle import`. */
const importBundle: Command<Context> = command({
  brief: "Take in a file of `dmsg group bundle`",
  details:
    "The same as reading its leaves over the network: each one is checked, known ones change nothing, twice is the\n" +
    "same as once. The group must be one of ours. A file in which a byte was changed is not taken at all, and the\n" +
    "error names the line.",
  examples: [
    ["dmsg bundle import /media/stick/ops.bundle", "From a stick"],
    ["ssh host dmsg group bundle ops - | dmsg bundle import -", "From standard input"],
  ],
  parameters: {
    flags: keptFlags,
    aliases: identityAliases,
    positional: {
      kind: "tuple",
      parameters: [{
        parse: parsePathOrPipe,
        placeholder: "file",
        brief: "The bundle; - for standard input",
      }],
    },
  },
  async run(context: Context, flags: KeptFlags, path: string) {
    const { groupId: group, leaves } = await read(context, path);
    return await withKept(context, flags, "group", async ({ groups }) => {
      if (!(await groups.list()).some(({ id }) => id === group)) {
        throw new UserError(`The bundle is of group ${group}, which is none of ours`, {
          kind: "usage",
          hint: "Join it first: `dmsg group join LINK`.",
        });
      }
      for (const lines of carriedLines(group, leaves)) {
        context.signal.throwIfAborted();
        await groups.unbundle({ group, leaves: lines });
      }
      context.print.out("unbundled", { ...inGroup(group), path, leaves: leaves.length });
      return Status.done;
    });
  },
});

/** Reads all of it, or says what is wrong with it. */
async function read(context: Context, path: string): Promise<ReturnType<typeof readBundle>> {
  const shown = path === PIPE ? "standard input" : path;
  try {
    return readBundle(fromUtf8(await bytesOf(context, path)));
  } catch (cause) {
    if (cause instanceof BundleError) {
      throw new UserError(`${shown} is not taken: ${cause.message}`, {
        kind: "local",
        hint: "Copy the file again, or write it anew with `dmsg group bundle`.",
        cause,
      });
    }
    if (!isSystemError(cause)) throw cause;
    throw new UserError(`Cannot read ${path}: ${systemReason(cause)}`, {
      kind: "local",
      hint: "Check the path and its permissions.",
      cause,
    });
  }
}

/** All of a file. @throws {BundleError} It is longer than a bundle may be, or has no end. */
async function bytesOf({ input, signal }: Context, path: string): Promise<Uint8Array> {
  if (path === PIPE && input.isTerminal) {
    throw new UserError("A bundle can't be typed", { kind: "usage", hint: "Name a file, or give a pipe." });
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  using file = path === PIPE ? undefined : await Deno.open(path);
  for (;;) {
    const part = new Uint8Array(1024 * 1024);
    const count = await unlessAborted(signal, file ? file.read(part) : readStdin(part));
    if (count === null) return concat(...parts);
    parts.push(part.subarray(0, count));
    bytes += count;
    if (bytes > MAX_BUNDLE_BYTES) throw new BundleError(`it is longer than ${MAX_BUNDLE_BYTES >> 20} MiB`);
  }
}

/** `dmsg bundle`. */
const bundle: RouteMap<Context> = commandGroup({
  brief: "Groups carried by hand",
  examples: [["dmsg bundle import ops.bundle", "Take in what another member wrote with `dmsg group bundle`"]],
}, { import: importBundle });

export default bundle;
