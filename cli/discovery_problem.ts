/**
 * Whether nobody could be reached because nobody could be asked where they are.
 *
 * @module
 */
import { openDiscovery } from "../lib/app/node/open.ts";
import type { PublicKeyHex } from "../lib/crypto/keys.ts";
import type { Context } from "./context.ts";
import type { CommonFlags } from "./flags/flags.ts";

/**
 * Asks the discoveries for a peer's entry, beside what else a command does.
 * @param peer  Any; that it has no entry is an answer.
 * @param limitMs  How long an answer may take; 0: they are not asked.
 * @returns Why none answers; undefined: one does.
 */
export async function discoveryProblem(
  context: Context,
  flags: CommonFlags,
  peer: PublicKeyHex,
  limitMs: number,
): Promise<Error | undefined> {
  if (limitMs <= 0) return undefined;
  try {
    await openDiscovery(await context.settings(flags), context, () => limitMs).entry(peer);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
