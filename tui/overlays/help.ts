/**
 * Help: every key, by place, and what the marks mean.
 *
 * @module
 */
import { COMMANDS } from "../commands/mod.ts";
import { markLines } from "../drawing/marks.ts";
import type { Row } from "../drawing/screen.ts";
import { clip, fit, wrap } from "../drawing/width.ts";
import type { Model, Overlay } from "../state/types.ts";
import { keysOf, type Place } from "../steps/keymap.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";

const PLACES: readonly [Place, string][] = [
  ["picker", "Conversations"],
  ["compose", "Writing"],
  ["messages", "A chosen message"],
];

/** Keys of the line that is written. */
const EDITING: readonly [keys: string, brief: string][] = [
  ["Ctrl+A Ctrl+E", "Beginning and end of the line"],
  ["Alt+B Alt+F", "A word left and right"],
  ["Ctrl+W Ctrl+U Alt+K", "Cut a word, to the beginning (twice: all), to the end"],
  ["Ctrl+Y", "Put back what was cut"],
  ["Ctrl+_ Ctrl+/", "Undo"],
];

/** What lies under help. */
interface Above {
  readonly title: string;
  readonly hint: string;
  readonly isTyped: boolean;
}

/** The keys of what lies under help: at its own bottom row not all of them may have room. */
function keysThere({ about }: Overlay, width: number): Row[] {
  const above = about?.above as Above | undefined;
  if (above === undefined) return [];
  const moves = above.isTyped ? ["↑ ↓ PgUp PgDn move"] : ["↑ ↓ PgUp PgDn Home End move", "q closes"];
  return [
    [{ text: clip(above.title, width), style: "peer" }],
    ...[...above.hint.split(" · "), ...moves].flatMap((text) =>
      wrap(text, Math.max(2, width - 2)).map((row): Row => [{ text: `  ${row}` }])
    ),
  ];
}

/** Lines of help for a width. */
function lines(model: Model, overlay: Overlay, width: number): Row[] {
  const rows: Row[] = keysThere(overlay, width);
  for (const [place, title] of PLACES) {
    rows.push([{ text: title, style: "peer" }]);
    for (const [name, { brief }] of Object.entries(COMMANDS)) {
      const own = keysOf({ ...model.preferences.keys, any: {} }, place, name);
      if (own.length > 0) rows.push(...line(own.join(" "), brief, width));
    }
  }
  rows.push([{ text: "Everywhere", style: "peer" }]);
  for (const [name, { brief }] of Object.entries(COMMANDS)) {
    const own = keysOf(
      { any: {}, picker: {}, compose: model.preferences.keys.any, messages: {} },
      "compose",
      name,
    );
    if (own.length > 0) rows.push(...line(own.join(" "), brief, width));
  }
  rows.push([{ text: "Editing", style: "peer" }]);
  for (const [keys, brief] of EDITING) rows.push(...line(keys, brief, width));
  rows.push(
    [{ text: "Marks", style: "peer" }],
    ...markLines().map((text): Row => [{ text: clip(`  ${text}`, width) }]),
  );
  return rows;
}

/** Keys, and beside them what they do: all of both, on as many rows as that takes. */
function line(keys: string, brief: string, width: number): Row[] {
  const column = Math.min(26, Math.floor(width / 2));
  const left = wrap(keys, Math.max(2, column - 2));
  const right = wrap(brief, Math.max(2, width - column - 1));
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i): Row => [
    { text: `  ${fit(left[i] ?? "", column - 2)} ` },
    { text: right[i] ?? "", style: "dim" },
  ]);
}

/** The overlay. */
export const help: OverlayKind = overlayOf({
  name: "help",
  opensOn: "help",
  title: () => "Help",
  hint: "↑ ↓ scroll · Esc closes",
  lines,
});
