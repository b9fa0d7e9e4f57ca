/**
 * Asks for an invite.
 *
 * @module
 */
import { pop, say, step } from "../state/model.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** The overlay. */
export const join: OverlayKind = overlayOf({
  name: "join",
  opensOn: "join",
  title: () => "Take up an invite: paste its link",
  prompt: "invite: ",
  hint: "Enter takes it up · skychat:invite:…, dmsg:invite:… or skychat://… · Esc closes",
  choose(model, { input }) {
    const link = input.text.trim();
    if (link === "") return step(pop(model));
    return step(say(pop(model), "Asking to be let in", "dim"), { kind: "join", link });
  },
});
