/**
 * Reading messages: newest rows first, then pages. A message only ever moves from a row to a page, so a reader that
 * looks at rows before pages misses none.
 *
 * @module
 */
import { type BodyReaders, leavesNoLine, type NewMessage, NO_LATEST } from "../message.ts";
import type { Key } from "../place/place.ts";
import { fold, mayHold, messagesIn, unescaped } from "../rows/block.ts";
import type { Content } from "../rows/content.ts";
import { allOf, lastCounter, type Names } from "../rows/keys.ts";
import { type ConversationRecord, MAX_ROWS, recordIn } from "../rows/records.ts";
import type { Conversation, Direction, LatestOf, LinesOption, Messages, StoredMessage } from "../store.ts";
import { findId, hasAllIds } from "./ids.ts";
import { inPage, type PageCache } from "./page_cache.ts";
import type { Shelf } from "./shelf.ts";

/** So many of the newest messages are read one by one. */
const FEW = 20;
/** Pages that are fetched at once. */
const PAGE_BATCH = 8;
const DEFAULT_RESULTS = 50;

/** Messages of a store. */
export class History implements Messages {
  readonly #shelf: Shelf;
  readonly #names: Names;
  readonly #generation: () => number;
  /** Which positions are in the page that was seen last. */
  #seen = { peer: "", first: 0, last: 0 };
  /** Whether a body is no line: not found, not unread. */
  readonly isSilent: (body: string) => boolean;

  /** What people read of a body. */
  readonly #readable: (body: string) => string;

  /**
   * A reader of an open store.
   * @param generation  The generation of known ids that is written now.
   * @param bodies  What is known of them.
   */
  constructor(
    shelf: Shelf,
    names: Names,
    generation: () => number,
    { isSilent = () => false, readable = (body) => body }: BodyReaders = {},
  ) {
    this.isSilent = isSilent;
    this.#readable = readable;
    this.#shelf = shelf;
    this.#names = names;
    this.#generation = generation;
  }

  /** Whether a message is a line of a chat. */
  isLine(message: Pick<NewMessage, "body" | "state" | "reason">): boolean {
    return !leavesNoLine(message) && !this.isSilent(message.body);
  }

  /** The newest messages. @see Messages.newest */
  newest(peer: string, limit: number, options?: LinesOption): Promise<StoredMessage[]> {
    return this.before(peer, Infinity, limit, options);
  }

