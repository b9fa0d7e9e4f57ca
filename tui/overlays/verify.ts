/**
 * Safety words and a QR code to compare with a person, over a call or face to face.
 *
 * @module
 */
import type { Row } from "../drawing/screen.ts";
import { wrap } from "../drawing/width.ts";
import { textRows } from "../messages/renderer.ts";
import { keyOf, nameOf, say, step } from "../state/model.ts";
import type { ConversationId, Model, Overlay, Step } from "../state/types.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** Columns of a word with what parts it from the next. */
const WORD_COLUMNS = 10;
/** Words in a row. */
const MOST_ABREAST = 4;

function lines(model: Model, { about }: Overlay, width: number): Row[] {
  const id = about!.id as ConversationId;
  const found = model.words.get(keyOf(id));
  if (found === undefined) return [[{ text: "One moment …", style: "dim" }]];
  const explained = `Both of you see the same twelve words. Compare them where nobody can pretend to be ${
    nameOf(model, id)
  }: face to face, or by a voice that you know.`;
  const rows: Row[] = wrap(explained, width).map((text) => [{ text, style: "dim" }]);
  rows.push([]);
  // None of them may be cut; the longest has eight letters.
  const abreast = Math.max(1, Math.min(MOST_ABREAST, Math.floor(width / WORD_COLUMNS)));
  for (let at = 0; at < found.words.length; at += abreast) {
    const words = found.words.slice(at, at + abreast).map((word) => word.padEnd(WORD_COLUMNS)).join("");
    rows.push([{ text: `  ${words}`.trimEnd(), style: "unread" }]);
  }
  rows.push([], ...textRows(keyOf(id), width, "dim"), []);
  const isVerified = model.peers.get(keyOf(id))?.verified ?? false;
  rows.push([{ text: isVerified ? "verified" : "not verified", style: isVerified ? "good" : "dim" }], []);
  // A code that is cut can't be read: it is left out where it does not fit.
  const isWhole = found.qr.every((line) => line.length <= width);
  return [...rows, ...(isWhole ? found.qr : []).map((text): Row => [{ text }])];
}

/** It is remembered; what has changed is told where it is shown. */
function decided(verified: boolean): (model: Model, overlay: Overlay) => Step {
  return (model, { about }) => {
    const id = about!.id as ConversationId;
    const said = `${nameOf(model, id)} is ${verified ? "verified" : "not verified"}`;
    return step(say(model, said), { kind: "decide", peer: keyOf(id), verified });
  };
}

/** The overlay. */
export const verify: OverlayKind = overlayOf({
  name: "verify",
  opensOn: "verify",
  title: (model, { about }) => `Is this really ${nameOf(model, about!.id as ConversationId)}?`,
  hint: "s same · d differ · ↑ ↓ scroll · Esc closes",
  lines,
  keys: { s: decided(true), d: decided(false) },
});
