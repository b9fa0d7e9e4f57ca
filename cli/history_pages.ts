/**
 * Any part of what is kept, however long, as pages of messages in their order. A page is read with one call, and nothing
 * is held between calls but the pages that are being merged: who prints them may take its time.
 *
 * @module
 */
import type { Messages } from "../lib/app/messages/messages.ts";
import type { HistoryRequest, MessageView } from "../lib/app/messages/messages.ts";
import type { PublicKeyHex } from "../lib/crypto/keys.ts";
import { parseGoTime } from "../lib/wire/go_time.ts";

/** So many are read with one call in any case. */
const ONE_CALL = 1000;
/** Messages of a page, so that one of each conversation can be held. */
const PAGE = 64;

/** The part of an App that is read. */
export type HistoryApp = Pick<Messages, "history" | "conversations" | "search">;

/** Reads through an App that need not be the same one the next time. */
export type Reading = <T>(read: (app: HistoryApp) => Promise<T>) => Promise<T>;

/** Positions of a conversation, both included. */
interface Span {
  readonly peer: PublicKeyHex;
  readonly from: number;
  readonly to: number;
}

/**
 * Reads messages, oldest first.
 * @param request  As {@link Messages.history}; `limit` 0 is all of them.
 * @returns Pages; what comes while they are read is not in them.
 * @throws As {@link Messages.history}.
 */
export async function* historyPages(
  reading: Reading,
  request: HistoryRequest,
): AsyncGenerator<MessageView[]> {
  const { limit, since } = request;
  if (limit > 0 && limit <= ONE_CALL) {
    yield await reading((app) => app.history({ ...request, lines: true }));
    return;
  }
  const sinceNs = since === undefined ? undefined : parseGoTime(since);
  for await (const page of merged(await spansOf(reading, request, sinceNs), reading)) {
    yield sinceNs === undefined ? page : page.filter(({ ts }) => parseGoTime(ts) >= sinceNs);
  }
}

/** What of each conversation is to be read. */
async function spansOf(
  reading: Reading,
  { peer, before, limit }: HistoryRequest,
  sinceNs: bigint | undefined,
): Promise<Span[]> {
  const peers = peer === undefined
    ? (await reading((app) => app.conversations())).map((conversation) => conversation.peer)
    : [peer];
  const spans: Span[] = [];
  for (const peer of peers) {
    const to = await newest(reading, peer, before);
    if (to > 0) spans.push({ peer, from: await oldest(reading, peer, to, sinceNs), to });
  }
  return limit === 0 ? spans : await lastOf(reading, spans, limit);
}

async function newest(reading: Reading, peer: PublicKeyHex, before: number | undefined): Promise<number> {
  const [message] = await reading((app) => app.history({ peer, limit: 1, ...(before ? { before } : {}) }));
  return message?.position ?? 0;
}

/** The first position that is kept; with a time the first page that has something of it. */
async function oldest(
  reading: Reading,
  peer: PublicKeyHex,
  to: number,
  sinceNs: bigint | undefined,
): Promise<number> {
  if (sinceNs !== undefined) {
    for (let from = to + 1;; from -= PAGE) {
      const page = await reading((app) => app.history({ peer, before: from, limit: PAGE }));
      if (!page.some(({ ts }) => parseGoTime(ts) >= sinceNs)) return Math.max(1, from);
      if (page[0].position <= 1 || page.length < PAGE) return page[0].position;
    }
  }
  const isThere = async (position: number): Promise<boolean> =>
    (await reading((app) => app.history({ peer, before: position + 1, limit: 1 }))).length > 0;
  let [low, high] = [1, to];
  if (await isThere(low)) return low;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await isThere(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Of all spans together the newest messages; their texts are not held. */
async function lastOf(reading: Reading, spans: readonly Span[], limit: number): Promise<Span[]> {
  const lanes = spans.map((span) => new Lane(span, reading, "back"));
  let left = limit;
  for await (const _ of inOrder(lanes, -1n)) if (--left === 0) break;
  return lanes.flatMap(({ span, at }) => at < span.to ? [{ ...span, from: at + 1 }] : []);
}

/** All spans by time. */
async function* merged(spans: readonly Span[], reading: Reading): AsyncGenerator<MessageView[]> {
  let page: MessageView[] = [];
  for await (const message of inOrder(spans.map((span) => new Lane(span, reading, "on")), 1n)) {
    page.push(message);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** The messages of all lanes by time. @param way  1: oldest first; -1: newest first. */
async function* inOrder(lanes: readonly Lane[], way: 1n | -1n): AsyncGenerator<MessageView> {
  const heads: { readonly lane: Lane; readonly key: bigint }[] = [];
  const put = async (lane: Lane): Promise<void> => {
    const atNs = await lane.next();
    if (atNs === undefined) return;
    const key = way * atNs;
    let [low, high] = [0, heads.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (heads[middle].key <= key) low = middle + 1;
      else high = middle;
    }
    heads.splice(low, 0, { lane, key });
  };
  for (const lane of lanes) await put(lane);
  for (let head = heads.shift(); head; head = heads.shift()) {
    yield head.lane.take();
    await put(head.lane);
  }
}

/** One conversation, on from its oldest message or back from its newest. */
class Lane {
  readonly span: Span;
  readonly #reading: Reading;
  readonly #step: 1 | -1;
  #page: MessageView[] = [];
  /** Where the next message is. */
  at: number;
  /** A wall clock that was set must not turn a conversation's order. */
  #latestNs: bigint | undefined;

  constructor(span: Span, reading: Reading, way: "on" | "back") {
    this.span = span;
    this.#reading = reading;
    this.#step = way === "on" ? 1 : -1;
    this.at = way === "on" ? span.from : span.to;
  }

  /** The time of the next message among those of other conversations; undefined at the end. */
  async next(): Promise<bigint | undefined> {
    const { from, to } = this.span;
    while (this.#page.length === 0) {
      if (this.at < from || this.at > to) return undefined;
      await this.#read();
    }
    const atNs = parseGoTime(this.#page[0].ts);
    const last = this.#latestNs;
    const isTurned = last !== undefined && (this.#step > 0 ? atNs < last : atNs > last);
    return isTurned ? last : atNs;
  }

  /** Takes the message that `next` told of. */
  take(): MessageView {
    const message = this.#page.shift()!;
    const atNs = parseGoTime(message.ts);
    const last = this.#latestNs;
    if (last === undefined || (this.#step > 0 ? atNs > last : atNs < last)) this.#latestNs = atNs;
    this.at = message.position + this.#step;
    return message;
  }

  async #read(): Promise<void> {
    const { peer, from, to } = this.span;
    const [low, high] = this.#step > 0
      ? [this.at, Math.min(to, this.at + PAGE - 1)]
      : [Math.max(from, this.at - PAGE + 1), this.at];
    const read = await this.#reading((app) => app.history({ peer, before: high + 1, limit: high - low + 1 }));
    const page = read.filter(({ position, silent }) => position >= low && !silent);
    this.#page = this.#step > 0 ? page : page.reverse();
    if (page.length === 0) this.at = this.#step > 0 ? high + 1 : low - 1; // no lines, or forgotten meanwhile
  }
}
