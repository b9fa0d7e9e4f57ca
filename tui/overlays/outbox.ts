/**
 * What waits to be sent.
 *
 * @module
 */
import { clockOf, msOf } from "../drawing/time.ts";
import { lineIn } from "../messages/mod.ts";
import { idOf, nameOf, step } from "../state/model.ts";
import type { Model, Step } from "../state/types.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";

function items(model: Model): Item[] {
  return (model.outbox ?? []).map(({ message, due, attempts }) => {
    const next = msOf(due) > model.nowMs ? `next at ${clockOf(model, msOf(due))}` : "now";
    const text = lineIn(model, message);
    return {
      id: `${message.peer}:${message.position}`,
      text: `${nameOf(model, idOf(message.peer))}, ${attempts} attempt${
        attempts === 1 ? "" : "s"
      }, ${next}: ${text}`,
    };
  });
}

const about = (kind: "retry" | "cancel") => (model: Model, _: unknown, item: Item | undefined): Step => {
  if (item === undefined) return step(model);
  const at = item.id.lastIndexOf(":");
  const id = idOf(item.id.slice(0, at));
  return step(model, { kind, id, position: Number(item.id.slice(at + 1)) }, { kind: "outbox" });
};

/** The overlay. */
export const outbox: OverlayKind = overlayOf({
  name: "outbox",
  opensOn: "outbox",
  title: () => "Waiting to be sent",
  hint: "R sends now · x cancels · Esc closes",
  lines: (model) => model.outbox?.length === 0 ? [[{ text: "Nothing waits", style: "dim" }]] : [],
  items,
  choose: about("retry"),
  keys: { R: about("retry"), x: about("cancel") },
});
