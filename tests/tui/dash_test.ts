/** Dashboards as rows, at any width. */
import { ok, strictEqual } from "node:assert/strict";
import type { WidgetView } from "../../lib/app/overlays/overlays.ts";
import { numberText, sinceText, ticksOf, widgetRows, widgetWords } from "../../tui/dash_draw.ts";
import { rowText } from "../../tui/screen.ts";
import { widthOf } from "../../tui/width.ts";
import { ALICE, Stage, withPerson } from "./stage.ts";

const NOW = Date.parse("2026-11-27T10:00:00Z");
const base: WidgetView = {
  id: "x",
  bot: ALICE,
  title: "Load",
  kind: "number",
  value: 1,
  ts: "2026-11-27T10:00:00Z",
  stale: false,
  level: "good",
  history: [],
};
const ALL: readonly WidgetView[] = [
  { ...base, unit: "%", trend: "up", history: [1, 2, 3, 2, 8], value: 8 },
  { ...base, kind: "gauge", value: 1e15, max: 4, level: "alarm" },
  { ...base, kind: "bar", value: -5, stale: true },
  { ...base, kind: "text", value: "fine\u001b[2J\u202e", title: "a\u0007b" },
  { ...base, kind: "switch", value: false, level: "good" },
  { ...base, kind: "table", value: [["disk", "free"], ["/", "12 G"], ["/home is long", "3 G"]] },
  { ...base, kind: "spark", value: [1, 1, 1, 9], level: "warning" },
  { ...base, kind: "since", value: NOW - 93_784_000 },
  { ...base, title: "\u6e29\u5ea6".repeat(15), value: -0.00012345 },
];

Deno.test("Every widget fits 40 to 200 columns, and says its state in words", () => {
  for (const columns of [40, 57, 80, 120, 200]) {
    for (const widget of ALL) {
      for (const row of widgetRows(widget, NOW, columns)) {
        const text = rowText(row);
        ok(widthOf(text) <= columns, `${columns}: ${text}`);
        ok(!["\u0007", "\u001b", "\u202e"].some((sign) => text.includes(sign)), text);
      }
    }
  }
  const text = (at: number): string => widgetRows(ALL[at], NOW, 80).map(rowText).join("\n");
  ok(text(1).includes("1000T of 4") && text(1).includes("[####") && text(1).includes("!! ALARM"));
  ok(text(2).includes("(stale)") && text(2).includes("[------"));
  ok(text(5).includes("2 rows") && text(5).includes("disk"));
  ok(text(6).includes("! warning"));
});

Deno.test("Numbers, times and ticks are short", () => {
  strictEqual(
    [0, 12, 3.14159, 123456, 1234567, -2.5e9, 1e15, 0.00012].map(numberText).join(" "),
    "0 12 3.142 123456 1.235M -2.5G 1000T 1.2e-4",
  );
  strictEqual([-1, 0, 61_000, 93_784_000].map(sinceText).join(", "), "not yet, 0 s, 1 min 1 s, 1 d 2 h");
  strictEqual(ticksOf([5, 5], 9), "\u2581\u2581");
  strictEqual(ticksOf([9, 0, 7, 14], 3), "\u2581\u2585\u2588");
  strictEqual(widgetWords(ALL[0], NOW), "8 % rising");
  strictEqual(widgetWords(ALL[4], NOW), "off");
});

Deno.test("The dashboard opens over its conversation", () => {
  const stage = new Stage(80, 24);
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE });
  stage.type("\r");
  stage.tell({ kind: "command", name: "dash", argument: "" });
  stage.tell({ kind: "shared", shared: { id: withPerson(ALICE), widgets: ALL } });
  ok(
    stage.screen.some((row) => row.includes("alice")) && stage.screen.some((row) => row.includes("!! ALARM")),
  );
});
