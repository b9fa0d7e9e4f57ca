/**
 * What is loaded of a conversation: opening it, scrolling in it, pages and messages that arrive.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { areasOf, showsMessages } from "../drawing/areas.ts";
import { anchorAtTop, indexAt, scrolled, viewport } from "../drawing/layout.ts";
import {
  chain,
  conversationOf,
  openThread,
  step,
  threadOf,
  withConversation,
  withThread,
} from "../state/model.ts";
import type { ConversationId, Model, Msg, Step, Thread } from "../state/types.ts";
import { isReplaced, joined, lastOf, MAX_LOADED, newestOf, stillUnsent, withoutFirst } from "./pieces.ts";
import { asTold, behindPage, changed, toldChange, toldOf } from "./told.ts";
import { countedWith, hasUnreadTo, readUpTo, unreadIn } from "./unread.ts";
import { updateIn } from "./updates.ts";

/**
 * Opens a conversation, at the first message that is unread; its newest page is asked for when it is not loaded. Where it
 * was left scrolled it keeps its place.
 */
export function open(model: Model, id: ConversationId): Step {
  const thread = threadOf(model, id);
  // Lines say what comes also at the list.
  const isBack = model.open === id && (model.focus !== "picker" || model.isLines === true);
  const known = model.threads[id] === undefined ? model : withThread(model, id, { selected: undefined });
  const next: Model = { ...known, open: id, focus: "compose", picker: { selected: id } };
  if (thread.loading || (isBack && thread.atEnd)) return step(next);
  if (thread.messages.length > 0 && thread.atEnd) return atUnread(next, id);
  const anew = { messages: [], anchor: undefined, atStart: false, below: 0 };
  return step(withThread(next, id, { ...anew, loading: true }), { kind: "page", id, where: "newest" });
}

/** Leaves a conversation for the picker; it keeps its place. */
export function close(model: Model): Step {
  if (model.open === undefined) return step(model);
  const next = withThread(model, model.open, { unreadAt: undefined, selected: undefined });
  const picker = { selected: model.open, from: model.picker.from };
  return step({ ...next, focus: "picker", picker }, { kind: "save" });
}

/** A page has come, which may be older than what events have told. */
export function pageCame(model: Model, msg: Extract<Msg, { kind: "page" }>): Step {
  const { id, where } = msg;
  const { told, seeks } = threadOf(model, id);
  if (seeks !== undefined && (where === "newest" || where === "unread")) return step(model);
  const page = asTold(told, msg);
  const behind = behindPage(told, page);
  if (behind === undefined) return taken(model, { ...msg, ...page });
  const next = withThread(model, id, { told: behind });
  if (where !== "newest") return taken(next, { ...msg, ...page, ended: { ...page.ended, end: false } });
  const again = (after: Model): Step =>
    step(withThread(after, id, { loading: true }), { kind: "page", id, where });
  return chain(taken(next, { ...msg, ...page }), again);
}

function taken(model: Model, msg: Extract<Msg, { kind: "page" }>): Step {
  const { id, where, messages, ended, position } = msg;
  const old = threadOf(model, id);
  const isFirst = old.messages.length === 0;
  let thread: Thread = { ...old, loading: false, seeks: undefined };
  if (where === "older") {
    const all = joined(messages, old.messages);
    const kept = all.slice(0, MAX_LOADED);
    thread = {
      ...thread,
      messages: kept,
      atStart: ended.start,
      atEnd: old.atEnd && kept.length === all.length,
    };
  } else if (where === "newer") {
    const all = joined(old.messages, messages);
    const kept = all.slice(-MAX_LOADED);
    thread = {
      ...thread,
      messages: kept,
      atEnd: ended.end,
      atStart: old.atStart && kept.length === all.length,
    };
  } else {
    const all = { messages, atStart: ended.start, atEnd: ended.end };
    thread = where === "newest"
      ? { ...thread, ...newestOf(model, old, all), upTo: msg.upTo }
      : { ...thread, ...all };
    if (where === "newest") thread = { ...thread, unsent: stillUnsent(thread, messages) };
  }
  if (where === "newest" && isFirst) return chain(atUnread(withThread(model, id, thread), id), around(id));
  const next = withThread(model, id, thread);
  if (position === undefined) return step(where === "newest" ? withChosen(next, id) : next);
  const read = { unreadAt: position, readTo: Math.max(old.readTo, position - 1) };
  const shown = withThread(next, id, where === "unread" ? read : {});
  return chain(step(withThread(shown, id, { anchor: topAnchor(shown, id, position) })), around(id));
}

