/**
 * Asks how to delete a message.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { clip } from "../drawing/width.ts";
import { lineIn } from "../messages/mod.ts";
import { waysToDelete, type WayToDelete } from "../steps/deleting.ts";
import { pop, step, threadOf, withThread, writerOf } from "../state/model.ts";
import type { Model, Overlay } from "../state/types.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

const messageOf = (model: Model, { about }: Overlay): MessageView | undefined =>
  model.open === undefined
    ? undefined
    : threadOf(model, model.open).messages.find(({ position }) => position === about?.position);

const WORDS: Readonly<Record<WayToDelete, string>> = {
  here: "for me: the text goes here",
  everywhere: "for everyone: the other program is asked to take it away, too",
};

/** In a group there are many of them. */
const IN_GROUP = "for everyone: their programs are asked to take it away, too";
/** Of what is gone here. */
const AGAIN = "for everyone: the other program is asked again to take it away";

function wordsOf({ via, state }: MessageView, way: WayToDelete): string {
  if (state === "deleted") return AGAIN; // which a group never offers
  return via === "group" && way === "everywhere" ? IN_GROUP : WORDS[way];
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
    return [[{
      text: clip(`${writerOf(model, message)}: ${lineIn(model, message)}`, width),
      style: "quote",
    }]];
  },
  items(model, top) {
    const message = messageOf(model, top);
    return (message === undefined ? [] : waysToDelete(message)).map((way, i) => ({
      id: way,
      text: `${i + 1}  ${wordsOf(message!, way)}`,
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
