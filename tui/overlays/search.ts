/**
 * Search, here or everywhere; a result opens its conversation at its place.
 *
 * @module
 */
import { wordsOf } from "../messages/mod.ts";
import { chain, idOf, nameOf, pop, step, writerOf } from "../model.ts";
import { cleanLine } from "../text.ts";
import { msOf, shortTimeOf } from "../time.ts";
import { jump, open } from "../threads.ts";
import type { ConversationId, Model, Overlay } from "../types.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";

const scope = ({ about }: Overlay): ConversationId | undefined => about?.id as ConversationId | undefined;

function items(model: Model, overlay: Overlay): Item[] {
  if (model.found?.text !== overlay.input.text) return [];
  return (model.found.messages ?? []).map((message) => {
    const where = nameOf(model, idOf(message.peer));
    const inGroup = message.sender === undefined ? where : `${writerOf(model, message)} in ${where}`;
    const who = message.outgoing ? `you → ${where}` : inGroup;
    const text = cleanLine(wordsOf(message).replaceAll("\n", " "));
    return {
      id: `${message.peer}:${message.position}`,
      text: `${shortTimeOf(model, msOf(message.ts))}  ${who}: ${text}`,
    };
  });
}

/** The overlay. */
export const search: OverlayKind = overlayOf({
  name: "search",
  opensOn: "search",
  title: (model, overlay) => {
    const id = scope(overlay);
    return id === undefined ? "Search everywhere" : `Search in ${nameOf(model, id)}`;
  },
  prompt: "find: ",
  hint: "Enter searches, then opens · ↑ ↓ choose · Esc closes",
  lines: (model, { input }) =>
    model.found?.text === input.text && model.found.messages?.length === 0
      ? [[{ text: "Nothing was found", style: "dim" }]]
      : [],
  items,
  choose(model, overlay, item) {
    if (item === undefined) {
      const text = overlay.input.text.trim();
      return text === "" ? step(model) : step(model, { kind: "search", text, id: scope(overlay) });
    }
    const at = item.id.lastIndexOf(":");
    const id = idOf(item.id.slice(0, at));
    const position = Number(item.id.slice(at + 1));
    return chain(open(pop(model), id), (next) => jump(next, id, position), (next) =>
      step({
        ...next,
        threads: { ...next.threads, [id]: { ...next.threads[id], selected: position } },
        focus: "messages",
      }));
  },
});
