/**
 * What each change means, as writes of a draft: one handler for each kind.
 *
 * @module
 */
import { REPLACED, WAS_SILENT } from "../message.ts";
import type { Key } from "../place/place.ts";
import { idKeys } from "../reading/ids.ts";
import { bytesOf } from "../rows/block.ts";
import { Content } from "../rows/content.ts";
import type { IdFilter } from "../rows/id_filter.ts";
import type { Names } from "../rows/keys.ts";
import {
  type ConversationRecord,
  encodeValue,
  type FactsRecord,
  queueContent,
  type QueueRecord,
  recordIn,
  wantsPages,
} from "../rows/records.ts";
import type { Change } from "../store.ts";
import type { Draft } from "./draft.ts";
import {
  addEvent,
  addId,
  type ApplyContext,
  countUnread,
  knownConversation,
  learnId,
  limitedContent,
  messageContent,
  readConversation,
  Refused,
  shortId,
  writeConversation,
} from "./planning.ts";
import { addToOutbox, removeFromOutbox, rewrite } from "./rewriting.ts";

type Of<K extends Change["kind"]> = Extract<Change, { kind: K }>;
type Handler<K extends Change["kind"]> = (
  draft: Draft,
  change: Of<K>,
  context: ApplyContext,
) => number | void | Promise<number | void>;

const HANDLERS: { readonly [K in Change["kind"]]: Handler<K> } = {
  message(draft, change, context) {
    const { peer, direction, id, body } = change.message;
    if (id === "") throw new RangeError("an id must not be empty");
    const conversation = knownConversation(draft, peer, context);
    if (!conversation) return readAndKeep(draft, change, context);
    if (id === undefined) return keepMessage(draft, change, conversation, context);
    const key = context.names.id(draft.head.generation, peer, direction, id);
    if (context.ids.mayHold(key)) return readAndKeep(draft, change, context);
    addId(draft, key, body, conversation.last + 1, context);
    return keepMessage(draft, change, conversation, context);
  },

  state(draft, { peer, position, state, reason, from }, context) {
    const message = rewrite(draft, peer, position, context, (old) => {
      if (old.state === "deleted" || (from && !from.includes(old.state))) throw new Refused("state");
      const { reason: _old, ...rest } = old;
      return { ...rest, state, ...(reason === undefined ? {} : { reason }) };
    });
    const tell = ({ id }: { readonly id?: string }): void =>
      addEvent(
        draft,
        { kind: "state", peer, position, ...shortId(id), state, ...(reason === undefined ? {} : { reason }) },
        context,
      );
    return message instanceof Promise ? message.then(tell) : tell(message);
  },

  async delete(draft, { peer, position, replaced }, context) {
    let wasLine = false;
    const { id, direction } = await rewrite(draft, peer, position, context, (old) => {
      const { reason: _reason, ...rest } = old;
      wasLine = context.history.isLine(old);
      const reason = replaced
        ? REPLACED
        : wasLine
        ? undefined
        : old.reason === REPLACED
        ? REPLACED
        : WAS_SILENT;
      return { ...rest, body: "", state: "deleted", ...(reason === undefined ? {} : { reason }) };
    });
    if (replaced && wasLine && direction === "in") await uncount(draft, peer, position, context);
    await removeFromOutbox(draft, peer, position, context);
    addEvent(draft, { kind: "deleted", peer, position, ...shortId(id) }, context);
  },

  seen: (draft, { peer, direction, id, body }, context) =>
    learnId(draft, peer, direction, id, body, 0, context),

  async peer(draft, { peer, facts }, context) {
    const key = context.names.facts(peer);
    const [content] = await draft.read([key]);
    const old = content ? recordIn<FactsRecord>(content).facts : {};
    const merged = Object.entries({ ...old, ...facts }).filter(([, value]) => value !== undefined);
    const record: FactsRecord = { peer, facts: Object.fromEntries(merged) };
    if (merged.length > 0) draft.set(key, limitedContent(record));
    else draft.remove(key);
    addEvent(draft, { kind: "peer", peer, facts: record.facts }, context);
  },

  async queue(draft, { peer, position, dueNs, attempts }, context) {
    const conversation = await readConversation(draft, peer, context);
    const key = context.names.at("o", peer, position);
    const [content] = await draft.read([key]);
    if (!content || position <= conversation.floor) throw new Refused("missing");
    const record: QueueRecord = { ...recordIn<QueueRecord>(content), dueNs: String(dueNs), attempts };
    draft.set(key, queueContent(record));
  },

  unqueue(draft, { peer, position }, context) {
    const mustBeThere = (wasThere: boolean): void => {
      if (!wasThere) throw new Refused("missing");
    };
    const removed = removeFromOutbox(draft, peer, position, context);
    return removed instanceof Promise ? removed.then(mustBeThere) : mustBeThere(removed);
  },

  async read(draft, { peer, position }, context) {
    const conversation = await readConversation(draft, peer, context);
    const readTo = Math.min(position, conversation.last);
    if (readTo <= conversation.readTo) return;
    const { unread, silent } = readTo === conversation.last
      ? { unread: 0, silent: 0 }
      : await countUnread(draft, conversation, readTo, context);
    // Behind what is read there may be only what is silent: it is not looked through again and again.
    const upTo = unread === 0 && silent > 0 ? conversation.last : readTo;
    writeConversation(draft, { ...conversation, readTo: upTo, unread }, context);
    addEvent(draft, { kind: "read", peer, position: upTo }, context);
  },

  async forget(draft, { peer }, context) {
    const conversation = await readConversation(draft, peer, context);
    const { last, floor } = conversation;
    if (last === floor) return;
    // One row hides everything at once; the writer deletes what lies below the floor piece by piece.
    const empty = {
      floor: last,
      paged: last,
      page: undefined,
      readTo: last,
      unread: 0,
      queued: 0,
      queuedBytes: 0,
    };
    writeConversation(draft, { ...conversation, ...empty }, context);
    addEvent(draft, { kind: "forgotten", peer }, context);
    context.untidy.add(peer);
  },

  async value(draft, { room, name, value }, { names }) {
    const key = names.value(room, name);
    await draft.read([key]); // what lies there may have pieces that must go
    if (value === undefined) draft.remove(key);
    else draft.set(key, Content.of(encodeValue(name, value)));
  },

  network: (draft, { name, detail }, context) => addEvent(draft, { kind: "network", name, detail }, context),
};

