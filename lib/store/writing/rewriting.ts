/**
 * What a change does to what lies there: a message in its row or page, and its outbox entry, as writes of a draft.
 *
 * @module
 */
import type { Key } from "../place/place.ts";
import { bytesInBlock, encodeBlock, messagesIn, normal } from "../rows/block.ts";
import { Content } from "../rows/content.ts";
import { type ConversationRecord, queueContent, type QueueRecord, recordIn } from "../rows/records.ts";
import type { StoredMessage } from "../store.ts";
import type { Draft } from "./draft.ts";
import {
  type ApplyContext,
  knownConversation,
  readConversation,
  Refused,
  writeConversation,
} from "./planning.ts";

/** A state may be so much longer than the one before. */
const STATE_BYTES = 8;

/**
 * Replaces a message where it lies, row or page.
 * @returns The message as it will be; at once where nothing has to be read, as for nearly all.
 * @throws {Refused} missing, and what `change` throws.
 */
export function rewrite(
  draft: Draft,
  peer: string,
  position: number,
  context: ApplyContext,
  change: (old: StoredMessage) => StoredMessage,
): StoredMessage | Promise<StoredMessage> {
  const conversation = knownConversation(draft, peer, context);
  if (!conversation || position <= conversation.paged) {
    return readAndRewrite(draft, peer, position, context, change);
  }
  mustBeIn(conversation, position);
  const key = context.names.at("m", peer, position);
  const content = draft.known(key);
  return content
    ? rewriteIn(draft, peer, position, change, key, content)
    : readAndRewrite(draft, peer, position, context, change);
}

async function readAndRewrite(
  draft: Draft,
  peer: string,
  position: number,
  context: ApplyContext,
  change: (old: StoredMessage) => StoredMessage,
): Promise<StoredMessage> {
  const conversation = await readConversation(draft, peer, context);
  mustBeIn(conversation, position);
  const isInPage = position <= conversation.paged;
  const key = isInPage
    ? await context.history.pageKey(conversation, position)
    : context.names.at("m", peer, position);
  const [content] = key ? await draft.read([key]) : [];
  if (content && isInPage) context.history.sawPage(peer, messagesIn(content, peer));
  return rewriteIn(draft, peer, position, change, key, content);
}

function mustBeIn({ floor, last }: ConversationRecord, position: number): void {
  if (position <= floor || position > last) throw new Refused("missing");
}

function rewriteIn(
  draft: Draft,
  peer: string,
  position: number,
  change: (old: StoredMessage) => StoredMessage,
  key: Key | undefined,
  content: Content | undefined,
): StoredMessage {
  const messages = content ? messagesIn(content, peer) : [];
  const at = messages.findIndex((message) => message.position === position);
  if (!key || at < 0) throw new Refused("missing");
  const changed = normal(change(messages[at]), position);
  const more = bytesInBlock(changed) - bytesInBlock(messages[at]) + STATE_BYTES;
  draft.set(key, Content.later(messages.with(at, changed), content!.size + more, encodeBlock));
  return changed;
}

/**
 * Plans an outbox entry; the caller counts it in the conversation.
 * @throws {Refused} full.
 */
export function addToOutbox(
  draft: Draft,
  { peer, queued, queuedBytes }: ConversationRecord,
  position: number,
  dueNs: bigint,
  bytes: number,
  { names, passedNs, outbox }: ApplyContext,
): void {
  if (queued >= outbox.entries || queuedBytes + bytes > outbox.bytes) throw new Refused("full");
  const times = { addedNs: String(passedNs), dueNs: String(dueNs) };
  const record: QueueRecord = { peer, position, ...times, attempts: 0, bytes };
  draft.add(names.at("o", peer, position), queueContent(record));
}

/** Takes an entry out of the outbox. @returns false when there is none; at once where nothing has to be read. */
export function removeFromOutbox(
  draft: Draft,
  peer: string,
  position: number,
  context: ApplyContext,
): boolean | Promise<boolean> {
  const key = context.names.at("o", peer, position);
  const content = draft.known(key);
  const conversation = knownConversation(draft, peer, context);
  if (conversation?.queued === 0) return false; // nothing waits: no row to ask for
  if (content && conversation) return removeEntry(draft, conversation, position, key, content, context);
  return draft.read([key]).then(async ([content]) =>
    removeEntry(draft, await readConversation(draft, peer, context), position, key, content, context)
  );
}

function removeEntry(
  draft: Draft,
  conversation: ConversationRecord,
  position: number,
  key: Key,
  content: Content | undefined,
  context: ApplyContext,
): boolean {
  if (!content || position <= conversation.floor) return false;
  const queuedBytes = conversation.queuedBytes - recordIn<QueueRecord>(content).bytes;
  writeConversation(draft, { ...conversation, queued: conversation.queued - 1, queuedBytes }, context);
  draft.remove(key);
  return true;
}
