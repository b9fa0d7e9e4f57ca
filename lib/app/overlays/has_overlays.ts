/**
 * Whether there is anything of a conversation that overlays would be loaded for.
 *
 * @module
 */
import { DASHBOARD, readOverlay } from "../../overlay/frame.ts";
import type { Store } from "../../store/store.ts";
import type { ConversationId } from "./overlays.ts";

/** The room of the store that says how far the rows of a conversation are, by conversation. */
export const OVERLAY_STATES = "overlay states";
/** Messages that are looked at for a bot in a conversation of which there are no rows yet: bots repeat theirs. */
const SUMMARY_MESSAGES = 20;

/** Whether a bot may be heard in a conversation: there are rows of it, or one has spoken lately. */
export async function mayHaveBots(
  { values, messages }: Store,
  conversation: ConversationId,
): Promise<boolean> {
  if (await values.get(OVERLAY_STATES, conversation) !== undefined) return true;
  const newest = await messages.newest(conversation, SUMMARY_MESSAGES);
  return newest.some(({ body }) => readOverlay(body).overlay === DASHBOARD);
}
