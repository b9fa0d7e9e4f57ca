/**
 * Reading everything that is no message: ids, facts, the outbox, events.
 *
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import type { Content } from "../rows/content.ts";
import { allOf, type Names } from "../rows/keys.ts";
import {
  type ConversationRecord,
  decodeValue,
  type EventRecord,
  type FactsRecord,
  type HeadRecord,
  type QueueRecord,
  recordIn,
} from "../rows/records.ts";
import type {
  EventPage,
  Events,
  Outbox,
  Peers,
  Queued,
  Seen,
  StoredMessage,
  StoreEvent,
  Values,
} from "../store.ts";
import type { History } from "./history.ts";
import type { PageCache } from "./page_cache.ts";
import { findId, judge } from "./ids.ts";
import type { Shelf } from "./shelf.ts";

const DEFAULT_EVENTS = 500;

/** Known ids. @param head  The head on disk. */
export const seenOf = (shelf: Shelf, names: Names, head: () => HeadRecord, passedNs: () => bigint): Seen => ({
  check: async (peer, direction, id, body) => {
    const record = await findId(
      (keys) => shelf.contents(keys),
      names,
      head().generation,
      peer,
      direction,
      id,
    );
    return judge(record, body, passedNs());
  },
});

/** Facts of peers, as they are kept; who was never heard of has none. */
export const peersOf = (shelf: Shelf, names: Names): Peers => ({
  get: async (peer) => {
    const [content] = await shelf.contents([names.facts(peer)]);
    return content ? recordIn<FactsRecord>(content).facts : {};
  },
  all: async () => {
    const all: FactsRecord[] = [];
    for await (const { content } of shelf.list(allOf("k"))) all.push(recordIn<FactsRecord>(content));
    return all.sort((a, b) => a.peer < b.peer ? -1 : 1);
  },
});

/** Small values, by the name of their room and their own. */
export const valuesOf = (shelf: Shelf, names: Names): Values => ({
  get: async (room, name) => {
    const [row] = await shelf.contents([names.value(room, name)]);
    return row && decodeValue(row.bytes).value;
  },
  list: async (room) => {
    const all: { name: string; value: Uint8Array }[] = [];
    for await (const { content } of shelf.list(names.values(room))) all.push(decodeValue(content.bytes));
    return all.sort((a, b) => a.name < b.name ? -1 : 1);
  },
});

/** What waits to be sent. */
export const outboxOf = (shelf: Shelf, names: Names): Outbox => ({
  /** Without those whose conversation was forgotten: these are deleted later. */
  async list() {
    const records: QueueRecord[] = [];
    for await (const { content } of shelf.list(allOf("o"))) records.push(recordIn<QueueRecord>(content));
    const peers = [...new Set(records.map(({ peer }) => peer))];
    const conversations = await shelf.contents(peers.map((peer) => names.conversation(peer)));
    const floors = new Map(conversations.map((content, i) => [peers[i], content ? floorIn(content) : 0]));
    return records.filter(({ peer, position }) => position > floors.get(peer)!).map(queuedOf);
  },
});

const floorIn = (content: Content): number => recordIn<ConversationRecord>(content).floor;

const queuedOf = ({ addedNs, dueNs, ...rest }: QueueRecord): Queued => ({
  ...rest,
  addedNs: BigInt(addedNs),
  dueNs: BigInt(dueNs),
});

/** The stream of events. @param head  The head on disk. */
export function eventsOf(
  shelf: Shelf,
  history: History,
  head: () => HeadRecord,
  watch: Events["watch"],
): Events {
  return {
    last: () => head().cursor,
    watch,
    timeOf: async (cursor) => {
      if (cursor < Math.max(1, head().firstEvent) || cursor > head().cursor) return undefined;
      for await (const [event] of shelf.events(cursor, cursor + 1)) {
        if (event) return BigInt(event.record.atNs);
      }
      return undefined;
    },
    since: async (cursor, limit = DEFAULT_EVENTS): Promise<EventPage> => {
      const last = head().cursor;
      if (!Number.isSafeInteger(cursor) || cursor < 0 || cursor > last) throw unknownCursor(cursor);
      const events: StoreEvent[] = [];
      const pages: PageCache = {};
      const from = Math.max(cursor + 1, head().firstEvent);
      let [at, lost] = [cursor, false];
      for await (const together of shelf.events(from, last + 1)) {
        for (const { cursor: next, record } of together) {
          if (events.length >= limit) return { events, cursor: at, lost };
          lost ||= next !== at + 1;
          at = next;
          const event = eventOf(record, at, history, pages);
          const found = event instanceof Promise ? await event : event;
          if (found) events.push(found);
        }
      }
      return { events, cursor: last, lost: lost || at < last };
    },
  };
}

/** @returns undefined when its message is forgotten; at once when it is in memory, as that of a new event is. */
function eventOf(
  { atNs, event }: EventRecord,
  cursor: number,
  history: History,
  pages: PageCache,
): StoreEvent | undefined | Promise<StoreEvent | undefined> {
  const at = BigInt(atNs);
  if (event.kind !== "message") return { ...event, cursor, atNs: at };
  const shown = (message: StoredMessage | undefined): StoreEvent | undefined =>
    message && { kind: "message", message, cursor, atNs: at };
  const message = history.inMemory(event.peer, event.position, pages);
  return message ? shown(message) : history.get(event.peer, event.position, pages).then(shown);
}

const unknownCursor = (cursor: number): UserError =>
  new UserError(`There is no event ${cursor} in this store`, {
    kind: "usage",
    hint: "Start without a cursor; the next one comes with the first event.",
  });