  /** Messages right before a position. @see Messages.before */
  async before(
    peer: string,
    position: number,
    limit: number,
    { lines = false }: LinesOption = {},
  ): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    if (limit <= 0) return found;
    for await (const message of this.walk(peer, position, limit)) {
      if (lines && !this.isLine(message)) continue;
      found.push(message);
      if (found.length >= limit) break;
    }
    return found.reverse();
  }

  /** One message. @see Messages.get */
  async get(peer: string, position: number, cache: PageCache = {}): Promise<StoredMessage | undefined> {
    const cached = cache.peer === peer ? inPage(cache.messages, position) : undefined;
    const [record, row] = await this.#shelf.contents([
      this.#names.conversation(peer),
      ...cached ? [] : [this.#names.at("m", peer, position)],
    ]);
    const conversation = record && recordIn<ConversationRecord>(record);
    if (!conversation || position <= conversation.floor || position > conversation.last) return undefined;
    if (row) return messagesIn(row, peer)[0];
    if (cached) return cached;
    const key = await this.pageKey(conversation, position);
    const [page] = key ? await this.#shelf.contents([key]) : [];
    cache.peer = peer;
    cache.messages = page ? messagesIn(page, peer) : [];
    return inPage(cache.messages, position);
  }

  /** Several messages. @see Messages.many */
  async many(peer: string, positions: readonly number[]): Promise<(StoredMessage | undefined)[]> {
    const [record] = await this.#shelf.contents([this.#names.conversation(peer)]);
    const paged = record === undefined ? Infinity : recordIn<ConversationRecord>(record).paged;
    const inRows = positions.filter((position) => position > paged); // what was forgotten counts as paged, too
    const rows = await this.#shelf.contents(inRows.map((position) => this.#names.at("m", peer, position)));
    const known = new Map(inRows.map((position, i) => [position, rows[i] && messagesIn(rows[i], peer)[0]]));
    const [cache, found]: [PageCache, (StoredMessage | undefined)[]] = [{}, []];
    // A row that has gone is in a page by now.
    for (const position of positions) {
      found.push(known.get(position) ?? await this.get(peer, position, cache));
    }
    return found;
  }

  /**
   * One message, if it can be told from memory: one that is new, or a neighbour of the last one.
   * @returns undefined when {@link get} has to look.
   */
  inMemory(peer: string, position: number, cache: PageCache): StoredMessage | undefined {
    const record = this.#shelf.known(this.#names.conversation(peer));
    if (!record) return undefined;
    const { floor, last, paged, page } = recordIn<ConversationRecord>(record);
    if (position <= floor || position > last) return undefined;
    if (position > Math.max(floor, paged)) {
      const row = this.#shelf.known(this.#names.at("m", peer, position));
      return row && messagesIn(row, peer)[0];
    }
    const cached = cache.peer === peer ? inPage(cache.messages, position) : undefined;
    if (cached || page === undefined || position < page) return cached;
    const newest = this.#shelf.known(this.#names.at("p", peer, page));
    if (!newest) return undefined;
    cache.peer = peer;
    cache.messages = messagesIn(newest, peer);
    return inPage(cache.messages, position);
  }

  /** The message of an id. @see Messages.byId */
  async byId(
    peer: string,
    direction: Direction,
    id: string,
    options: { deep?: boolean } = {},
  ): Promise<StoredMessage | undefined> {
    const isIt = (message: StoredMessage) => message.id === id && message.direction === direction;
    const read = (keys: readonly Key[]) => this.#shelf.contents(keys);
    const generation = this.#generation();
    const record = await findId(read, this.#names, generation, peer, direction, id);
    if (record === undefined && hasAllIds(generation)) return undefined;
    const message = record && await this.get(peer, record.position);
    if (message && isIt(message)) return message;
    let seen = 0;
    for await (const message of this.walk(peer, Infinity, MAX_ROWS)) {
      if (isIt(message)) return message;
      if (++seen >= MAX_ROWS && !options.deep) return undefined;
    }
    return undefined;
  }

  /** Messages that hold a text. @see Messages.search */
  async search(
    text: string,
    options: { peer?: string; limit?: number } = {},
  ): Promise<StoredMessage[]> {
    const { peer, limit = DEFAULT_RESULTS } = options;
    const folded = fold(text);
    if (folded === "" || limit <= 0) return [];
    let found: StoredMessage[] = [];
    const all = peer === undefined ? await this.latest() : [{ peer, latestNs: NO_LATEST }];
    for (const { peer: each, latestNs } of all) {
      // Behind this point nothing can be newer than what we have.
      if (found.length >= limit && latestNs < found[limit - 1].atNs) break;
      found.push(...await this.#searchOne(each, folded, limit));
      // Stable: within a conversation the order in which messages were kept stays.
      if (peer === undefined) found.sort((a, b) => a.atNs > b.atNs ? -1 : a.atNs < b.atNs ? 1 : 0);
      found = found.slice(0, limit);
    }
    return found;
  }

  /** One conversation. @see Messages.conversation */
  async conversation(peer: string): Promise<Conversation | undefined> {
    const [content] = await this.#shelf.contents([this.#names.conversation(peer)]);
    return content && conversationIn(content);
  }

  /** All conversations. @see Messages.conversations */
  async conversations(): Promise<Conversation[]> {
    const all: Conversation[] = [];
    for await (const { content } of this.#shelf.list(allOf("c"))) {
      const conversation = conversationIn(content);
      if (conversation !== undefined) all.push(conversation);
    }
    return all.sort((a, b) => a.lastAtNs > b.lastAtNs ? -1 : a.lastAtNs < b.lastAtNs ? 1 : 0);
  }

  /** All conversations by their latest line. @see Messages.latest */
  async latest(): Promise<LatestOf[]> {
    const all: LatestOf[] = [];
    for await (const { content } of this.#shelf.list(allOf("c"))) {
      const { peer, last, floor, lastAtNs, latestNs } = recordIn<ConversationRecord>(content);
      if (last === floor) continue;
      // A build of before that went on with the conversation has left the time as it was.
      const known = latestNs === undefined ? NO_LATEST : BigInt(latestNs);
      all.push({ peer, latestNs: known > BigInt(lastAtNs) ? known : BigInt(lastAtNs) });
    }
    return all.sort((a, b) => a.latestNs > b.latestNs ? -1 : a.latestNs < b.latestNs ? 1 : 0);
  }

  /**
   * Messages below a position, newest first.
   * @param expected  How many the caller wants: rows are fetched in one go of at most {@link MAX_ROWS}.
   */
  async *walk(peer: string, below: number, expected: number): AsyncGenerator<StoredMessage> {
    for await (const block of this.#blocks(peer, below, expected)) {
      for (const message of messagesIn(block.content, peer).toReversed()) {
        if (message.position < block.below) yield message;
      }
    }
  }

  /** The key of the page that holds a position, or of the newest page below it. */
  async pageKey({ peer, floor }: ConversationRecord, position: number): Promise<Key | undefined> {
    const { peer: whose, first, last } = this.#seen;
    // Who deletes one message after the other asks the place once for each page.
    if (whose === peer && first > floor && first <= position && position <= last) {
      return this.#names.at("p", peer, first);
    }
    const range = this.#names.range("p", peer, floor + 1, position + 1);
    for await (const { key } of this.#shelf.keys(range, { limit: 1, reverse: true })) return key;
    return undefined;
  }

  /** A page was read. @param messages  All of it: its positions stay its own until they are below the floor. */
  sawPage(peer: string, messages: readonly StoredMessage[]): void {
    if (messages.length === 0) return;
    this.#seen = { peer, first: messages[0].position, last: messages.at(-1)!.position };
  }

  async #searchOne(peer: string, folded: string, limit: number): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    const asWritten = unescaped(folded);
    for await (const { content, below } of this.#blocks(peer, Infinity, MAX_ROWS)) {
      if (!mayHold(content.bytes, asWritten)) continue;
      for (const message of messagesIn(content, peer).toReversed()) {
        const isFound = message.position < below &&
          fold(this.#readable(message.body)).includes(folded);
        if (isFound && !this.isSilent(message.body)) found.push(message);
        if (found.length >= limit) return found;
      }
    }
    return found;
  }

  /** Encoded rows, then pages, newest first; of each only messages below `below` count. */
  async *#blocks(
    peer: string,
    below: number,
    expected: number,
  ): AsyncGenerator<{ content: Content; below: number }> {
    const [record] = await this.#shelf.contents([this.#names.conversation(peer)]);
    if (!record) return;
    const { floor, last, paged } = recordIn<ConversationRecord>(record);
    let end = Math.min(below, last + 1);
    if (end <= floor + 1) return;
    // The newest of them by their keys: a range would look at all that is planned, and at the place.
    const first = Math.max(floor, paged, end - 1 - Math.min(expected, FEW)) + 1;
    for (; end > first; end--) {
      const content = this.#shelf.unwritten(this.#names.at("m", peer, end - 1));
      if (!content) break;
      yield { content, below: end };
    }
    if (end <= floor + 1) return;
    const batch = Math.min(expected, MAX_ROWS);
    const rows = this.#names.range("m", peer, floor + 1, end);
    for await (const { key, content } of this.#shelf.list(rows, { reverse: true, batch })) {
      end = lastCounter(key);
      yield { content, below: end + 1 };
    }
    const pages = this.#names.range("p", peer, floor + 1, end);
    for await (const { key, content } of this.#shelf.list(pages, { reverse: true, batch: PAGE_BATCH })) {
      yield { content, below: end };
      end = lastCounter(key);
    }
  }
}

/** A conversation of its row; undefined when all of it was forgotten. */
function conversationIn(content: Content): Conversation | undefined {
  const { peer, last, lastAtNs, floor, readTo, unread } = recordIn<ConversationRecord>(content);
  return last > floor ? { peer, last, lastAtNs: BigInt(lastAtNs), readTo, unread } : undefined;
}
