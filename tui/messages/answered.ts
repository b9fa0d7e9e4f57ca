/**
 * What the message that is being written answers.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { threadOf, writerOf } from "../state/model.ts";
import type { ConversationId, Model } from "../state/types.ts";
import { lineIn } from "./mod.ts";

/** What the draft of a conversation answers, as it is now as far as that is loaded. */
export const answeredIn = (model: Model, id: ConversationId): MessageView | undefined => {
  const { messages, replyTo } = threadOf(model, id);
  return messages.find(({ position }) => position === replyTo?.position) ?? replyTo;
};

/** `answers alice: how are you?`; undefined: it answers nothing. */
export function answersWords(model: Model, id: ConversationId): string | undefined {
  const answered = answeredIn(model, id);
  if (answered === undefined) return undefined;
  const who = answered.outgoing ? "yourself" : writerOf(model, answered);
  return `answers ${who}: ${lineIn(model, answered)}`;
}
