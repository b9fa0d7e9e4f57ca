/**
 * Unknown people who wrote: accept or refuse.
 *
 * @module
 */
import { keyOf, nameOf, pop, say, shortKey, step } from "../state/model.ts";
import type { Model, Step } from "../state/types.ts";
import { open } from "../steps/threads.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";

/** Conversations with people who are neither accepted nor blocked, as `dmsg requests` lists them. */
function items(model: Model): Item[] {
  return model.conversations
    .filter(({ kind, key, lastTs }) => {
      const known = model.peers.get(key);
      return kind === "person" && lastTs !== undefined && !known?.accepted && !known?.blocked;
    })
    .map(({ id, key, unread }) => {
      const who = model.names.has(key) ? `${nameOf(model, id)}  ${shortKey(key)}` : key;
      return { id, text: `${who}  ${unread} unread` };
    });
}

const decide = (accepts: boolean) => (model: Model, _: unknown, item: Item | undefined): Step => {
  if (item === undefined) return step(model);
  const peer = keyOf(item.id);
  const word = accepts ? "accepted" : "refused: nothing more is taken";
  return step(
    say(model, `${nameOf(model, item.id)} is ${word}`),
    { kind: "decide", peer, ...(accepts ? { accepted: true } : { blocked: true }) },
    { kind: "peers" },
  );
};

/** The overlay. */
export const requests: OverlayKind = overlayOf({
  name: "requests",
  opensOn: "requests",
  title: () => "People who wrote and are not accepted",
  hint: "a accepts · b refuses · Enter reads · Esc closes",
  lines: (model) => items(model).length === 0 ? [[{ text: "Nobody", style: "dim" }]] : [],
  items,
  choose: (model, _, item) => item === undefined ? step(pop(model)) : open(pop(model), item.id),
  keys: { a: decide(true), b: decide(false) },
});
