/**
 * What is said first of a conversation that is opened.
 *
 * @module
 */
import { answersWords } from "../messages/answered.ts";
import { draftOf } from "../screens/picker.ts";
import { conversationOf, keyOf, nameOf } from "../state/model.ts";
import type { ConversationId, Model } from "../state/types.ts";
import { standsIn } from "../steps/standing.ts";

/** With whom it is, how one stands there, and what was begun and not sent. */
export function openingLines(model: Model, id: ConversationId): string[] {
  const stands = conversationOf(model, id)?.paired ? "paired" : standsIn(model, keyOf(id));
  const head = [`Conversation with ${nameOf(model, id)}`, ...(stands ? [stands] : [])].join(", ");
  const draft = draftOf({ ...model, focus: "picker" }, id);
  if (draft === "") return [head];
  const answers = answersWords(model, id);
  return [
    head,
    ...(answers === undefined ? [] : [`The draft ${answers}`]),
    `Draft: ${draft}`,
    "/send sends the draft",
  ];
}
