/**
 * An answer: the beginning of what it answers stands above it, from our own copy where there is one.
 *
 * @see specification skychat §a.1, `skychat_reply` and `reply_to`
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { readBody, type ReplyBody } from "../../lib/chat/body.ts";
import { oneLine } from "../drawing/text.ts";
import { msOf } from "../drawing/time.ts";
import { clip } from "../drawing/width.ts";
import { writerOf } from "../state/model.ts";
import { type Renderer, type Surroundings, textRows } from "./renderer.ts";

/** Longest quote, so that a narrow screen and a wide one show the same. */
const QUOTE_COLUMNS = 60;

const bodyOf = ({ text }: MessageView): ReplyBody | undefined => {
  const body = text.includes("skychat_reply") ? readBody(text) : undefined;
  return body?.kind === "reply" ? body : undefined;
};

/** Whether a message may show another one; cheap. */
export const mayQuote = ({ replyTo, text }: MessageView): boolean =>
  replyTo !== undefined || text.includes("skychat_reply");

/** Whose message an answer in a group answers; undefined: it is none, or does not say. */
export const answeredBy = (message: MessageView): string | undefined => bodyOf(message)?.toSender;

/** Draws answers. */
export const reply: Renderer = {
  kind: "reply",
  is: (message) => message.replyTo !== undefined || bodyOf(message) !== undefined,
  rows: (message, around) => [
    [{ text: clip(`│ ${quoted(message, around)}`, Math.min(around.width, QUOTE_COLUMNS)), style: "quote" }],
    ...textRows(bodyOf(message)?.text ?? message.text, around.width),
  ],
  words: (message) => bodyOf(message)?.text ?? message.text,
};

/** Who said what, as far as we have it; of what only the answer tells, nobody is named, for it may tell anything. */
function quoted(message: MessageView, { model, thread, lineOf }: Surroundings): string {
  const body = bodyOf(message);
  const found = thread.messages.find((one) =>
    message.replyTo === undefined ? isMeant(one, body, model.own) : one.id === message.replyTo
  );
  if (found !== undefined) return `${writerOf(model, found)}: ${lineOf(found)}`;
  return body?.toPreview === undefined ? "(an earlier message)" : oneLine(body.toPreview);
}

/** Whether an answer in a group, which tells no id, means a message. */
const isMeant = ({ outgoing, sender, ts }: MessageView, body: ReplyBody | undefined, own: string): boolean =>
  body?.toSender !== undefined && body.toTs !== undefined &&
  body.toSender === (outgoing ? own : sender) && msOf(body.toTs) === msOf(ts);
