/**
 * The same model as lines, for screen readers and terminals without a cursor: what has changed is said once, in words,
 * and never moved. What is typed is a text, a command after `/`, or a digit that chooses.
 *
 * @see `dmsg help chat-plain`
 * @module
 */
import type { FileView } from "../../lib/app/files/files.ts";
import { isNotice } from "../../lib/app/groups/room/notices.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { viewport } from "../drawing/layout.ts";
import { markOf, MENTION } from "../drawing/marks.ts";
import { rowText } from "../drawing/screen.ts";
import { cleanLine } from "../drawing/text.ts";
import { clockOf, momentOf, msOf } from "../drawing/time.ts";
import { wordsOf } from "../messages/mod.ts";
import { OVERLAYS } from "../overlays/mod.ts";
import {
  byName,
  conversationOf,
  keyOf,
  listed,
  openThread,
  selectedMessage,
  threadOf,
  writerOf,
} from "../state/model.ts";
import type { ConversationId, Model, Msg, Thread } from "../state/types.ts";
import { canTake, fileStands } from "../steps/files.ts";
import { namesUs } from "../steps/mentions.ts";
import { isOlder } from "../steps/told.ts";
import { commandLines, isCommands, keyWords } from "./commands.ts";
import { isListed, listLines } from "./listing.ts";
import { openingLines } from "./opening.ts";
import { placeOf, Typed } from "./typed.ts";

/** Messages that are said when a conversation is opened. */
const TAIL = 20;
/** Columns that overlays wrap their lines at; a reader of lines has no width. */
export const LINE_COLUMNS = 100;

/** Between two lines about a file that moves. */
const STILL_MS = 30_000;

/** `who: text, state in words, time`; the last two can be switched off. */
export function lineOf(model: Model, message: MessageView): string {
  const who = writerOf(model, message);
  const { parts } = model.preferences;
  const isTold = isNotice(message);
  const words = isTold ? message.text : wordsOf(message, model);
  const said = [`${isTold ? `* ${who}` : `${who}:`} ${cleanLine(words)}`];
  if (parts.state && message.outgoing) {
    const why = message.reason === undefined || message.state === "received"
      ? ""
      : `: ${cleanLine(byName(model, message.reason))}`;
    said.push(markOf(message).words + why);
  } else if (!message.outgoing && !isTold && message.reason !== undefined) {
    said.push(`warning: ${cleanLine(byName(model, message.reason))}`);
  }
  if (parts.state && namesUs(model, message)) said.push(MENTION.words);
  if (parts.time) said.push(timeOf(model, message));
  return said.join(", ");
}

/**
 * Whether lines have said what a notice tells: a message of the open conversation, or what is said of somebody.
 * @param peer  Whose conversation it is about: a key or a group's id.
 */
export function isSaid(model: Model, peer: string, body: string): boolean {
  const opened = openThread(model);
  const isOpen = opened !== undefined && keyOf(opened.id) === peer && opened.thread.atEnd;
  return isOpen || model.notice?.text === body;
}

/** The clock, with the day when it is not today. */
const timeOf = (model: Model, { ts }: MessageView): string => momentOf(model, msOf(ts));

/** Says what changes, line by line. */
export class Linear {
  /** The last state that was said of a message, by its place. */
  readonly #said = new Map<string, string>();
  readonly #typed = new Typed();
  /** What was said of files, by their names in the model, and when. */
  readonly #files = new Map<string, { readonly state: FileView["state"]; readonly ms: number }>();
  #hasListed = false;
  #numbered: readonly ConversationId[] = [];

  /** The conversations as they were last told: a number is of that list, however they are sorted by then. */
  get numbered(): readonly ConversationId[] {
    return this.#numbered;
  }

