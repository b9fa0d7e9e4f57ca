/**
 * Asks before a conversation is dropped.
 *
 * @module
 */
import { textRows } from "../messages/renderer.ts";
import { nameOf, pop, step } from "../state/model.ts";
import type { ConversationId } from "../state/types.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** The overlay. */
export const forget: OverlayKind = overlayOf({
  name: "forget",
  opensOn: "forget",
  title: (model, { about }) => `Drop all messages with ${nameOf(model, about!.id as ConversationId)}?`,
  hint: "Enter or a digit chooses · Esc keeps all",
  lines: (_model, _overlay, width) =>
    textRows("They go here, not at the other end; what waits to be sent goes too.", width, "dim"),
  items: () => [{ id: "keep", text: "1  keep them" }, { id: "drop", text: "2  drop them", style: "error" }],
  choose(model, { about }, item) {
    const id = about!.id as ConversationId;
    return item?.id === "drop" ? step(pop(model), { kind: "forget", id }) : step(pop(model));
  },
});
