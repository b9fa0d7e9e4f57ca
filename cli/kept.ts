/**
 * What commands share that look at what is kept and use no network: through the owner, or alone.
 *
 * @module
 */
import type { FlagParametersForType } from "@stricli/core";
import type { MessageView } from "../lib/app/app.ts";
import { NoIdentity } from "../lib/identity/identity.ts";
import type { KeptApp } from "../lib/owner/takeover.ts";
import { openCommandApp } from "./app.ts";
import type { Context } from "./context.ts";
import { Status } from "./exit.ts";
import { type IdentityFlags, identityFlags, type OutputFlags, outputFlags } from "./flags.ts";
import { historyMessage } from "./message_lines.ts";
import { PeerNames } from "./peers.ts";

/** Flags of commands that use no network. */
export type KeptFlags = OutputFlags & IdentityFlags;

/** The definitions of {@link KeptFlags}. */
export const keptFlags: FlagParametersForType<KeptFlags, Context> = { ...identityFlags, ...outputFlags };

/** What a command does where no identity is yet: it fails, shows that nothing is kept, or makes the default one. */
export type WhenNew = "fail" | "show-nothing" | "make";

/**
 * Does something with the App that has what is kept, and closes it.
 * @param name  The command's.
 * @throws {NoIdentity} There is no identity of the name that was given, or with `fail` no default one.
 */
export async function withKept(
  context: Context,
  flags: KeptFlags,
  name: string,
  run: (app: KeptApp) => Promise<Status>,
  whenNew: WhenNew = "fail",
): Promise<Status> {
  const app = await openKept(context, flags, name, whenNew);
  if (app === undefined) return Status.done;
  try {
    return await run(app);
  } finally {
    await app.close();
  }
}

async function openKept(
  context: Context,
  flags: KeptFlags,
  name: string,
  whenNew: WhenNew,
): Promise<KeptApp | undefined> {
  const makes = whenNew === "make" ? "default" : "none";
  try {
    const request = { command: name, makes, resident: false, offline: true } as const;
    return (await openCommandApp(context, flags, request)).app;
  } catch (error) {
    if (whenNew !== "show-nothing" || !(error instanceof NoIdentity) || error.kind === "usage") throw error;
    context.print.note("nothingKept", { why: error.message });
    return undefined;
  }
}

/**
 * Prints messages that are kept, one line each, with the names of their peers; with `--verbose` their numbers and ids.
 * @param read  Asks the App for them; they are printed in its order.
 */
export async function showMessages(
  context: Context,
  flags: KeptFlags,
  name: string,
  read: (app: KeptApp) => Promise<readonly MessageView[]>,
): Promise<Status> {
  const names = new PeerNames(context);
  await names.load();
  return await withKept(context, flags, name, async (app) => {
    for (const message of await read(app)) {
      const words = flags.verbose ? "historyMessageWithIds" : "historyMessage";
      context.print.out(words, historyMessage(message, app.pk, names));
    }
    return Status.done;
  }, "show-nothing");
}

/** Parser for `--limit`: 1 to 1000. */
export function parseLimit(input: string): number {
  const limit = /^\d{1,4}$/.test(input) ? Number(input) : 0;
  if (limit < 1 || limit > 1000) throw new SyntaxError("a limit is a number from 1 to 1000");
  return limit;
}
