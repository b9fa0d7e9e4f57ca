/**
 * Conversations as people name them: a peer, or a group.
 *
 * @module
 */
import type { Groups } from "../lib/app/groups/groups.ts";
import type { ConversationId } from "../lib/app/messages/messages.ts";
import { UserError } from "../lib/wire/errors.ts";
import { groupsLike, severalGroups } from "./groups.ts";
import { type Host, peerNamed } from "./peers.ts";

/** Finds a conversation once groups can be asked for. @throws {UserError} usage: there is none, or several. */
export type FindConversation = (groups: Groups | undefined) => Promise<ConversationId>;

/**
 * The conversation that a person means: a key, an alias, or else a group by its id, the beginning of it, or its name.
 * @returns What finds it; groups are asked for only when it is no peer.
 */
export async function conversationNamed(host: Host, text: string): Promise<FindConversation> {
  try {
    const peer = await peerNamed(host, text);
    return () => Promise.resolve(peer);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return async (groups) => {
      const found = groupsLike(await groups?.list() ?? [], text);
      if (found.length === 1) return found[0].id;
      if (found.length === 0) throw error;
      throw severalGroups(text, found.map(({ id }) => id));
    };
  }
}
