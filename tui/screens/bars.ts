/**
 * The row at the top and the one at the bottom.
 *
 * @module
 */
import { noticeRows } from "../drawing/areas.ts";
import type { Row } from "../drawing/screen.ts";
import type { Style } from "../drawing/style.ts";
import { cleanLine } from "../drawing/text.ts";
import { clockOf } from "../drawing/time.ts";
import { clip, widthOf } from "../drawing/width.ts";
import {
  byName,
  conversationOf,
  isWide,
  keyOf,
  nameOf,
  openThread,
  shortKey,
  unreadOf,
} from "../state/model.ts";
import type { ConversationId, Model } from "../state/types.ts";
import { keysOf } from "../steps/keymap.ts";
import { standsIn } from "../steps/standing.ts";

/** Where we are, and how the network is. */
export function topRow(model: Model, width: number): Row {
  const right = stateOf(model);
  const unread = unreadOf(model);
  const isAtPicker = model.open === undefined || (model.focus === "picker" && !isWide(model));
  if (!isAtPicker && !isWide(model)) {
    right.text = elsewhere(model, width - NAME_COLUMNS - widthOf(right.text)) + right.text;
  }
  const left = isAtPicker
    ? `dmsg: pick a conversation${unread === 0 ? "" : ` (${unread} unread)`}`
    : titleRow(model, model.open!);
  return sides(left, "title", right.text, right.style, width);
}

/** Columns that whom one talks with has before what is unread elsewhere. */
const NAME_COLUMNS = 18;

/**
 * Where the list is not on the screen: how much is unread in other conversations, save for those without notices.
 * @param room  Columns for it.
 */
function elsewhere({ conversations, levels, open, preferences }: Model, room: number): string {
  const unread = conversations.reduce(
    (sum, one) => one.id === open || levels[one.id] === "none" ? sum : sum + one.unread,
    0,
  );
  if (unread === 0) return "";
  const [key] = keysOf(preferences.keys, "compose", "next-unread");
  const words = [`${unread} unread elsewhere · `, `${unread} unread · `, ""];
  if (key !== undefined) words.unshift(`${unread} unread elsewhere (${key}) · `);
  return words.find((text) => widthOf(text) <= room) ?? "";
}

/** Who it is, by name and key, and how we stand; whoever has no name is called by the beginning of the key, once. */
function titleRow(model: Model, id: ConversationId): string {
  const key = keyOf(id);
  const facts = [
    conversationOf(model, id)?.paired && "paired",
    model.peers.get(key)?.verified && "verified",
    model.peers.get(key)?.blocked && "blocked",
    standsIn(model, key),
  ].filter(Boolean);
  return [...new Set([nameOf(model, id), shortKey(key)]), ...facts].join(" · ");
}

/** The overlay that is open, as the bottom row tells of it. */
export interface Above {
  /** Its keys. */
  readonly hint: string;
  /** What stands before the line that is typed into; there a letter is none of its keys. */
  readonly prompt?: string;
}

/**
 * The rows at the bottom: a notice to its end, as far as there is room; else one, with trouble or the keys that help most.
 * @param above  The overlay that is open.
 */
export function bottomRows(model: Model, width: number, above?: Above): Row[] {
  if (model.notice === undefined) return [bottomRow(model, width, above)];
  const { style } = model.notice;
  return noticeRows(model).map((text) => [{ text: text, style }]);
}

function bottomRow(model: Model, width: number, above?: Above): Row {
  if (above !== undefined) {
    const [place, { keys }] = [above.prompt === undefined ? "picker" : "compose", model.preferences] as const;
    const help = keysOf(keys, place, "help").at(-1);
    const others = help === undefined ? undefined : `${help} keys`;
    return [{ text: clip(fitting(above.hint.split(" · "), width, others), width), style: "dim" }];
  }
  const trouble = model.trouble ?? model.unkept;
  if (trouble !== undefined) return [{ text: clip(cleanLine(trouble), width), style: "error" }];
  const { network } = model;
  if (network.state === "offline" && network.problem) {
    return [{ text: clip(cleanLine(byName(model, network.problem)), width), style: "warning" }];
  }
  return [{ text: clip(fitting(hintsOf(model), width), width), style: "dim" }];
}

function stateOf(model: Model): { text: string; style: Style } {
  const { network, queued } = model;
  const waits = queued === 0 ? "" : `${queued} waiting · `;
  if (model.unkept !== undefined) return { text: `${waits}nothing is kept`, style: "error" };
  if (network.state === "online") return { text: `${waits}online`, style: queued === 0 ? "good" : "warning" };
  if (network.state === "connecting") return { text: `${waits}connecting`, style: "dim" };
  const next = network.nextMs === undefined ? "" : `, next try ${clockOf(model, network.nextMs)}`;
  return { text: `${waits}offline${next}`, style: "warning" };
}

const HINTS = {
  picker: ["Enter open", "n new", "g group", "i join", "f filter", "r refresh", "q leave", "? help"],
  compose: ["Enter send", "Esc back", "Tab choose a message", "/ commands", "PgUp scroll", "F1 help"],
  messages: ["r reply", "i who has it", "f forward", "d delete", "c copy", "Esc back", "? help"],
} as const;

/** In a filter letters narrow the list. */
const FILTERING = ["Enter open", "↑ ↓ choose", "F1 help", "Esc shows all"] as const;

/** Behind a text that is begun Tab completes. As wide, so that the first key of it redraws no more than that. */
const WRITING = HINTS.compose.map((hint) => hint === "Tab choose a message" ? "Alt+↑ choose message" : hint);

function hintsOf(model: Model): readonly string[] {
  const { focus, picker: { filter } } = model;
  if (focus === "picker" && filter !== undefined) return FILTERING;
  const isWritten = focus === "compose" && openThread(model)?.thread.draft.text !== "";
  return isWritten ? WRITING : HINTS[focus];
}

/**
 * As many hints as fit whole; the last one, which leads out or to all others, has its place first.
 * @param others  What leads to those that do not fit, where it leaves room for one of them.
 */
function fitting(all: readonly string[], width: number, others?: string): string {
  const [first, last] = [all[0], all.at(-1)!];
  if (widthOf(all.join(" · ")) <= width) return all.join(" · ");
  const led = others === undefined ? last : `${others} · ${last}`;
  // A first one that has no room itself leaves it to what leads to it.
  const end = widthOf(`${first} · ${led}`) <= width || widthOf(`${first} · ${last}`) > width ? led : last;
  let text = "";
  for (const hint of all.slice(0, -1)) {
    const more = `${text}${hint} · `;
    if (widthOf(more + end) > width) break;
    text = more;
  }
  return text + end;
}

/** Two texts at the edges; the left one gives way. */
function sides(left: string, leftStyle: Style, right: string, rightStyle: Style, width: number): Row {
  const second = clip(right, Math.max(0, width - 8));
  const first = clip(left, Math.max(0, width - widthOf(second) - 2));
  const gap = " ".repeat(Math.max(1, width - widthOf(first) - widthOf(second)));
  return [{ text: first, style: leftStyle }, { text: gap }, { text: second, style: rightStyle }];
}
