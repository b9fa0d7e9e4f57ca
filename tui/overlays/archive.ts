/**
 * The archived lists of a conversation.
 *
 * @module
 */
import { nameOf, step } from "../state/model.ts";
import { opens, rowsOf, who } from "./lists.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";
import { atOf, conversationOf } from "./share.ts";

/** The overlay. */
export const archive: OverlayKind = overlayOf({
  name: "archive",
  opensOn: "lists",
  title: (model, top) => `Archived lists with ${nameOf(model, conversationOf(top))}`,
  hint: "Enter opens · a takes it out · w who said what · Esc closes",
  lines: ({ shared }) =>
    shared?.archived?.length === 0 ? [[{ text: "Nothing is archived here", style: "dim" }]] : [],
  items: ({ shared }) => rowsOf(shared?.archived),
  choose: opens,
  keys: {
    a: (model, top, item) =>
      item === undefined ? step(model) : step(model, {
        kind: "share",
        ...atOf(top),
        say: { in: "list", change: { do: "unarchive", id: item.id } },
      }),
    w: (model, top, item) =>
      who(model, top, item, ({ shared }) => shared?.archived?.find(({ id }) => id === item?.id)?.name),
  },
});
