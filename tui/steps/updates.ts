/**
 * What bots say beside the values of their widgets: a summary for the picker, and what people are told of.
 *
 * @module
 */
import type { App } from "../../lib/app/app.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { DASHBOARD, readOverlay } from "../../lib/overlay/frame.ts";
import { levelOf, readWidget, type Update } from "../../lib/overlay/widget.ts";
import type { ConversationId, Model } from "../state/types.ts";

/** Widgets that stand at a threshold and are remembered. */
const MAX_REMEMBERED = 500;
const WORSE = { good: 0, warning: 1, alarm: 2 } as const;

/** The update that a message is; undefined: it is something else. */
export function updateIn({ text, state }: Pick<MessageView, "text" | "state">): Update | undefined {
  if (state === "deleted" || !text.includes(`"o":${DASHBOARD}`)) return undefined;
  const { overlay, data } = readOverlay(text);
  return overlay === DASHBOARD ? readWidget(data) : undefined;
}

/** The newest line of a conversation for the picker, and what its bots say of it, when one is heard there. */
export async function previewOf(
  { messages, overlays }: Pick<App, "messages" | "overlays">,
  peer: string,
): Promise<{ message: MessageView | undefined; summary?: string }> {
  const [message] = await messages.history({ peer, limit: 1, lines: true });
  return { message, ...await overlays.summary({ conversation: peer }) };
}

/** What people are told of an update; undefined: nothing. */
export interface Told {
  /** Before its words. */
  readonly mark: string;
}

/** Remembers how a widget stands, and whether that is worth telling: it is worse than before, or its bot wants it. */
export function updateCame(
  model: Model,
  id: ConversationId,
  { sender, peer }: MessageView,
  update: Update,
): readonly [Model, Told | undefined] {
  const key = `${id} ${sender ?? peer} ${update.id}`;
  const level = levelOf(update);
  const { [key]: before = "good", ...others } = model.alarms;
  const mark = level === "good" || WORSE[level] <= WORSE[before]
    ? ""
    : level === "alarm"
    ? "!! ALARM "
    : "! warning ";
  const told = mark !== "" || update.notify === true ? { mark } : undefined;
  if (level === before) return [model, told];
  const known = Object.entries(others).slice(1 - MAX_REMEMBERED);
  const alarms = Object.fromEntries(level === "good" ? known : [...known, [key, level]]);
  return [{ ...model, alarms }, told];
}
