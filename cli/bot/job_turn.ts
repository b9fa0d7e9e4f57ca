/**
 * The turn of how a job ended: it must be what is shown in the end, also where it ends again sooner than a conversation
 * takes values. It is waited for with nothing open, since a command that waits with the identity keeps all others out.
 *
 * @see lib/app/overlays/pacing.ts
 * @module
 */
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import type { ShippedWidget } from "../../lib/bot/widget.ts";
import { INTERVAL_MS } from "../../lib/overlay/pace.ts";
import { type InTurn, MANY } from "./in_turn.ts";

/** So long it is waited for from the end of the job on: behind that crontabs pile up. */
export const LONG_TURN_MS = 600_000;

/** When something can be said in a conversation. */
export interface JobTurn {
  /** What lies between two values of a widget there, milliseconds. */
  readonly intervalMs: number;
  /** How long it takes until the turn of all of them has come, milliseconds; 0 or less: it has. */
  readonly leftMs: number;
  /** A job of the name that ended later is shown already: nothing more is to be said. */
  readonly isOver: boolean;
}

/**
 * When it can be said how a job ended.
 * @param widgets  What is to be said, by one of which it is known when the job ended.
 * @param nowMs  Milliseconds since 1970.
 */
export async function jobTurn(
  { pk, overlays }: InTurn,
  conversation: ConversationId,
  widgets: readonly ShippedWidget[],
  nowMs: number,
): Promise<JobTurn> {
  const [{ intervalMs }, { rows }] = await Promise.all([
    overlays.pace({ conversation }),
    overlays.widgets({ conversation, limit: MANY }),
  ]);
  const pairs = widgets.flatMap(({ id, kind, value }) => {
    const row = rows.find((row) => row.bot === pk && row.id === id);
    return row === undefined ? [] : [{ row, isSince: kind === "since" && row.kind === kind, value }];
  });
  const lastMs = Math.max(...pairs.map(({ row }) => Date.parse(row.ts)), 0);
  const isOver = pairs.some(({ row, isSince, value }) => isSince && row.value as number > (value as number));
  return { intervalMs, leftMs: lastMs + intervalMs - nowMs, isOver };
}

/** Whether a turn is waited for with nothing open. @param restMs  What is left of {@link LONG_TURN_MS}. */
export const waitsLong = ({ leftMs }: JobTurn, waitMs: number, restMs: number): boolean =>
  leftMs > Math.max(waitMs, INTERVAL_MS) && leftMs <= restMs;
