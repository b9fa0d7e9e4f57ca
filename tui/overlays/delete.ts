/**
 * Asks how to delete a message.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { clip } from "../drawing/width.ts";
import { lineIn } from "../messages/mod.ts";
import { textRows } from "../messages/renderer.ts";
import { waysToDelete, type WayToDelete } from "../steps/deleting.ts";
import { pop, step, threadOf, withThread, writerOf } from "../state/model.ts";
import type { Model, Overlay } from "../state/types.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

const messageOf = (model: Model, { about }: Overlay): MessageView | undefined =>
  model.open === undefined
    ? undefined
    : threadOf(model, model.open).messages.find(({ position }) => position === about?.position);

/** Short enough for any screen: a choice is one row. */
const WORDS: Readonly<Record<WayToDelete, string>> = { here: "for me", everywhere: "for everyone" };

/** What it means, above the choices, in as many rows as it takes. */
function meaningOf({ via, state }: MessageView, way: WayToDelete): string {
  if (way === "here") return "For me: the text goes here.";
  if (state === "deleted") return "For everyone: the other program is asked again to take it away.";
  const others = via === "group" ? "their programs are" : "the other program is";
  return `For everyone: ${others} asked to take it away, too.`;
}

/** The overlay. */
export const remove: OverlayKind = overlayOf({
  name: "delete",
  opensOn: "delete",
  title: () => "Delete this message?",
  hint: "Enter or a digit chooses · Esc keeps it",
  lines(model, top, width) {
    const message = messageOf(model, top);
    if (message === undefined) return [];
    const quote = clip(`${writerOf(model, message)}: ${lineIn(model, message)}`, width);
    const meanings = waysToDelete(message).map((way) => meaningOf(message, way)).join(" ");
    return [[{ text: quote, style: "quote" }], ...textRows(meanings, width, "dim")];
  },
  items(model, top) {
    const message = messageOf(model, top);
    return (message === undefined ? [] : waysToDelete(message)).map((way, i) => ({
      id: way,
      text: `${i + 1}  ${WORDS[way]}`,
    }));
  },
  choose(model, { about }, item) {
    const id = model.open;
    if (id === undefined || item === undefined) return step(pop(model));
    const next = { ...withThread(pop(model), id, { selected: undefined }), focus: "compose" as const };
    return step(next, {
      kind: "remove",
      id,
      position: about!.position as number,
      everywhere: item.id === "everywhere",
    });
  },
});
