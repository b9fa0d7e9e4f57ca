/**
 * Chooses whom an item of a list is given to.
 *
 * @module
 */
import { cleanLine } from "../drawing/text.ts";
import { isPerson, keyOf, nameOfPeer, pop, push, step } from "../state/model.ts";
import type { SharedView } from "../state/shared_types.ts";
import type { Model, Overlay, Step } from "../state/types.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";
import { atOf, conversationOf } from "./share.ts";
import { folded } from "../../lib/wire/folded.ts";

/** The row that gives it to nobody: a key has another form. */
const NOBODY = "nobody";

/** Opens it above a list. @param item  The item's id. */
export function gives(model: Model, top: Overlay, item: string): Step {
  const { id, view } = atOf(top);
  const next = push(model, "assign", { about: { id, item, under: view } });
  return isPerson(id) ? step(next) : step(next, { kind: "members", group: keyOf(id) });
}

/** Everybody in the conversation, we first, whose name has what was typed; and nobody. */
function items(model: Model, top: Overlay): Item[] {
  const id = conversationOf(top);
  const others = isPerson(id)
    ? [keyOf(id)]
    : (model.members.get(keyOf(id)) ?? []).map(({ pk }) => pk).filter((pk) => pk !== model.own);
  const wanted = folded(top.input.text.trim());
  return [
    { id: model.own, text: "you" },
    ...others.map((pk) => ({ id: pk, text: nameOfPeer(model, pk) })),
    { id: NOBODY, text: NOBODY },
  ].filter(({ text }) => folded(text).includes(wanted));
}

/** The overlay. */
export const assign: OverlayKind = overlayOf({
  name: "assign",
  opensOn: "lists",
  title: ({ shared }, { about }) =>
    `Who does it: ${cleanLine(shared?.list?.items.find(({ id }) => id === about!.item)?.text ?? "")}`,
  prompt: "to: ",
  hint: "Enter gives it · ↑ ↓ choose · Esc closes",
  lines: (model, top) =>
    items(model, top).length === 0 ? [[{ text: "Nobody here is called so", style: "dim" }]] : [],
  items,
  choose(model, top, item) {
    if (item === undefined) return step(model);
    const who = item.id === NOBODY ? {} : { assignee: item.id };
    return step(pop(model), {
      kind: "share",
      id: conversationOf(top),
      view: top.about!.under as SharedView,
      say: { in: "list", change: { do: "assign", id: top.about!.item as string, ...who } },
    });
  },
});
