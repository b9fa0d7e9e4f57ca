/**
 * What a key does: the overlay on top first, then the table of the place, then the text that is being written.
 *
 * @module
 */
import { runCommand } from "../commands/mod.ts";
import { choose } from "../commands/picker.ts";
import { edit, editing, EMPTY, insert } from "../compose/editor.ts";
import { areasOf, noticeRows } from "../drawing/areas.ts";
import { OVERLAYS } from "../overlays/mod.ts";
import { conversationAt, firstShown } from "../screens/picker.ts";
import { chain, openThread, pop, push, say, step, threadOf, withThread, withTop } from "../state/model.ts";
import type { Model, Step } from "../state/types.ts";
import { scrollTo } from "./choosing.ts";
import { fitsMessage, insertFitting } from "./draft_room.ts";
import { commandOf } from "./keymap.ts";
import { open as openConversation } from "./threads.ts";

/** Commands whose keys work above an overlay, too. */
const ABOVE = ["quit", "suspend", "redraw", "help"];

/** A key. */
export function keyPressed(before: Model, key: string): Step {
  const model: Model = before.notice === undefined ? before : { ...before, notice: undefined };
  const top = model.overlays.at(-1);
  if (top !== undefined) {
    const kind = OVERLAYS[top.name];
    const taken = kind.update(model, top, { key });
    if (taken !== undefined) return taken;
    // Where nothing is typed into a line, the letters of the picker mean the same.
    const { keys } = model.preferences;
    const command = commandOf(keys, "any", key) ??
      (kind.prompt === undefined && commandOf(keys, "picker", key) === "help" ? "help" : undefined);
    if (command === "help" && top.name === "help") return step(model);
    if (command === "help") {
      const above = { title: kind.title(model, top), hint: kind.hint, isTyped: kind.prompt !== undefined };
      return chain(runCommand(model, command), (next) => step(withTop(next, { about: { above } })));
    }
    if (command !== undefined && ABOVE.includes(command)) return runCommand(model, command);
    return step(key === "ctrl+k" ? pop(model) : model);
  }
  if (model.focus === "picker") return inPicker(model, key);
  if (model.focus === "compose") return inCompose(model, key);
  const command = commandOf(model.preferences.keys, "messages", key);
  return command === undefined ? step(model) : runCommand(model, command);
}

/**
 * The wheel, by rows: what is on top moves, or what it is over: the conversation, or the list. The list's cursor goes along
 * unless it shows which conversation is open.
 */
export function wheeled(
  model: Model,
  { rows, column }: { readonly rows: number; readonly column: number },
): Step {
  if (model.overlays.length > 0) {
    const turn = (next: Model): Step => keyPressed(next, rows < 0 ? "up" : "down");
    return chain(step(model), ...Array.from({ length: Math.abs(rows) }, () => turn));
  }
  const { picker, body } = areasOf(model);
  if (column >= picker && model.open !== undefined) return scrollTo(model, rows);
  const from = Math.max(0, firstShown(model, body) + rows);
  return chain(
    model.focus === "picker" ? choose(model, rows) : step(model),
    (next) => step({ ...next, picker: { ...next.picker, from } }),
  );
}

/** A click: on a conversation of the list, while nothing lies above it, opens that one. */
export function clicked(
  model: Model,
  { column, row }: { readonly column: number; readonly row: number },
): Step {
  const { picker, body } = areasOf(model);
  // A notice of several rows lies over the last ones.
  const last = Math.min(body, body + 1 - noticeRows(model).length);
  if (model.overlays.length > 0 || column >= picker || row < 1 || row > last) return step(model);
  const id = conversationAt(model, body, row - 1);
  if (id === undefined) return step(model);
  const opened = openConversation({ ...model, notice: undefined }, id);
  // Without the filter it is another list.
  if (model.picker.filter !== undefined) return opened;
  const from = firstShown(model, body);
  return chain(opened, (next) => step({ ...next, picker: { ...next.picker, from } }));
}

