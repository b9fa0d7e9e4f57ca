/**
 * Chooses whom to pass a message on to.
 *
 * @module
 */
import { encodeBody } from "../../lib/chat/body.ts";
import { send } from "../commands/conversation.ts";
import { wordsOf } from "../messages/mod.ts";
import { chain, nameOf, pop, step, threadOf, writerOf } from "../state/model.ts";
import { open } from "../steps/threads.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";
import { folded } from "../../lib/wire/folded.ts";

/** The overlay. */
export const forward: OverlayKind = overlayOf({
  name: "forward",
  opensOn: "forward",
  title: () => "Pass on to",
  prompt: "to: ",
  hint: "Enter sends · ↑ ↓ choose · Esc closes",
  items: (model, { input }): Item[] =>
    model.conversations
      .filter(({ id }) => folded(nameOf(model, id)).includes(folded(input.text.trim())))
      .map(({ id }) => ({ id, text: nameOf(model, id) })),
  choose(model, { about }, item) {
    if (model.open === undefined || item === undefined) return step(model);
    const message = threadOf(model, model.open).messages.find(({ position }) => position === about?.position);
    if (message === undefined) return step(pop(model));
    const from = message.outgoing ? undefined : writerOf(model, message);
    const text = encodeBody({ kind: "forward", from, text: wordsOf(message) });
    return chain(open(pop(model), item.id), (next) => send(next, text, false));
  },
});
