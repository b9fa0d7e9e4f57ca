/**
 * Search, here or everywhere; a result opens its conversation at its place.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { foundAt, foundInQuote } from "../../lib/app/messages/searched.ts";
import { editing } from "../compose/editor.ts";
import { areasOf } from "../drawing/areas.ts";
import { oneLine } from "../drawing/text.ts";
import { msOf, shortTimeOf } from "../drawing/time.ts";
import { widthOf } from "../drawing/width.ts";
import { lineIn } from "../messages/mod.ts";
import { chain, idOf, nameOf, pop, push, step, withTop, writerOf } from "../state/model.ts";
import type { ConversationId, Model, Overlay, Step } from "../state/types.ts";
import { jump, open } from "../steps/threads.ts";
import { type Item, type OverlayKind, overlayOf } from "./overlay.ts";

const scope = ({ about }: Overlay): ConversationId | undefined => about?.id as ConversationId | undefined;

/** What came of the search that is shown; undefined: nothing yet. */
const foundBy = ({ found }: Model, overlay: Overlay): readonly MessageView[] | undefined =>
  found?.text === overlay.input.text.trim() && found.id === scope(overlay) ? found.messages : undefined;

/** Columns of the mark of the chosen row. */
const CURSOR_COLUMNS = 2;
/** Most of what is shown before what was found, where the beginning has no room. */
const BEFORE = 20;

/**
 * A text whose beginning is on the screen, or, where that has not what was looked for, the words around it: several
 * results of one conversation would look the same.
 * @param room  Columns.
 */
function around(text: string, wanted: string, room: number): string {
  if (widthOf(text) <= room) return text;
  const at = foundAt(text, wanted);
  if (at < 0 || widthOf(text.slice(0, at + wanted.length)) < room) return text;
  const last = Math.max(0, text.length - room + 1); // from there on all has room
  const before = Math.max(0, at - Math.min(BEFORE, Math.floor(room / 3)));
  const from = widthOf(text.slice(last)) < room ? Math.min(before, last) : before;
  const space = text.indexOf(" ", from);
  return `…${text.slice(space >= 0 && space < at ? space + 1 : at).toWellFormed()}`;
}

function items(model: Model, overlay: Overlay): Item[] {
  const { main: { width } } = areasOf(model);
  const wanted = overlay.input.text.trim();
  return (foundBy(model, overlay) ?? []).map((message) => {
    const where = nameOf(model, idOf(message.peer));
    const inGroup = message.sender === undefined ? where : `${writerOf(model, message)} in ${where}`;
    const who = message.outgoing ? `you → ${where}` : inGroup;
    const quote = foundInQuote(message.text, wanted);
    const answer = quote === undefined ? "" : `(answers ${JSON.stringify(oneLine(quote))}) `;
    const text = answer + lineIn(model, message);
    const head = `${shortTimeOf(model, msOf(message.ts))}  ${who}: `;
    // Lines have no width.
    const shown = model.isLines ? text : around(text, wanted, width - CURSOR_COLUMNS - widthOf(head));
    return { id: `${message.peer}:${message.position}`, text: head + shown };
  });
}

/** In the conversation that is open instead of everywhere, and back; what was searched for is at once. */
function elsewhere(model: Model, overlay: Overlay): Step {
  const id = scope(overlay) === undefined ? model.open : undefined;
  const text = overlay.input.text.trim();
  const next = withTop({ ...model, found: undefined }, { about: { id, asked: text }, at: 0 });
  return text === "" ? step(next) : step(next, { kind: "search", text, id });
}

/**
 * Opens it. Without words the last search of that place is there again, where it was left: to go on to the next result,
 * or to type something else.
 * @param text  What is looked for; "" for nothing yet.
 * @param ids  Where: undefined for everywhere. The first of them is where something else is looked for.
 */
export function searches(model: Model, text: string, ...ids: readonly (ConversationId | undefined)[]): Step {
  const { found } = model;
  if (text === "" && found !== undefined && ids.includes(found.id)) {
    const about = { id: found.id, again: found.text, asked: found.text };
    return step(push(model, "search", { input: editing(found.text), about, at: found.at ?? 0 }), {
      kind: "search",
      text: found.text,
      id: found.id,
    });
  }
  const [id] = ids;
  const next = push({ ...model, found: undefined }, "search", {
    input: editing(text),
    about: { id, asked: text },
  });
  return text === "" ? step(next) : step(next, { kind: "search", text, id });
}

/** What is typed behind the words of the last search begins another one. */
function typed(model: Model, { about, input }: Overlay): Step {
  const { again, ...rest } = about ?? {};
  if (typeof again !== "string") return step(model);
  const isBehind = input.text.startsWith(again) && input.text !== again && input.at === input.text.length;
  const line = isBehind ? { input: editing(input.text.slice(again.length)) } : {};
  return step(withTop(model, { about: rest, ...line }));
}

/** The overlay. */
export const search: OverlayKind = overlayOf({
  name: "search",
  opensOn: "search",
  title: (model, overlay) => {
    const id = scope(overlay);
    return id === undefined ? "Search everywhere" : `Search in ${nameOf(model, id)}`;
  },
  keys: { "ctrl+s": elsewhere },
  prompt: "find: ",
  hint: "Enter searches · again opens · Ctrl+S where · Esc closes",
  lines(model, overlay) {
    const found = foundBy(model, overlay);
    if (found?.length === 0) return [[{ text: "Nothing was found", style: "dim" }]];
    const text = overlay.input.text.trim();
    // Many messages take seconds; lines say so by themselves, and a notice why nothing comes.
    const isAsked = found === undefined && text !== "" && overlay.about?.asked === text;
    const isTold = model.isLines || model.notice !== undefined;
    return isAsked && !isTold ? [[{ text: "Searching …", style: "dim" }]] : [];
  },
  items,
  typed,
  choose(model, overlay, item) {
    if (item === undefined) {
      const text = overlay.input.text.trim();
      const next = withTop(model, { about: { ...overlay.about, asked: text } });
      return text === "" ? step(model) : step(next, { kind: "search", text, id: scope(overlay) });
    }
    const at = item.id.lastIndexOf(":");
    const id = idOf(item.id.slice(0, at));
    const position = Number(item.id.slice(at + 1));
    const found = model.found && { ...model.found, at: overlay.at };
    return chain(open(pop({ ...model, found }), id), (next) => jump(next, id, position), (next) =>
      step({
        ...next,
        threads: { ...next.threads, [id]: { ...next.threads[id], selected: position } },
        focus: "messages",
      }));
  },
});
