/**
 * Asks for a name.
 *
 * @module
 */
import { textRows } from "../messages/renderer.ts";
import { keyOf, nameOf, pop, step } from "../state/model.ts";
import type { ConversationId } from "../state/types.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** The overlay. */
export const alias: OverlayKind = overlayOf({
  name: "alias",
  opensOn: "alias",
  title: (model, { about }) => `A name for ${nameOf(model, about!.id as ConversationId)}`,
  prompt: "name: ",
  hint: "Enter keeps it · Esc closes",
  lines: (_, { about }, width) => textRows(keyOf(about!.id as ConversationId), width, "dim"),
  choose(model, { input, about }) {
    const name = input.text.trim();
    if (name === "") return step(pop(model));
    return step(pop(model), { kind: "alias", peer: keyOf(about!.id as ConversationId), name });
  },
});