/** What lies around a place that was gone to is asked for at once: the first page up or down is a whole one. */
const around = (id: ConversationId) => (model: Model): Step =>
  model.open === id && !model.isLines ? near(model, id) : step(model);

/** A conversation that is opened, as far as it is loaded: with unread messages it begins at the first of them. */
function atUnread(model: Model, id: ConversationId): Step {
  const thread = threadOf(model, id);
  const { unread, readTo } = unreadIn(thread, conversationOf(model, id));
  if (unread === 0) {
    return step(withThread(model, id, { readTo: Math.max(readTo, thread.readTo), unreadAt: undefined }));
  }
  let left = unread;
  const first = thread.messages.findLast(({ outgoing }) => !outgoing && --left === 0);
  if (first === undefined && thread.atStart) return step(model);
  if (first === undefined) {
    return step(withThread(model, id, { loading: true }), { kind: "unread", id, count: unread });
  }
  const marked = withThread(model, id, { unreadAt: first.position, readTo: first.position - 1 });
  if (thread.anchor !== undefined && !model.isLines) return step(marked);
  return step(withThread(marked, id, { anchor: topAnchor(marked, id, first.position) }));
}

function topAnchor(model: Model, id: ConversationId, position: number): Thread["anchor"] {
  const { main, messages } = areasOf(model);
  return anchorAtTop(model, threadOf(model, id), position, main.width, messages);
}

/** Shows a message: where it is loaded at once, else after its page has come. */
export function jump(model: Model, id: ConversationId, position: number): Step {
  const thread = threadOf(model, id);
  if (thread.messages.some((one) => one.position === position)) {
    return around(id)(withThread(model, id, { anchor: topAnchor(model, id, position), seeks: undefined }));
  }
  const seeking = withThread(model, id, { loading: true, seeks: position });
  return step(seeking, { kind: "page", id, where: "around", position });
}

/** Scrolls by rows; asks for a page when the edge comes near. */
export function scroll(model: Model, by: number): Step {
  const opened = openThread(model);
  if (opened === undefined) return step(model);
  const { id, thread } = opened;
  const { main, messages: height } = areasOf(model);
  const anchor = scrolled(model, thread, by, main.width, height);
  const moved: Thread = { ...thread, anchor, below: anchor === undefined ? 0 : thread.below };
  return near(withThread(model, id, moved), id);
}

/** Asks for the page beyond an edge that is near. */
export function near(model: Model, id: ConversationId): Step {
  const thread = threadOf(model, id);
  const { main, messages: height } = areasOf(model);
  const [first, last] = [thread.messages[0], thread.messages.at(-1)];
  if (thread.loading || first === undefined || last === undefined || main.width === 0) return step(model);
  const { oldest, seenTo } = viewport(model, thread, main.width, height);
  const ask = (where: "older" | "newer", position: number): Step =>
    step(withThread(model, id, { loading: true }), { kind: "page", id, where, position });
  const { messages } = thread;
  if (!thread.atStart && indexAt(messages, oldest) < height) return ask("older", first.position);
  const below = messages.length - 1 - indexAt(messages, seenTo);
  if (!thread.atEnd && below < height) return ask("newer", last.position);
  return step(model);
}

/** Goes to the newest message. */
export function toBottom(model: Model, id: ConversationId): Step {
  const next = withThread(model, id, { anchor: undefined, below: 0, selected: undefined, seeks: undefined });
  if (threadOf(model, id).atEnd) return step(next);
  return step(withThread(next, id, { loading: true }), { kind: "page", id, where: "newest" });
}

/** A message was kept, of ours or of a peer. */
export function messageCame(model: Model, id: ConversationId, message: MessageView): Step {
  const { position, outgoing } = message;
  if (message.silent) return silentCame(model, id, message);
  const old = conversationOf(model, id);
  const thread = model.threads[id];
  const isNew = thread === undefined || position > (thread.messages.at(-1)?.position ?? 0) || !thread.atEnd;
  const summary = updateIn(message)?.summary ?? old?.summary;
  const counted = countedWith(old, message);
  let next = withConversation(model, id, { lastTs: message.ts, preview: message, summary, ...counted });
  if (thread === undefined || !isNew) return step(next);
  const change: Partial<Thread> = {
    unsent: outgoing ? withoutFirst(thread, message) : thread.unsent,
    told: toldOf(thread, message),
    below: thread.anchor === undefined ? 0 : thread.below + 1,
  };
  next = withThread(next, id, change);
  if (!thread.atEnd) return step(next);
  const last = lastOf(thread);
  if (position !== last + 1) {
    return step(withThread(next, id, { loading: true }), { kind: "page", id, where: "newest" });
  }
  const all = [...thread.messages.filter((one) => !isReplaced(one, message, thread)), message];
  if (all.length <= MAX_LOADED) return step(withChosen(withThread(next, id, { messages: all }), id));
  // Who reads further up keeps what is there; the rest is asked for when it is wanted.
  if (thread.anchor !== undefined && !model.isLines) return step(withThread(next, id, { atEnd: false }));
  const fewer = { messages: all.slice(-MAX_LOADED / 2), atStart: false, anchor: undefined, below: 0 };
  return step(withThread(next, id, fewer));
}

