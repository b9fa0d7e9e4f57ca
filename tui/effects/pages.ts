/**
 * Pages of a conversation, by calls of the App: the newest, those around a place, and the places themselves.
 *
 * @module
 */
import type { Messages, MessageView } from "../../lib/app/messages/messages.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { msOf } from "../drawing/time.ts";
import { isQuoted } from "../messages/reply.ts";
import { keyOf } from "../state/model.ts";
import type { Effect, Msg } from "../state/types.ts";
import type { Said } from "./parts.ts";

/** Messages of a page, where a screen does not hold half as many. */
const PAGE = 50;
/** Most messages of a page: as many as are kept of a conversation. */
const MAX_PAGE = 400;
/** Messages that are looked through at a time for the first unread one, or for what is answered. */
const STRIDE = 200;
/** Messages before an answer among which what it answers is looked for: a second's work. */
const MAX_LOOKED_THROUGH = 20_000;

/** The part of an App that is read. */
export type History = Pick<Messages, "history">;
/** What a page holds. */
export type Page = Pick<Extract<Msg, { kind: "page" }>, "messages" | "ended" | "upTo">;

/**
 * Messages of a page for a terminal: two screens of them, as half of a page lies before and half behind the place that it
 * is around, and a message may be one row.
 * @param rows  Of the terminal.
 */
export const pageFor = (rows: number): number => Math.min(MAX_PAGE, Math.max(PAGE, 2 * rows));

/**
 * Reads what an effect asks for.
 * @param page  Messages of a page, even ({@link pageFor}).
 */
export async function readPage(
  app: History,
  peer: PublicKeyHex,
  { where, position = 1 }: Pick<Extract<Effect, { kind: "page" }>, "where" | "position">,
  page = PAGE,
): Promise<Page> {
  const lines = true;
  if (where === "newest") {
    const [newest] = await app.history({ peer, limit: 1 });
    const messages = await app.history({ peer, limit: page, lines });
    return { messages, ended: { start: messages.length < page, end: true }, upTo: newest?.position };
  }
  if (where === "older") {
    const messages = await app.history({ peer, limit: page, before: position, lines });
    return { messages, ended: { start: messages.length < page, end: false } };
  }
  if (where === "newer") {
    const messages = await app.history({ peer, limit: page, after: position, lines });
    return { messages, ended: { start: false, end: messages.length < page } };
  }
  const half = page / 2;
  const older = await app.history({ peer, limit: half + 1, before: position + 1, lines });
  const newer = await app.history({ peer, limit: half, after: position, lines });
  return {
    messages: [...older, ...newer],
    ended: { start: older.length < half + 1, end: newer.length < half },
  };
}

/** The place of the first of so many unread messages; undefined when there are fewer. */
export async function firstUnread(
  app: History,
  peer: PublicKeyHex,
  count: number,
): Promise<number | undefined> {
  let before: number | undefined;
  let left = count;
  for (;;) {
    const messages: MessageView[] = await app.history({ peer, limit: STRIDE, before, lines: true });
    const found = messages.findLast(({ outgoing }) => !outgoing && --left === 0);
    if (found !== undefined) return found.position;
    if (messages.length < STRIDE) return messages[0]?.position;
    before = messages[0].position;
  }
}

/** The place of what an answer answers, if that is among the {@link MAX_LOOKED_THROUGH} messages before it. */
export async function quotedBy(
  app: History,
  { id, before, quote }: Extract<Effect, { kind: "quoted" }>,
): Promise<Said> {
  let end = before;
  for (let looked = 0; looked < MAX_LOOKED_THROUGH; looked += STRIDE) {
    const part = { peer: keyOf(id), limit: STRIDE, before: end, lines: true };
    const messages: MessageView[] = await app.history(part);
    const found = messages.findLast((one) => isQuoted(one, quote));
    if (found !== undefined) return { kind: "quoted", id, position: found.position };
    if (messages.length < STRIDE) break;
    end = messages[0].position;
  }
  return { kind: "said", text: "What it answers is not here any more" };
}

/** The place of the first message at a time or later: by halves, so a long conversation costs some twenty reads. */
export async function firstAt(app: History, peer: PublicKeyHex, ms: number): Promise<number | undefined> {
  const at = async (before?: number): Promise<MessageView | undefined> =>
    (await app.history({ peer, limit: 1, before, lines: true }))[0];
  const newest = await at();
  if (newest === undefined || msOf(newest.ts) < ms) return undefined;
  let [low, high] = [1, newest.position];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await at(middle + 1);
    if (found === undefined || msOf(found.ts) < ms) low = middle + 1;
    else high = found.position;
  }
  return high;
}
