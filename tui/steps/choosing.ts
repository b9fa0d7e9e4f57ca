/**
 * Choosing a message: what is chosen is on the screen, and choosing begins with what is there.
 *
 * @module
 */
import { areasOf } from "../drawing/areas.ts";
import { blockOf, indexAt, placeOf, viewport } from "../drawing/layout.ts";
import { chain, openThread, step, threadOf, withThread } from "../state/model.ts";
import type { ConversationId, Model, Step } from "../state/types.ts";
import { jump, near, scroll, toBottom } from "./threads.ts";

/**
 * Chooses the message before or behind the chosen one, and keeps it on the screen; where none is chosen there, the
 * lowest that is.
 * @param by  -1 or 1.
 */
export function select(model: Model, by: number): Step {
  const opened = openThread(model);
  if (opened === undefined || opened.thread.messages.length === 0) {
    return step({ ...model, focus: "compose" });
  }
  const { id, thread: { messages, selected, atEnd } } = opened;
  if (selected === undefined || !isShown(model, selected)) {
    return choose(model, id, edge(model, selected === undefined ? -1 : by));
  }
  const to = indexAt(messages, selected) + by;
  if (to >= messages.length && atEnd) {
    return chain(toBottom(model, id), (next) => step({ ...next, focus: "compose" }));
  }
  return choose(model, id, messages[Math.max(0, Math.min(messages.length - 1, to))].position);
}

/** Chooses a message that is loaded, and shows it. */
export function choose(model: Model, id: ConversationId, position: number): Step {
  const next: Model = { ...withThread(model, id, { selected: position }), focus: "messages" };
  return chain(inSight(next, id, position), (after) => near(after, id));
}

/** Another size of the terminal: what is chosen stays on the screen, and else the place. */
export function resized(model: Model): Step {
  const opened = openThread(model);
  if (opened === undefined) return step(model);
  const { id, thread: { messages, selected } } = opened;
  const isThere = selected !== undefined && messages.some(({ position }) => position === selected);
  if (!isThere || areasOf(model).main.width === 0 || isShown(model, selected)) return near(model, id);
  return chain(inSight(model, id, selected), (next) => near(next, id));
}

/** Scrolls by rows; what is chosen then is on the screen, as commands for it must hit what is seen. */
export function scrollTo(model: Model, rows: number): Step {
  return chain(scroll(model, rows), (next) => {
    const selected = openThread(next)?.thread.selected;
    if (selected === undefined || isShown(next, selected)) return step(next);
    return step(withThread(next, next.open!, { selected: edge(next, rows) }));
  });
}

/** Somewhere else in the conversation: what is chosen is what is there, as commands for it must hit what is seen. */
export function takenAlong(model: Model): Step {
  const opened = openThread(model);
  const isHere = model.focus === "messages" && areasOf(model).main.width > 0;
  if (opened === undefined || !isHere || opened.thread.messages.length === 0) return step(model);
  const { id, thread: { messages, selected } } = opened;
  const isThere = selected !== undefined && messages.some(({ position }) => position === selected);
  if (isThere && isShown(model, selected)) return step(model);
  return step(withThread(model, id, { selected: edge(model, 1) }));
}

/** Goes to a message, and chooses it: at once, or when its page has come. */
export const goTo = (model: Model, id: ConversationId, position: number): Step =>
  chain(
    jump(model, id, position),
    (next) => step({ ...withThread(next, id, { selected: position }), focus: "messages" }),
  );

/** What is on the screen: its first message, the lowest whose last row is, and the lowest of which there is any row. */
function shown(model: Model): { oldest: number; seenTo: number; last: number } {
  const { thread } = openThread(model)!;
  const { messages } = thread;
  const { main, messages: height } = areasOf(model);
  const anchor = placeOf(model, thread, main.width, height);
  const { oldest, seenTo } = viewport(model, thread, main.width, height);
  const at = anchor === undefined ? messages.length : indexAt(messages, anchor.position);
  return { oldest, seenTo, last: messages[Math.min(messages.length - 1, at)].position };
}

function isShown(model: Model, position: number): boolean {
  const { oldest, last } = shown(model);
  return position >= oldest && position <= last;
}

/** The message at the edge of the screen that one comes from: going up the lowest, else the first that is not cut. */
function edge(model: Model, by: number): number {
  const { oldest, seenTo } = shown(model);
  if (by < 0) return Math.max(seenTo, oldest);
  const { messages } = openThread(model)!.thread;
  return seenTo > oldest && isCut(model, oldest) ? messages[indexAt(messages, oldest) + 1].position : oldest;
}

function inSight(model: Model, id: ConversationId, position: number): Step {
  const { messages: height } = areasOf(model);
  // At most one screen of steps either way: whole messages are small against that.
  let next = model;
  for (let tries = 0; tries < height * 2; tries++) {
    const by = side(next, position);
    if (by === 0) break;
    const [moved] = scroll(next, by);
    const [a, b] = [threadOf(moved, id).anchor, threadOf(next, id).anchor];
    if (a?.position === b?.position && a?.hidden === b?.hidden) break;
    next = withThread(next, id, { anchor: a });
  }
  return isShown(next, position) ? step(next) : jump(model, id, position);
}

function side(model: Model, position: number): -1 | 0 | 1 {
  const { oldest, seenTo } = shown(model);
  if (position < oldest || (position === oldest && seenTo > oldest && isCut(model, position))) return -1;
  return position > seenTo && seenTo > 0 ? 1 : 0;
}

/** Whether the first rows of the oldest message are above the screen. */
function isCut(model: Model, position: number): boolean {
  const { thread } = openThread(model)!;
  const { main, messages: height } = areasOf(model);
  const { rows } = viewport(model, thread, main.width, height);
  const index = thread.messages.findIndex((one) => one.position === position);
  return rows[0] !== undefined && rows.length > 0 &&
    !rows.includes(blockOf(model, thread, index, main.width)[0]);
}