/** What is chosen stays on the screen, and the screen with it, when what comes would push it out. */
function withChosen(model: Model, id: ConversationId): Model {
  const thread = threadOf(model, id);
  const { selected, anchor, messages } = thread;
  const isThere = messages.some(({ position }) => position === selected);
  const holds = selected !== undefined && anchor === undefined && model.open === id && isThere;
  if (!holds || model.isLines) return model;
  const { main, messages: height } = areasOf(model);
  if (selected > viewport(model, thread, main.width, height).oldest) return model;
  const held = topAnchor(model, id, selected);
  return withThread(model, id, { anchor: held, below: held === undefined ? 0 : 1 });
}

/** What is no line changes what stands for a conversation, and nothing in it. */
function silentCame(model: Model, id: ConversationId, message: MessageView): Step {
  const { position, ts } = message;
  const old = conversationOf(model, id);
  const summary = updateIn(message)?.summary ?? old?.summary;
  const counted = countedWith(old, message);
  const next = withConversation(model, id, { lastTs: old?.lastTs ?? ts, summary, ...counted });
  const thread = model.threads[id];
  if (thread === undefined || !thread.atEnd || position <= lastOf(thread)) return step(next);
  if (position === lastOf(thread) + 1) return step(withThread(next, id, { upTo: position }));
  return step(withThread(next, id, { loading: true }), { kind: "page", id, where: "newest" });
}

/** A message has another state, or is taken back. */
export function messageChanged(
  model: Model,
  id: ConversationId,
  position: number,
  change: Partial<MessageView>,
): Model {
  const thread = model.threads[id];
  if (thread === undefined) return model;
  const messages = thread.messages.map((one) => one.position === position ? changed(one, change) : one);
  return withThread(model, id, { messages, told: toldChange(thread, position, change) });
}

/**
 * Marks what is seen: on the screen, in the open conversation, with the terminal's focus.
 * @param byKey  A key was pressed just now: where a terminal does not tell its focus, that tells it.
 */
export function seen(model: Model, byKey: boolean): Step {
  const opened = openThread(model);
  const hasEyes = model.focused ?? byKey;
  if (opened === undefined || !hasEyes || !showsMessages(model) || model.focus === "picker") {
    return step(model);
  }
  const { id, thread } = opened;
  if (thread.loading) return step(model); // what is there may go away before it is looked at
  const { main, messages: height } = areasOf(model);
  // Where all before it was read, what comes is said as a line at once.
  const isSaid = model.isLines && thread.atEnd && conversationOf(model, id)?.unread === 1;
  const { seenTo } = isSaid ? { seenTo: lastOf(thread) } : viewport(model, thread, main.width, height);
  // Told of only now, and seen before, or further up than what is loaded.
  const isBehind = hasUnreadTo(conversationOf(model, id), seenTo);
  if (seenTo <= thread.readTo && !isBehind) return step(model);
  const isFresh = isBehind ||
    thread.messages.some((one) => !one.outgoing && one.position > thread.readTo && one.position <= seenTo);
  const next = withThread(model, id, { readTo: Math.max(seenTo, thread.readTo) });
  if (!isFresh) return step(next);
  const [read, effects] = readUpTo(next, id, seenTo);
  return step(read, { kind: "read", id, position: seenTo }, ...effects);
}

/** Something failed: whichever page it was is not on its way any more. One that still is comes all the same. */
export function withoutPages(model: Model): Model {
  const threads = Object.entries(model.threads).map(([id, thread]) =>
    [id, thread.loading ? { ...thread, loading: false, seeks: undefined } : thread] as const
  );
  return { ...model, threads: Object.fromEntries(threads) };
}
