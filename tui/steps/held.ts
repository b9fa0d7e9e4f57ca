/**
 * What lies on the stack stays on its rows: what is chosen there is somebody or something, and not a place in a list that
 * is sorted anew, grows or shrinks when something comes.
 *
 * @module
 */
import { OVERLAYS } from "../overlays/mod.ts";
import type { Model, Msg, Overlay } from "../state/types.ts";

/** Answers that bring other rows: those of a search stand for what was typed, and shared.ts holds its own. */
const NEW_ROWS: readonly Msg["kind"][] = ["found", "shared", "there"];
/** What the user does moves what is chosen. */
const BY_HAND: readonly Msg["kind"][] = ["key", "paste", "wheel", "click", "command", "choose"];

/** The model after something came, with the same rows chosen as before. */
export function held(before: Model, after: Model, msg: Msg): Model {
  const isNew = NEW_ROWS.includes(msg.kind) && !isSameSearch(before, msg);
  if (after.overlays.length === 0 || isNew || BY_HAND.includes(msg.kind)) return after;
  let isMoved = false;
  const overlays = after.overlays.map((overlay, i) => {
    if (before.overlays[i] !== overlay) return overlay;
    const at = placeOf(before, after, overlay);
    isMoved ||= at !== overlay.at;
    return at === overlay.at ? overlay : { ...overlay, at };
  });
  return isMoved ? { ...after, overlays } : after;
}

/** The same was looked for once more: what is new since stands before what is chosen. */
const isSameSearch = ({ found }: Model, msg: Msg): boolean =>
  msg.kind === "found" && found?.text === msg.text && found.id === msg.id;

/** Where the row that was chosen is now; what is gone leaves its place to the next. */
function placeOf(before: Model, after: Model, overlay: Overlay): number {
  const { items } = OVERLAYS[overlay.name];
  const old = items?.(before, overlay) ?? [];
  const id = old[Math.max(0, Math.min(old.length - 1, overlay.at))]?.id;
  if (items === undefined || id === undefined) return overlay.at;
  const now = items(after, overlay);
  if (now[overlay.at]?.id === id) return overlay.at;
  const at = now.findIndex((item) => item.id === id);
  return at < 0 ? overlay.at : at;
}
