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
import type { Quote } from "../state/effect.ts";
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
  const quote = quoteIn(message, model.own);
  const found = quote && thread.messages.find((one) => isQuoted(one, quote));
  if (found !== undefined) return `${writerOf(model, found)}: ${lineOf(found)}`;
  return body?.toPreview === undefined ? "(an earlier message)" : oneLine(body.toPreview);
}

/** What a message answers; undefined: nothing that it tells. */
export function quoteIn(message: MessageView, own: string): Quote | undefined {
  if (message.replyTo !== undefined) return { id: message.replyTo };
  const { toSender, toTs } = bodyOf(message) ?? {};
  if (toSender === undefined || toTs === undefined) return undefined;
  return { ...(toSender === own ? {} : { sender: toSender }), ms: msOf(toTs) };
}

/** Whether a message is what an answer answers; one in a group tells no id. */
export const isQuoted = ({ id, outgoing, sender, ts }: MessageView, quote: Quote): boolean =>
  quote.id === undefined
    ? (outgoing ? quote.sender === undefined : sender !== undefined && quote.sender === sender) &&
      quote.ms === msOf(ts)
    : quote.id === id;
