/**
 * Begins a conversation with a key or a name.
 *
 * @module
 */
import { inviteIn } from "../../lib/overlay/invite.ts";
import { named, namedWhole } from "../commands/picker.ts";
import { cleanLine } from "../drawing/text.ts";
import { fit } from "../drawing/width.ts";
import { idOf, pop, say, shortKey, step } from "../state/model.ts";
import type { Model, Overlay } from "../state/types.ts";
import { open } from "../steps/threads.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";
import { folded } from "../../lib/wire/folded.ts";

function items(model: Model, { input }: Overlay): Item[] {
  const wanted = folded(input.text.trim());
  return [...model.names].filter(([key, name]) =>
    folded(name).includes(wanted) || (wanted !== "" && key.startsWith(wanted))
  )
    .map(([key, name]) => ({ id: idOf(key), text: `${fit(cleanLine(name), 20)} ${shortKey(key)}` }));
}

/** Why nobody is meant: of what looks like a key, what is wrong with it. */
const nobody = (text: string): string =>
  text !== "" && !/^[0-9a-f]{8,}$/i.test(text)
    ? `Nobody is called ${text}: give the public key, 66 hex characters`
    : "A public key is 66 hex characters that begin with 02 or 03";

/** The overlay. */
export const fresh: OverlayKind = overlayOf({
  name: "new",
  opensOn: "new",
  title: () => "Begin a conversation: a public key or a name",
  prompt: "to: ",
  hint: "Enter opens · ↑ ↓ choose a name · Esc closes",
  items,
  choose(model, { input, at }, item) {
    // What is typed whole goes before the row that it stands on, and a row that was gone to before all.
    const whole = at > 0 ? undefined : namedWhole(model, input.text);
    const id = whole ?? item?.id ?? named(model, input.text);
    if (id !== undefined) return open(pop(model), id);
    const link = inviteIn(input.text);
    if (link !== undefined) {
      return step(say(pop(model), "Asking to be let in", "dim"), { kind: "join", link });
    }
    return step(say(model, nobody(input.text.trim()), "error"));
  },
});
