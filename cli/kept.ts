/**
 * What commands share that look at what is kept and use no network: through the owner, or alone.
 *
 * @module
 */
import type { FlagParametersForType } from "@stricli/core";
import type { MessageView } from "../lib/app/app.ts";
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

/** Does something with the App that has what is kept, and closes it. */
export async function withKept(
  context: Context,
  flags: KeptFlags,
  name: string,
  run: (app: KeptApp) => Promise<Status>,
): Promise<Status> {
  const { app } = await openCommandApp(context, flags, { command: name, resident: false, offline: true });
  try {
    return await run(app);
  } finally {
    await app.close();
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
  });
}

/** Parser for `--limit`: 1 to 1000. */
export function parseLimit(input: string): number {
  const limit = /^\d{1,4}$/.test(input) ? Number(input) : 0;
  if (limit < 1 || limit > 1000) throw new SyntaxError("a limit is a number from 1 to 1000");
  return limit;
}
