/**
 * Asks for the name and the kind of a new group.
 *
 * @module
 */
import { pop, say, step } from "../state/model.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

/** The overlay. */
export const createGroup: OverlayKind = overlayOf({
  name: "create-group",
  opensOn: "create-group",
  title: () => "Make a group",
  prompt: "name: ",
  keepsRow: true,
  hint: "Enter makes it · ↑ ↓ choose the kind · Esc closes",
  items: () => [
    { id: "private", text: "private: sealed, an admin lets in" },
    { id: "public", text: "public: in clear, the invite is enough" },
    { id: "channel", text: "channel: in clear, only admins speak" },
  ],
  choose(model, { input }, item) {
    const name = input.text.trim();
    if (name === "") return step(say(model, "A group has a name", "error"));
    const group = (item?.id ?? "private") as "private" | "public" | "channel";
    return step(say(pop(model), `Founding ${name}`, "dim"), { kind: "create", name, group });
  },
});
