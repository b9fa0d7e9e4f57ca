/**
 * Messages as bytes: one for a row, many for a page.
 *
 *     u32 length ‖ JSON of that length: [[position, flags, state, "at", body bytes, id, reply to, reason], …]
 *     then every body in UTF-8 and a line feed behind it
 *
 * Bodies lie together and apart from the rest, so a search decodes and folds a whole page's text at once and looks
 * at single messages only where it finds something. The line feed keeps folding from reaching into the next body.
 *
 * @module
 */
import { concat, fromUtf8, readU32, utf8, utf8Length, writeU32 } from "../../wire/bytes.ts";
import { PLAIN_TEXT } from "../../wire/go_json.ts";
import type { MessageState, NewMessage, StoredMessage } from "../store.ts";
import { Content } from "./content.ts";

type Meta = [
  position: number,
  flags: number,
  state: MessageState,
  at: string,
  bodyBytes: number,
  id: string | 0,
  replyTo: string | 0,
  reason: string | 0,
];

const OUT = 1, ENVELOPE = 2, DMSG_CHAT = 4, GROUP = 8, PAIR = 16;
const VIA = { dmsg: 0, "dmsg-chat": DMSG_CHAT, group: GROUP, pair: PAIR } as const;
/** The most that a message's numbers, state and punctuation take. */
const META_BYTES = 72;
const ASCII = /^[\0-\x7f]*$/;

/** Encodes messages, in the order given. */
export function encodeBlock(messages: readonly StoredMessage[]): Uint8Array {
  const metas = messages.map((message) => metaOf(message, utf8Length(message.body)));
  const meta = utf8(JSON.stringify(metas));
  const length = new Uint8Array(4);
  writeU32(length, 0, meta.length);
  const bodies = messages.map(({ body }) => `${body}\n`).join(""); // one text: an array for each body costs more than it
  return concat(length, meta, utf8(bodies));
}

/** A message with its members as decoding gives them, in order, and no others. */
export function normal(message: NewMessage, position: number): StoredMessage {
  const { peer, direction, id, body, atNs, state, reason, replyTo, form, via } = message;
  if (reason === undefined && replyTo === undefined && id !== undefined) {
    return { peer, position, direction, id, body, atNs, state, form, via }; // nearly all of them
  }
  return {
    peer,
    position,
    direction,
    ...(id === undefined ? {} : { id }),
    body,
    atNs,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(replyTo === undefined ? {} : { replyTo }),
    form,
    via,
  };
}

/** Messages of one conversation as a row's content. @param messages  See {@link normal}. */
export const blockContent = (messages: readonly StoredMessage[]): Content =>
  Content.later(messages, messages.reduce((sum, message) => sum + bytesInBlock(message), 0), encodeBlock);

/** The messages in a row's content; not to be changed. */
export const messagesIn = (content: Content, peer: string): readonly StoredMessage[] =>
  content.as<readonly StoredMessage[]>((bytes) => decodeBlock(bytes, peer));

/** Bytes that a message takes in a block, at most; a few more than it does. */
export const bytesInBlock = ({ body, id, replyTo, reason }: StoredMessage): number =>
  META_BYTES + bytesOf(body) + jsonBytes(id) + jsonBytes(replyTo) + jsonBytes(reason);

/** Bytes of a text in UTF-8. */
export const bytesOf = (text: string): number => ASCII.test(text) ? text.length : utf8Length(text);

const jsonBytes = (text: string | undefined): number =>
  text === undefined ? 0 : PLAIN_TEXT.test(text) ? text.length + 2 : utf8Length(JSON.stringify(text));

/** Decodes a conversation's messages. @param peer  Not in the bytes: it is the same for all. */
export function decodeBlock(bytes: Uint8Array, peer: string): StoredMessage[] {
  const bodiesAt = 4 + readU32(bytes, 0);
  const metas = JSON.parse(fromUtf8(bytes.subarray(4, bodiesAt))) as Meta[];
  let at = bodiesAt;
  return metas.map((meta) => {
    const body = fromUtf8(bytes.subarray(at, at + meta[4]));
    at += meta[4] + 1;
    return messageOf(meta, body, peer);
  });
}

/** Whether a body of the block may hold a folded text. False alarms are possible, misses are not. */
export const mayHold = (bytes: Uint8Array, folded: string): boolean =>
  fold(fromUtf8(bytes.subarray(4 + readU32(bytes, 0)))).includes(folded);

/** The longest part of a text that stands the same in a JSON value, which may escape what is between such parts. */
export const unescaped = (text: string): string =>
  text.split(/["\\/<>&\p{Cc}\u2028\u2029]/u).reduce((most, part) => part.length > most.length ? part : most);

/**
 * A text without differences of case. Upper case, because lower-casing a sigma depends on what stands around it;
 * composed, because `é` has two spellings.
 */
export const fold = (text: string): string => text.normalize("NFC").toUpperCase().normalize("NFC");

function metaOf(message: StoredMessage, bodyBytes: number): Meta {
  const { position, direction, form, via, state, atNs, id = 0, replyTo = 0, reason = 0 } = message;
  const flags = (direction === "out" ? OUT : 0) | (form === "envelope" ? ENVELOPE : 0) |
    VIA[via];
  return [position, flags, state, String(atNs), bodyBytes, id, replyTo, reason];
}

function messageOf(meta: Meta, body: string, peer: string): StoredMessage {
  const [position, flags, state, at, , id, replyTo, reason] = meta;
  return {
    peer,
    position,
    direction: flags & OUT ? "out" : "in",
    ...(id === 0 ? {} : { id }),
    body,
    atNs: BigInt(at),
    state,
    ...(reason === 0 ? {} : { reason }),
    ...(replyTo === 0 ? {} : { replyTo }),
    form: flags & ENVELOPE ? "envelope" : "text",
    via: flags & DMSG_CHAT ? "dmsg-chat" : flags & GROUP ? "group" : flags & PAIR ? "pair" : "dmsg",
  };
}
