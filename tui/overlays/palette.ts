/**
 * All commands, filtered by what is typed; what follows the name is its argument. Those of bots are written into the box.
 *
 * @module
 */
import { COMMANDS, isPossible, isTooMuch, runCommand } from "../commands/mod.ts";
import { editing, EMPTY, insert } from "../compose/editor.ts";
import { fit } from "../drawing/width.ts";
import { openThread, pop, say, step, withThread, withTop } from "../state/model.ts";
import type { Model, Overlay, Step } from "../state/types.ts";
import { beginningWith, commandWords } from "../steps/bot_commands.ts";
import { keysOf, type Place } from "../steps/keymap.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";

/** Name and argument of what was typed. */
const parts = ({ input }: Overlay): [name: string, argument: string] => {
  const match = /^\s*(\S*)\s*(.*)$/s.exec(input.text)!;
  return [match[1], match[2].trim()];
};

function items(model: Model, overlay: Overlay): Item[] {
  const [wanted, argument] = parts(overlay);
  const place = model.focus as Place;
  const own = Object.entries(COMMANDS)
    .filter(([name, command]) =>
      !command.isMovement && isPossible(model, command) && matches(name, command.brief, wanted, argument)
    )
    .map(([name, { brief, argument: takes }]) => {
      const [key] = keysOf(model.preferences.keys, place, name);
      const call = takes === undefined ? name : `${name} ${takes}`;
      // Of the one that is typed whole there is all that may follow it.
      const column = name === wanted ? call.padEnd(24) : fit(call, 24);
      return { id: name, text: `${column} ${brief}${key === undefined ? "" : `  (${key})`}` };
    });
  // Behind ours, so that nothing moves when they come; by its name a bot's is as near.
  return [...own, ...ofBots(model, wanted, argument)]
    .sort((a, b) => rank(a.id, wanted) - rank(b.id, wanted));
}

/** With an argument the name must be whole; else letters of the name or the description are enough. */
function matches(name: string, brief: string, wanted: string, argument: string): boolean {
  if (argument !== "") return name === wanted;
  return name.includes(wanted.toLowerCase()) || brief.toLowerCase().includes(wanted.toLowerCase());
}

const rank = (name: string, wanted: string): number => {
  const plain = name.startsWith(OF_BOT) ? name.slice(OF_BOT.length) : name;
  return plain === wanted ? 0 : plain.startsWith(wanted) ? 1 : 2;
};

/** Before the name of a bot's command: it may be called like one of ours. */
const OF_BOT = "/";

function ofBots(model: Model, wanted: string, argument: string): Item[] {
  if (model.focus === "picker") return [];
  return beginningWith(model, "").filter(({ name, help }) => matches(name, help, wanted, argument))
    .map((command) => {
      const words = commandWords(model, command);
      const end = command.name.length + 1;
      return { id: OF_BOT + command.name, text: `${fit(words.slice(0, end), 24)} ${words.slice(end + 2)}` };
    });
}

/** Writes a bot's command into the box, before what is there; Enter sends it. */
function writes(model: Model, command: string, argument: string): Step {
  const { id, thread } = openThread(model)!;
  const text = [command, argument, thread.draft.text].filter((part) => part !== "").join(" ");
  const draft = editing(argument === "" && thread.draft.text === "" ? `${text} ` : text);
  return step(withThread({ ...pop(model), focus: "compose" }, id, { draft, selected: undefined }));
}

/** What is typed is no command, or none that could do something here: says so, and leaves it there to be mended. */
const unknown = (model: Model, wanted: string, argument: string): Step =>
  wanted === "" ? step(model) : runCommand(model, wanted, argument);

/** Runs one of ours; where what is typed behind it is nothing to it, it stays there to be mended. */
const runs = (model: Model, name: string, argument: string): Step =>
  runCommand(isTooMuch(name, argument) ? model : pop(model), name, argument);

/**
 * Whether nothing but its description has what was typed, and nobody has chosen it: who typed a name that does not exist
 * did not ask for that command.
 */
const isFoundByWords = (overlay: Overlay, { id }: Item): boolean =>
  overlay.at === 0 && !nameIn(id).includes(parts(overlay)[0].toLowerCase());

/** Writes its name into the line, where Enter runs it. */
const completed = (model: Model, overlay: Overlay, { id }: Item): Model =>
  withTop(model, { input: editing(`${nameIn(id)} ${parts(overlay)[1]}`), at: 0 });

const nameIn = (id: string): string => id.slice(id.startsWith(OF_BOT) ? 1 : 0);

/** The overlay. */
export const palette: OverlayKind = overlayOf({
  name: "palette",
  opensOn: "palette",
  title: () => "Commands",
  prompt: "/ ",
  hint: "Enter runs · Tab completes · Esc closes",
  items,
  choose: (model, overlay, item) =>
    item === undefined
      ? unknown(model, ...parts(overlay))
      : isFoundByWords(overlay, item)
      ? step(say(completed(model, overlay, item), `Enter runs /${nameIn(item.id)}`))
      : item.id.startsWith(OF_BOT)
      ? writes(model, item.id, parts(overlay)[1])
      : runs(model, item.id, parts(overlay)[1]),
  keys: {
    tab: (model, overlay, item) => step(item === undefined ? model : completed(model, overlay, item)),
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
