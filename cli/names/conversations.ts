/**
 * Conversations as people name them: a peer, or a group.
 *
 * @module
 */
import type { Groups } from "../../lib/app/groups/groups.ts";
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { didYouMean } from "../../lib/identity/nearest.ts";
import { groupsLike, severalGroups } from "./groups.ts";
import { type Host, peerNamed } from "./peers.ts";

/** Finds a conversation once groups can be asked for. @throws {UserError} usage: there is none, or several. */
export type FindConversation = (groups: Groups | undefined) => Promise<ConversationId>;

/**
 * The conversation that a person means: a key, an alias, or else a group by its id, the beginning of it, or its name.
 * @returns What finds it; groups are asked for only when it is no peer.
 * @throws What is no mistake of the name: its file can't be read.
 */
export async function conversationNamed(host: Host, text: string): Promise<FindConversation> {
  try {
    const peer = await peerNamed(host, text);
    return () => Promise.resolve(peer);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return async (groups) => {
      const all = await groups?.list() ?? [];
      const found = groupsLike(all, text);
      if (found.length === 1) return found[0].id;
      if (found.length > 0) throw severalGroups(text, found.map(({ id }) => id));
      throw nobodyNamed(text, error, didYouMean(text, all.map(({ name }) => name)));
    };
  }
}

/**
 * The error of a name that neither a peer nor a group has.
 * @param error  Why it is no peer.
 * @param hint  What to do as far as groups go.
 */
export function nobodyNamed(text: string, error: UserError, hint: string | undefined): UserError {
  if (/[0-9a-f]{32}/i.test(text)) return error; // a key with a mistake in it
  return new UserError(`${JSON.stringify(text)} is neither a valid PK nor a known alias or group`, {
    kind: "usage",
    hint: [error.hint, hint].find((one) =>
      one?.startsWith("Did you mean") || one?.startsWith("Use the id")
    ) ??
      "`dmsg alias ls` and `dmsg group ls` show all names.",
  });
}
