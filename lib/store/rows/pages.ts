/**
 * Old messages together: how rows become pages. Scanning 100,000 rows takes 495 ms and 88 MiB, the same in pages
 * 21 ms and 50 MiB.
 *
 * @module
 */
import type { Opened } from "../place/vault.ts";
import type { History } from "../reading/history.ts";
import type { Shelf } from "../reading/shelf.ts";
import type { StoredMessage } from "../store.ts";
import type { Draft } from "../writing/draft.ts";
import { blockContent, bytesInBlock, messagesIn } from "./block.ts";
import { lastCounter, type Names } from "./keys.ts";
import { conversationContent, type ConversationRecord } from "./records.ts";

/** Rows that become part of pages in one step; the rest stays for the next step. */
const STEP_ROWS = 224;
/** So many of them are read, and only then is looked whether the time is over. */
const PART_ROWS = 20;
/** Bytes of rows in one step, so that it fits an atomic write; one message may be larger. */
const STEP_BYTES = 200_000;
/** A page that is filled up to here leaves room for longer states; a larger message has a page of its own. */
const PAGE_BYTES = 59_000;

/**
 * Puts messages into pages, in order.
 * @param open  The newest page's messages, which may take more.
 * @param messages  The next ones; not empty.
 * @param maxBytes  Where a page ends, bytes.
 * @returns Pages to write, in order, `open` with its additions first; without it when it takes none.
 */
export function fillPages(
  open: readonly StoredMessage[],
  messages: readonly StoredMessage[],
  maxBytes: number,
): StoredMessage[][] {
  let page = [...open];
  let bytes = open.reduce((sum, message) => sum + bytesInBlock(message), 0);
  const pages = [page];
  for (const message of messages) {
    const more = bytesInBlock(message);
    if (page.length > 0 && bytes + more > maxBytes) {
      pages.push(page = []);
      bytes = 0;
    }
    page.push(message);
    bytes += more;
  }
  return pages.filter((each) => each.length > 0 && (each !== pages[0] || each.length > open.length));
}

/**
 * Plans the move of a conversation's oldest rows into pages.
 * @param isOver  Whether the step has taken its time; some rows are moved in any case.
 */
export async function planPages(
  draft: Draft,
  shelf: Shelf,
  names: Names,
  history: History,
  conversation: ConversationRecord,
  isOver: () => boolean,
): Promise<void> {
  const { peer, paged, page } = conversation;
  const rows = await oldestRows(shelf, names, conversation, isOver);
  for (const row of rows) {
    draft.know(row);
    draft.remove(row.key);
  }
  const openKey = page === undefined ? await history.pageKey(conversation, paged) : names.at("p", peer, page);
  const [open] = openKey ? await draft.read([openKey]) : [];
  const messages = rows.flatMap(({ content }) => messagesIn(content, peer));
  let first = page ?? (openKey && lastCounter(openKey));
  for (const filled of fillPages(open ? messagesIn(open, peer) : [], messages, PAGE_BYTES)) {
    first = filled[0].position;
    draft.set(names.at("p", peer, first), blockContent(filled));
  }
  const end = lastCounter(rows[rows.length - 1].key);
  draft.set(names.conversation(peer), conversationContent({ ...conversation, paged: end, page: first }));
}

/** Read by their keys: nearly all of them are in memory. */
async function oldestRows(
  shelf: Shelf,
  names: Names,
  { peer, paged, last }: ConversationRecord,
  isOver: () => boolean,
): Promise<Opened[]> {
  const end = paged + Math.min(STEP_ROWS, last - paged);
  const rows: Opened[] = [];
  let bytes = 0;
  for (let at = paged; at < end && (rows.length === 0 || !isOver()); at += PART_ROWS) {
    const count = Math.min(PART_ROWS, end - at);
    const keys = Array.from({ length: count }, (_, i) => names.at("m", peer, at + 1 + i));
    for (const row of await shelf.read(keys)) {
      if (!row) continue;
      bytes += row.content.size;
      if (rows.length > 0 && bytes > STEP_BYTES) return rows;
      rows.push(row);
    }
  }
  return rows;
}
