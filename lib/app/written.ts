/**
 * What of a conversation somebody has written; the rest this program tells there.
 *
 * @module
 */
import type { NewMessage } from "../store/store.ts";
import { isNotice } from "./groups/room/notices.ts";
import { isSaidHere } from "./said_here.ts";

/** Whether somebody has written a message: what answers messages by itself must not answer others. */
export const isWritten = (message: Pick<NewMessage, "via" | "reason">): boolean =>
  !isNotice(message) && !isSaidHere(message);
