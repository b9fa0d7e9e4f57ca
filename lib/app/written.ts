/**
 * What of a conversation somebody has written; the rest this program tells there.
 *
 * @module
 */
import type { NewMessage } from "../store/store.ts";
import { isNotice } from "./groups/room/notices.ts";
import { isRekeyed } from "./pairs/rekeyed.ts";

/** Whether somebody has written a message: what answers messages by itself must not answer others. */
export const isWritten = (message: Pick<NewMessage, "via" | "reason">): boolean =>
  !isNotice(message) && !isRekeyed(message);