/** A line that was counted as unread, or has been read, is none any more. */
async function uncount(draft: Draft, peer: string, position: number, context: ApplyContext): Promise<void> {
  const conversation = await readConversation(draft, peer, context);
  const { readTo, unread } = conversation;
  if (position > readTo) {
    writeConversation(draft, { ...conversation, unread: Math.max(0, unread - 1) }, context);
  }
}

/** As is done with few messages: their conversation is not known yet, or their id may be. */
async function readAndKeep(
  draft: Draft,
  change: Of<"message">,
  context: ApplyContext,
): Promise<number> {
  const { message: { peer, direction, id, body, via }, restored } = change;
  const conversation = await readConversation(draft, peer, context);
  if (id !== undefined) {
    // A group is forgotten when it is dropped: who joins it anew gets its messages anew, from its feeds.
    const anyBody = via === "group";
    const gone = restored || anyBody ? { upTo: conversation.floor, anyBody } : undefined;
    await learnId(draft, peer, direction, id, body, conversation.last + 1, context, gone);
  }
  return keepMessage(draft, change, conversation, context);
}

/** Plans a message whose id is planned. @returns Its position. */
function keepMessage(
  draft: Draft,
  { message, queue, restored }: Of<"message">,
  conversation: ConversationRecord,
  context: ApplyContext,
): number {
  const { peer, direction } = message;
  const position = conversation.last + 1;
  const isLine = context.history.isLine(message);
  draft.add(context.names.at("m", peer, position), messageContent(message, position));
  const bytes = queue ? bytesOf(message.body) : 0;
  if (queue) addToOutbox(draft, conversation, position, queue.dueNs, bytes, context);
  const isFirst = conversation.last === conversation.floor;
  const grown = {
    ...conversation,
    last: position,
    lastAtNs: isLine || isFirst ? String(message.atNs) : conversation.lastAtNs,
    latestNs: latestOf(isFirst ? "0" : conversation.latestNs, isLine ? message.atNs : 0n),
    unread: conversation.unread + (direction === "in" && isLine ? 1 : 0),
    queued: conversation.queued + (queue ? 1 : 0),
    queuedBytes: conversation.queuedBytes + bytes,
  };
  writeConversation(draft, grown, context);
  if (!restored) addEvent(draft, { kind: "message", peer, position }, context);
  if (wantsPages(grown)) context.untidy.add(peer);
  return position;
}

/** Of two times the later one; undefined when one is not known. */
const latestOf = (before: string | undefined, atNs: bigint): string | undefined =>
  before !== undefined && BigInt(before) < atNs ? String(atNs) : before;

/**
 * Plans one change.
 * @returns The position of a `message` change; at once where nothing has to be read, as for nearly all messages.
 * @throws {Refused} Nothing of its commit may be written.
 * @throws {RangeError} It is too large, or not a valid value.
 */
export function apply(
  draft: Draft,
  change: Change,
  context: ApplyContext,
): number | void | Promise<number | void> {
  const handler = HANDLERS[change.kind] as Handler<Change["kind"]>;
  return handler(draft, change, context);
}

/** Keys that a change is going to read, so that a burst's are fetched together. */
export function keysToRead(change: Change, names: Names, generation: number, ids: IdFilter): Key[] {
  if (change.kind === "state" || change.kind === "unqueue") {
    const { kind, peer, position } = change;
    return [names.conversation(peer), names.at(kind === "state" ? "m" : "o", peer, position)];
  }
  if (change.kind !== "message") return [];
  const { peer, direction, id } = change.message;
  return [
    names.conversation(peer),
    ...(id === undefined || !ids.mayHold(names.id(generation, peer, direction, id))
      ? []
      : idKeys(names, generation, peer, direction, id)),
  ];
}
