/**
 * An identity that `dmsg chat` makes: asked for when its name is like another one's, and told in the screen.
 *
 * @module
 */
import type { Settings } from "../../lib/app/settings.ts";
import { type Identity, meantIdentity, NoIdentity, requireIdentity } from "../../lib/identity/identity.ts";
import { UserError } from "../../lib/wire/errors.ts";
import type { Context } from "../context.ts";
import { isYes } from "../input/stdin.ts";

/**
 * Asks at a terminal before an identity is made whose name is like that of another one.
 * @throws {UserError} refused: the answer was no.
 */
export async function askBeforeMaking(context: Context, settings: Settings): Promise<void> {
  if (settings.identityName === undefined || !context.input.isTerminal) return;
  try {
    await requireIdentity(settings, context);
  } catch (error) {
    if (!(error instanceof NoIdentity)) throw error;
    const meant = await meantIdentity(settings, context);
    const asks = `${error.message}. ${meant}\nMake a new one of this name? [y/N] `;
    if (meant === undefined || isYes(await context.input.readLine(asks))) return;
    throw new UserError("No identity was made", {
      kind: "refused",
      hint: `${meant} Name it with --identity, or leave that out for the default one.`,
    });
  }
}

/** What stands in the screen when an identity was made: its key first, whole in 80 columns, and that it is new. */
export const newIdentityLine = ({ identityName: name }: Settings, { pair: { pk } }: Identity): string =>
  name === undefined
    ? `Your key is ${pk}: \`dmsg id\` shows it, give it to others`
    : `Your key is ${pk}, of a new identity called ${name}`;