  /** What one step changed, as lines. Pure but for what it remembers having said. */
  lines(before: Model, msg: Msg, after: Model): string[] {
    const lines: string[] = [];
    const isBack = before.focus === "picker" && after.focus !== "picker";
    if (after.open !== undefined && (after.open !== before.open || isBack)) {
      lines.push(...openingLines(after, after.open));
    }
    if (after.network.state !== before.network.state) lines.push(networkLine(after));
    lines.push(...this.#threadLines(before, msg, after));
    lines.push(...this.#fileLines(before, after));
    if (isListed(msg, after, !this.#hasListed)) this.#numbered = listed(after).map(({ id }) => id);
    lines.push(...listLines(before, msg, after, !this.#hasListed));
    this.#hasListed ||= msg.kind === "conversations";
    lines.push(...overlayLines(before, after));
    if (after.notice !== undefined && after.notice !== before.notice) lines.push(after.notice.text);
    return lines;
  }

  #threadLines(before: Model, msg: Msg, after: Model): string[] {
    const opened = openThread(after);
    if (opened === undefined) return [];
    const { id, thread } = opened;
    const typed = this.#typed.told(msg, id);
    const old = before.open === id ? threadOf(before, id) : undefined;
    if (old === undefined) return this.#opened(after, thread);
    if (typed !== undefined) {
      const now = thread.messages.find(({ position }) => position === typed.position) ?? typed;
      return [...this.#change(after, now), ...this.#changes(after, old, thread)];
    }
    if (msg.kind === "page" && msg.id === id) {
      if (msg.where === "newest") {
        return old.messages.length > 0 ? this.#changes(after, old, thread) : this.#opened(after, thread);
      }
      // Pages come ahead of the eye: what it rests on has been said.
      const [was, shown] = [shownOf(before, old), shownOf(after, thread)];
      const isSame = old.anchor === thread.anchor && shown.length === was.length && shown[0] === was[0];
      return isSame ? [] : this.#page(after, thread, shown);
    }
    const lines = this.#changes(after, old, thread);
    if (thread.anchor !== old.anchor && msg.kind === "command" && /^page-|^oldest|^unread/.test(msg.name)) {
      lines.push(...this.#page(after, thread, shownOf(after, thread)));
    }
    const chosen = selectedMessage(after);
    if (chosen !== undefined && thread.selected !== old.selected) {
      lines.push(`message ${chosen.position}: ${lineOf(after, chosen)}`);
    }
    return lines;
  }

  /** Files of the open conversation that stand otherwise; one that moves at its start, and then now and again. */
  #fileLines(before: Model, after: Model): string[] {
    if (after.files === before.files || after.open === undefined) return [];
    const own = `${after.open} `;
    return [...after.files].flatMap(([key, file]) => {
      if (!key.startsWith(own)) return [];
      const old = this.#files.get(key);
      const isSaid = old?.state === file.state &&
        (file.state !== "moving" || after.nowMs - old.ms < STILL_MS);
      if (isSaid) return [];
      this.#files.set(key, { state: file.state, ms: after.nowMs });
      // What we did ourselves has been answered in the same words.
      if (after.notice?.text === `${cleanLine(file.name)}: ${fileStands(file)}`) return [];
      const takes = canTake(file) ? `; /take-file ${file.position} takes it` : "";
      return [`file ${cleanLine(file.name)}: ${fileStands(file)}${takes}`];
    });
  }

  /** What a conversation begins with: what is unread from its first on, or the end. */
  #opened(model: Model, thread: Thread): string[] {
    if (thread.loading) return []; // the first unread one is on its way
    if (thread.unreadAt !== undefined) return this.#page(model, thread, shownOf(model, thread));
    // What was typed meanwhile is no past: it is told as it goes.
    const typed = thread.messages.filter((one) => this.#typed.has(one));
    const past = thread.messages.filter((one) => !this.#typed.has(one));
    const said = past.length === 0 && typed.length > 0 ? [] : this.#page(model, thread, past.slice(-TAIL));
    return [...said, ...typed.flatMap((one) => this.#change(model, one))];
  }

  #page(model: Model, thread: Thread, messages: readonly MessageView[]): string[] {
    if (messages.length === 0) return thread.loading ? [] : ["No messages yet"];
    for (const one of messages) this.#said.set(placeOf(one), stateOf(one));
    const unread = messages.filter((one) =>
      thread.unreadAt !== undefined && one.position >= thread.unreadAt && !one.outgoing
    );
    const head = thread.atStart && messages[0] === thread.messages[0] ? [] : ["Earlier messages: /page-up"];
    const more = thread.anchor === undefined ? 0 : unreadBeside(model, messages);
    return [
      ...head,
      ...messages.map((one) => lineOf(model, one)),
      ...(unread.length > 0 ? [`${unread.length} unread`] : []),
      ...(more > 0 ? [`${more} more unread: /page-down`] : []),
    ];
  }

  /** New messages, and those with another state. */
  #changes(model: Model, old: Thread, thread: Thread): string[] {
    if (old.messages === thread.messages) return [];
    const known = new Set(old.messages);
    const last = old.messages.at(-1)?.position ?? 0;
    return thread.messages.flatMap((one) => {
      const isPast = one.position <= last && !this.#said.has(placeOf(one));
      return known.has(one) || isPast ? [] : this.#change(model, one);
    });
  }

  #change(model: Model, one: MessageView): string[] {
    const [state, said] = [stateOf(one), this.#said.get(placeOf(one))];
    if (said === state || one.outgoing && isOlder(said as MessageView["state"], one.state)) return [];
    this.#said.set(placeOf(one), state);
    // Ours are said when there is something to say: who typed it knows the text.
    return one.outgoing && state === "pending" ? [] : [lineOf(model, one)];
  }
}

const stateOf = ({ state, reason = "" }: MessageView): string =>
  state === "pending" && reason !== "" ? `waits ${reason}` : state;

/** The messages that a screen would show. */
function shownOf(model: Model, thread: Thread): MessageView[] {
  const { oldest, seenTo } = viewport(model, thread, model.size.columns, model.size.rows);
  return thread.messages.filter(({ position }) => position >= oldest && position <= seenTo);
}

/** How many are unread besides those that are said. */
function unreadBeside(model: Model, messages: readonly MessageView[]): number {
  const { unread = 0, readTo = 0 } = conversationOf(model, model.open!) ?? {};
  return unread - messages.filter(({ outgoing, position }) => !outgoing && position > readTo).length;
}

function networkLine(model: Model): string {
  const { network } = model;
  if (network.state === "online") return "Connected: peers reach you";
  const next = network.nextMs === undefined ? "" : `; the next try is at ${clockOf(model, network.nextMs)}`;
  return `No connection: ${cleanLine(byName(model, network.problem ?? ""))}${next}`;
}

/** An overlay when it opens, and then what has changed of it. */
function overlayLines(before: Model, after: Model): string[] {
  const top = after.overlays.at(-1);
  if (top === undefined) return [];
  const { spoken } = OVERLAYS[top.name];
  const was = before.overlays.at(-1);
  if (spoken !== undefined && was?.name === top.name) {
    const known = new Set(spoken(before, was));
    return spoken(after, top).filter((line) => !known.has(line));
  }
  if (isCommands(top.name) && was?.name === top.name) {
    const known = new Set(commandLines(before));
    return commandLines(after).filter((line) => !known.has(line));
  }
  const text = contentOf(after);
  const old = was?.name === top.name ? contentOf(before) : undefined;
  if (old !== undefined && old.join("\n") === text.join("\n")) {
    const items = OVERLAYS[top.name].items?.(after, top) ?? [];
    return was?.at !== top.at && items[top.at] !== undefined
      ? [`${top.at + 1} of ${items.length}: ${items[top.at].text}`]
      : [];
  }
  // Of rows that were said what has changed; where some are gone all, as only the numbers of the others would tell it.
  const [had, has] = [old === undefined ? 0 : countOf(before), countOf(after)];
  if (old === undefined || had === 0 || has < had || OVERLAYS[top.name].prompt !== undefined) return text;
  const known = new Set(old);
  return text.filter((line) => !known.has(line));
}

function countOf(model: Model): number {
  const top = model.overlays.at(-1)!;
  return OVERLAYS[top.name].items?.(model, top).length ?? 0;
}

function contentOf(model: Model): string[] {
  const top = model.overlays.at(-1)!;
  const { title, lines, items, prompt, keepsRow, spoken } = OVERLAYS[top.name];
  if (isCommands(top.name)) return commandLines(model);
  // Rows of blocks are a code to be scanned.
  const rows = lines?.(model, top, LINE_COLUMNS).map(rowText) ?? [];
  const choices = items?.(model, top) ?? [];
  const numbered = choices.map(({ text }, i) =>
    `${i + 1} ${text.replace(/^\d {2}/, "").replace(/ {2,}/g, " ")}`
  );
  const asked = /^\w+/.exec(prompt ?? "")?.[0] ?? "a text";
  const ask = choices.length > 0
    ? `A number chooses; ${keepsRow ? `then type ${asked}; ` : ""}an empty line closes`
    : prompt === undefined
    ? undefined
    : `Type ${asked}; an empty line closes`;
  return [
    title(model, top),
    ...(spoken?.(model, top) ?? rows.filter((row) => !/[▀▄█]/.test(row))),
    ...numbered,
    ...keyWords(OVERLAYS[top.name], choices.length),
    ...(ask === undefined ? [] : [ask]),
  ];
}
