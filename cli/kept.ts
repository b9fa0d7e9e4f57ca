/**
 * What commands share that look at what is kept and use no network: through the owner, or alone.
 *
 * @module
 */
import type { FlagParametersForType } from "@stricli/core";
import type { KeptApp } from "../lib/owner/takeover.ts";
import { openCommandApp } from "./app.ts";
import type { Context } from "./context.ts";
import type { Status } from "./exit.ts";
import { type IdentityFlags, identityFlags, type OutputFlags, outputFlags } from "./flags.ts";

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

/** Parser for `--limit`: 1 to 1000. */
export function parseLimit(input: string): number {
  const limit = /^\d{1,4}$/.test(input) ? Number(input) : 0;
  if (limit < 1 || limit > 1000) throw new SyntaxError("a limit is a number from 1 to 1000");
  return limit;
}
