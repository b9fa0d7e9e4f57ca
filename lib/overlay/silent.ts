/**
 * What is no line of a chat: values of widgets that say nothing beside, and what commands a bot takes.
 *
 * @module
 */
import { readCommands } from "./announcement.ts";
import { DASHBOARD, readOverlay } from "./frame.ts";
import { readWidget } from "./widget.ts";

/**
 * Whether a body is kept and folded, and shown in no chat, history or count of what is unread. Its readable lines are for
 * programs that know no dashboards. A widget with a line for the chat (`info`) is no such thing.
 */
export function isSilent(body: string): boolean {
  if (!body.includes("\u2063{") && !body.startsWith("{")) return false; // as nearly all
  const { overlay, data } = readOverlay(body);
  if (overlay !== DASHBOARD) return false;
  const widget = readWidget(data);
  return widget === undefined ? readCommands(data) !== undefined : widget.info === undefined;
}
