/**
 * What fits the message that is being written, as it will be sent: with its id, and with what it answers.
 *
 * @module
 */
import { MAX_PAYLOAD_BYTES } from "../../lib/chat/frame.ts";
import { payloadFor } from "../../lib/chat/outgoing.ts";
import { utf8Length } from "../../lib/wire/bytes.ts";
import { sendEffect } from "../commands/conversation.ts";
import { type Editor, insert } from "../compose/editor.ts";
import { answeredIn } from "../messages/answered.ts";
import { isPerson } from "../state/model.ts";
import type { ConversationId, Model } from "../state/types.ts";

/** A shorter text fits, however it is written: a character is three bytes of UTF-8, or six of JSON. */
const ALWAYS_CHARS = 8192;
/** As long as those that are made for messages. */
const SOME_ID = "0".repeat(16);

/** A draft with as much of a text as fits. */
export interface Inserted {
  /** It. */
  readonly draft: Editor;
  /** Characters of the text that are left out. */
  readonly left: number;
  /** How long a plain text may be, bytes. */
  readonly limit: number;
}

/** Puts a text into a conversation's draft, up to what can be sent. */
export function insertFitting(model: Model, id: ConversationId, before: Editor, text: string): Inserted {
  const size = (draft: string): number => bytesOf(model, id, draft);
  const limit = MAX_PAYLOAD_BYTES - size("x") + 1;
  const fits = (count: number): boolean => fitsMessage(model, id, insert(before, text.slice(0, count)));
  let [good, bad] = [0, Math.min(text.length, MAX_PAYLOAD_BYTES) + 1];
  if (fits(bad - 1)) good = bad - 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  const draft = insert(before, text.slice(0, good));
  return { draft, left: text.length - (draft.text.length - before.text.length), limit };
}

/** Whether a draft can be sent as it is. */
export const fitsMessage = (model: Model, id: ConversationId, { text }: Editor): boolean =>
  text.length <= ALWAYS_CHARS || bytesOf(model, id, text) <= MAX_PAYLOAD_BYTES;

function bytesOf(model: Model, id: ConversationId, draft: string): number {
  const effect = sendEffect(model, id, draft, 0, answeredIn(model, id));
  if (!isPerson(id)) return utf8Length(effect.text);
  const { text, replyTo } = effect;
  return payloadFor({ text, replyTo, id: SOME_ID, ack: true }).length;
}
