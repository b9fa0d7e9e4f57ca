/**
 * All commands, filtered by what is typed; what follows the name is its argument.
 *
 * @module
 */
import { COMMANDS, isPossible, runCommand } from "../commands/mod.ts";
import { EMPTY } from "../editor.ts";
import { insert } from "../editor.ts";
import { keysOf, type Place } from "../keymap.ts";
import { openThread, pop, step, withThread } from "../model.ts";
import type { Model, Overlay } from "../types.ts";
import { fit } from "../width.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";

/** Name and argument of what was typed. */
const parts = ({ input }: Overlay): [name: string, argument: string] => {
  const match = /^\s*(\S*)\s*(.*)$/s.exec(input.text)!;
  return [match[1], match[2].trim()];
};

function items(model: Model, overlay: Overlay): Item[] {
  const [wanted, argument] = parts(overlay);
  const place = model.focus as Place;
  return Object.entries(COMMANDS)
    .filter(([name, command]) =>
      !command.isMovement && isPossible(model, command) && matches(name, command.brief, wanted, argument)
    )
    .map(([name, { brief, argument: takes }]) => {
      const [key] = keysOf(model.preferences.keys, place, name);
      const call = takes === undefined ? name : `${name} ${takes}`;
      return { id: name, text: `${fit(call, 24)} ${brief}${key === undefined ? "" : `  (${key})`}` };
    })
    .sort((a, b) => rank(a.id, wanted) - rank(b.id, wanted));
}

/** With an argument the name must be whole; else letters of the name or the description are enough. */
function matches(name: string, brief: string, wanted: string, argument: string): boolean {
  if (argument !== "") return name === wanted;
  return name.includes(wanted.toLowerCase()) || brief.toLowerCase().includes(wanted.toLowerCase());
}

const rank = (name: string, wanted: string): number => name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2;

/** The overlay. */
export const palette: OverlayKind = overlayOf({
  name: "palette",
  opensOn: "palette",
  title: () => "Commands",
  prompt: "/ ",
  hint: "Enter runs · Esc closes",
  items,
  choose: (model, overlay, item) =>
    item === undefined ? step(model) : runCommand(pop(model), item.id, parts(overlay)[1]),
  keys: {
    // `//` writes a line that begins with a slash.
    "/": (model, overlay) => {
      const opened = openThread(model);
      if (overlay.input.text !== "" || opened === undefined || model.focus !== "compose") {
        return step({
          ...model,
          overlays: [...model.overlays.slice(0, -1), { ...overlay, input: insert(overlay.input, "/") }],
        });
      }
      return step(withThread(pop(model), opened.id, { draft: insert(EMPTY, "/") }));
    },
  },
});
