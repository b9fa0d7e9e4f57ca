/**
 * What can be done about a person.
 *
 * @module
 */
import { runCommand } from "../commands/mod.ts";
import { holderRows } from "../drawing/holder.ts";
import { textRows } from "../messages/renderer.ts";
import { conversationOf, hasName, keyOf, nameOf, pop } from "../state/model.ts";
import type { ConversationId, Model, Overlay } from "../state/types.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";

const idOf = ({ about }: Overlay): ConversationId => about!.id as ConversationId;

function items(model: Model, overlay: Overlay): Item[] {
  const id = idOf(overlay);
  const known = model.peers.get(keyOf(id));
  const rows: [string, string][] = [
    ["alias", hasName(model, id) ? "change the name" : "give a name"],
    ...(hasName(model, id) ? [["unalias", "take the name away"] as [string, string]] : []),
    ["verify", "compare safety words and QR code"],
    ["key", "copy the key"],
    ["level", model.levels[id] === "none" ? "tell about messages again" : "no notices"],
    known?.blocked ? ["unblock", "hear again"] : ["block", "block: take nothing more"],
    ...(known?.accepted ? [] : [["accept", "accept"] as [string, string]]),
    ...pairing(model, id),
    ["forget", "drop all messages here"],
  ];
  return rows.map(([id, text], i) => ({ id, text: `${i + 1}  ${text}` }));
}

/** Being paired, as far as we are or somebody has asked. */
function pairing(model: Model, id: ConversationId): [string, string][] {
  switch (model.pairs.get(keyOf(id))?.status ?? (conversationOf(model, id)?.paired ? "active" : undefined)) {
    case "invited":
      return [["pair", "agree to be paired: it has asked"], ["unpair", "say no to that"]];
    case "pending":
      return [["unpair", "do not be paired: no answer yet"]];
    case "active":
      return [["unpair", "be paired no more"]];
    default:
      return [["pair", "be paired: write while it is away"]];
  }
}

/** The overlay. */
export const person: OverlayKind = overlayOf({
  name: "person",
  opensOn: "person",
  title: (model, overlay) => nameOf(model, idOf(overlay)),
  hint: "Enter or a digit chooses · Esc closes",
  lines: (model, overlay, width) => {
    const key = keyOf(idOf(overlay));
    const { blocked, accepted, verified } = model.peers.get(key) ?? {};
    const words = blocked ? "blocked" : accepted ? "accepted" : "not accepted yet";
    const compared = verified ? ", verified" : "";
    return [
      ...textRows(key, width, "dim"),
      [{ text: words + compared, style: blocked ? "error" : "dim" }],
      ...holderRows(model, model.pairs.get(key)?.holder, width),
      [],
    ];
  },
  items,
  choose: (model, _, item) => runCommand(pop(model), item!.id),
});
