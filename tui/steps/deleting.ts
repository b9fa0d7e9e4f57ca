/**
 * How a message can be deleted.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";

/** Here alone, or at the others, too. */
export type WayToDelete = "here" | "everywhere";

/**
 * What can still be done, in the order in which it is offered. Of a text that is gone here the other program may not know
 * yet, where it has to be told, and a plain text can't be taken back there at all; a feed, of a group or a pair, takes it back once and for all.
 * @returns Nothing: it is over.
 */
export function waysToDelete({ outgoing, id, via, state }: MessageView): readonly WayToDelete[] {
  const isOurs = outgoing && id !== undefined && via !== "dmsg-chat";
  if (state === "deleted") return isOurs && via === "dmsg" ? ["everywhere"] : [];
  return isOurs ? ["here", "everywhere"] : ["here"];
}
