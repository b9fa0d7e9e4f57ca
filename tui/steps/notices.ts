/**
 * Who is told about a message: bell and desktop, by conversation and hour, a burst as one.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { showsMessages } from "../drawing/areas.ts";
import { minutesOf } from "../drawing/time.ts";
import { clip } from "../drawing/width.ts";
import { lineIn } from "../messages/mod.ts";
import { nameOf, step, threadOf } from "../state/model.ts";
import type { ConversationId, Effect, Model, Step } from "../state/types.ts";
import { namesUs } from "./mentions.ts";
import { updateCame, updateIn } from "./updates.ts";

/** Between two notices, milliseconds: what comes meanwhile is counted in the next one. */
const PAUSE_MS = 3000;
/** Longest text of a notice. */
const NOTICE_COLUMNS = 120;

/**
 * Tells about a message that came, unless it is seen or not wanted; of a bot's values only about those that are worse
 * than before, and those that the bot wants to be told.
 */
export function tell(model: Model, id: ConversationId, message: MessageView): Step {
  const update = updateIn(message);
  if (update === undefined) return notice(model, id, message, "");
  const [next, told] = updateCame(model, id, message, update);
  return told === undefined ? step(next) : notice(next, id, message, told.mark);
}

function notice(model: Model, id: ConversationId, message: MessageView, mark: string): Step {
  if (model.levels[id] === "mentions" && !namesUs(model, message)) return step(model);
  const isSeen = model.open === id && model.focused !== false && showsMessages(model) &&
    model.focus !== "picker" &&
    threadOf(model, id).anchor === undefined;
  if (isSeen) return step(model);
  return announce(model, id, mark + lineIn(model, message));
}

/**
 * Bell and desktop, unless the conversation or the hour is without notices.
 * @param text  One line, already harmless.
 */
export function announce(model: Model, id: ConversationId, text: string): Step {
  if (model.levels[id] === "none" || isQuiet(model)) return step(model);
  const { told } = model;
  if (model.nowMs - told.ms < PAUSE_MS) return step({ ...model, told: { ...told, more: told.more + 1 } });
  const { bell, desktop } = model.preferences;
  const effects: Effect[] = bell ? [{ kind: "bell" }] : [];
  if (desktop) {
    const more = told.more > 0 ? ` (and ${told.more} more)` : "";
    effects.push({ kind: "notify", title: nameOf(model, id), body: clip(text, NOTICE_COLUMNS) + more, id });
  }
  return step({ ...model, told: { ms: model.nowMs, more: 0 } }, ...effects);
}

/** Whether it is an hour without notices; a span may go over midnight. */
export function isQuiet({ preferences: { quiet }, ...model }: Model): boolean {
  if (quiet === undefined) return false;
  const now = minutesOf(model, model.nowMs);
  const { from, to } = quiet;
  return from <= to ? now >= from && now < to : now >= from || now < to;
}

/**
 * Reads `22:00-07:00`.
 * @returns Minutes of the day; undefined when it is no such span.
 */
export function quietSpan(text: string): { from: number; to: number } | undefined {
  const match = /^(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)$/.exec(text.trim());
  if (!match) return undefined;
  const [a, b, c, d] = match.slice(1).map(Number);
  return a < 24 && c < 24 && b < 60 && d < 60 ? { from: a * 60 + b, to: c * 60 + d } : undefined;
}