/** A pasted text: it never runs or sends anything. */
export function pasted(model: Model, text: string): Step {
  const top = model.overlays.at(-1);
  if (top !== undefined) return OVERLAYS[top.name].update(model, top, { paste: text }) ?? step(model);
  if (model.focus === "picker") {
    // A pasted key is somebody to write to, a link an invite.
    if (/^(?:skychat:|dmsg:invite:)/.test(text.trim())) {
      return step(push(model, "join", { input: editing(text.trim()) }));
    }
    return step(push(model, "new", { input: insert(EMPTY, text.trim().split("\n")[0]) }));
  }
  const opened = openThread(model);
  if (opened === undefined) return step(model);
  const { draft, left, limit } = insertFitting(model, opened.id, opened.thread.draft, text);
  const next = withThread({ ...model, focus: "compose" }, opened.id, { draft, selected: undefined });
  return step(left > 0 ? say(next, tooLong(left, limit), "error") : next);
}

const tooLong = (left: number, limit: number): string =>
  `The paste is cut: ${left} characters beyond ${limit} bytes; /send-file sends a file`;

const FULL = "A message holds no more; /send-file sends a file";

/** A row of the overlay on top, as the linear mode chooses it. */
export function chosen(
  before: Model,
  { at, text, key = "enter" }: { readonly at: number; readonly text?: string; readonly key?: string },
): Step {
  const model: Model = { ...before, notice: undefined };
  const top = model.overlays.at(-1);
  if (top === undefined) return step(model);
  const next = withTop(model, { at, ...(text === undefined ? {} : { input: editing(text) }) });
  return OVERLAYS[top.name].update(next, next.overlays.at(-1)!, { key }) ?? step(next);
}

function inPicker(model: Model, key: string): Step {
  const { filter } = model.picker;
  const command = commandOf(model.preferences.keys, "picker", key);
  const isLetter = /^\P{Cc}$/u.test(key);
  if (filter !== undefined) {
    if (key === "esc") return step({ ...model, picker: { selected: model.picker.selected } });
    if (key === "backspace" && filter.text === "") {
      return step({ ...model, picker: { selected: model.picker.selected } });
    }
    const isCommand = command !== undefined && !isLetter && !["left", "right", "home", "end"].includes(key);
    const input = isCommand ? undefined : edit(filter, key);
    if (input !== undefined) return step({ ...model, picker: { ...model.picker, filter: input } });
  }
  if (command !== undefined) return runCommand(model, command);
  if (isLetter && key !== " ") {
    return step({ ...model, picker: { ...model.picker, filter: insert(EMPTY, key) } });
  }
  return step(model);
}

function inCompose(model: Model, key: string): Step {
  const opened = openThread(model);
  if (opened === undefined) return step({ ...model, focus: "picker" });
  const { id, thread } = opened;
  if (key === "/" && thread.draft.text === "") return runCommand(model, "palette");
  const command = commandOf(model.preferences.keys, "compose", key);
  if (command !== undefined) return runCommand(model, command);
  // What is cut in one draft can be put into another: who is asked meanwhile answers first.
  const draft = edit(model.cut === undefined ? thread.draft : { ...thread.draft, cut: model.cut }, key);
  if (draft !== undefined && !fitsMessage(model, id, draft)) {
    // What is longer already, as $EDITOR has written it, may be made shorter.
    if (draft.text.length > thread.draft.text.length) return step(say(model, FULL, "error"));
  }
  if (draft !== undefined) return step(withThread({ ...model, cut: draft.cut ?? model.cut }, id, { draft }));
  // Above the first row and below the last one there are the lines that were sent.
  if (key === "up" || key === "down") return runCommand(model, key === "up" ? "older-line" : "newer-line");
  return step(withThread(model, id, { draft: threadOf(model, id).draft }));
}
