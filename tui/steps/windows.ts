/**
 * Lists, boards and threads of more rows than a screen holds: a part of them is held, and another one is asked for at
 * its ends.
 *
 * @module
 */
import type { Row } from "../drawing/screen.ts";
import { step, withTop } from "../state/model.ts";
import type { SharedView, Window } from "../state/shared_types.ts";
import type { ConversationId, Model, Overlay, Step } from "../state/types.ts";

/** Rows that are held. */
export const ROWS = 1000;
/** What is held before and after a turn: the chosen row stays among them. */
const TURN = ROWS / 2;

/** Where to. */
export type Turn = "before" | "after" | "first" | "last";

/** What is held; undefined: that is all. */
export const windowOf = (from: number, rows: readonly unknown[], total: number): Window | undefined =>
  rows.length < total ? { from, total } : undefined;

/** Says which rows these are, when there are more. */
export function windowLine(window: Window | undefined): Row[] {
  if (window === undefined) return [];
  const { from, total } = window;
  const shown = (n: number): string => n.toLocaleString("en");
  const text = `${shown(from + 1)} to ${shown(Math.min(total, from + ROWS))} of ${shown(total)}`;
  return [[{ text: `${text} · < > more`, style: "dim" }]];
}

/** Asks for other rows. @returns undefined: there are none that way. */
export function turned(
  model: Model,
  { about, at }: Overlay,
  window: Window | undefined,
  turn: Turn,
): Step | undefined {
  if (window === undefined || about === undefined) return undefined;
  const { from, total } = window;
  const end = Math.max(0, total - ROWS);
  const to =
    { before: Math.max(0, from - TURN), after: Math.min(end, from + TURN), first: 0, last: end }[turn];
  if (to === from) return undefined;
  const view = { ...about.view as SharedView, from: to } as SharedView;
  // The chosen row stays chosen where it is among the new ones; at an end the one there is.
  const row = turn === "first" ? 0 : turn === "last" ? ROWS : Math.max(0, Math.min(ROWS - 1, at + from - to));
  const next = withTop(model, { about: { ...about, view, seek: "" }, at: row });
  return step(next, { kind: "shared", id: about.id as ConversationId, view });
}
