/** Takes bursts message by message, for tests that look at one. */
import type { Kept } from "../../../lib/app/messages/inbox.ts";
import type { Commit, IncomingMessage } from "../../../lib/app/messages/messenger.ts";

/** A {@link Commit} that asks about each message, one after the other. */
export const each = (keep: (message: IncomingMessage) => Kept | Promise<Kept>): Commit => async (burst) => {
  const kept: Kept[] = [];
  for (const message of burst) kept.push(await keep(message));
  return kept;
};
