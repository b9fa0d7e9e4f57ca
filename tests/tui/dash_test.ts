/**
 * Dashboards as rows, at any width and with few colours, and read aloud. `deno run -A tests/tui/dash_test.ts write`
 * writes the golden texts anew.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { dashLines } from "../../cli/words/dash_lines.ts";
import type { WidgetView } from "../../lib/app/overlays/overlays.ts";
import { WIDGET_KINDS } from "../../lib/overlay/widget.ts";
import { ticksOf, widgetRows } from "../../tui/drawing/dash_draw.ts";
import { numberText, sinceText, widgetWords } from "../../tui/drawing/dash_words.ts";
import { rowText, Screen } from "../../tui/drawing/screen.ts";
import { widthOf } from "../../tui/drawing/width.ts";
import { askedBy } from "../../tui/lines/asked.ts";
import { LINE_COLUMNS, Linear } from "../../tui/lines/linear.ts";
import type { Msg } from "../../tui/state/types.ts";
import { Aging } from "../../tui/steps/aging.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Emulator } from "./emulator.ts";
import { ALICE, BOB, Stage, withPerson } from "./stage.ts";

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

/** Signs that would do harm, or turn what stands beside them. */
const HARM = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;
/** Those of ALL, and what is widest of each kind. */
const WIDE: readonly WidgetView[] = [
  ...ALL,
  ...(["number", "gauge", "bar"] as const).map((kind): WidgetView => ({
    ...base,
    kind,
    value: -1e15,
    max: 1e15,
    unit: "\u6e29\u5ea6".repeat(30),
    history: [1, -1e15, 1e15],
    level: "alarm",
    stale: true,
  })),
  {
    ...base,
    kind: "spark",
    unit: "\u6e29\u5ea6",
    value: Array.from({ length: 120 }, (_, i) => i % 7 * 1e14),
    stale: true,
  },
  { ...base, kind: "table", value: Array(3).fill(Array(12).fill("\u6e29".repeat(30))), level: "warning" },
  { ...base, kind: "text", value: "\u6e29\u5ea6".repeat(30), level: "alarm" },
  { ...base, kind: "since", value: 1, level: "warning", stale: true },
];

Deno.test("Every kind of widget fits each of 40 to 200 columns, and says its state in words at each", () => {
  deepStrictEqual(new Set(WIDE.map(({ kind }) => kind)), new Set(WIDGET_KINDS));
  for (let columns = 40; columns <= 200; columns++) {
    for (const widget of WIDE) {
      const rows = widgetRows(widget, NOW, columns).map(rowText);
      for (const text of rows) {
        ok(widthOf(text) <= columns, `${widthOf(text)} of ${columns}: ${text}`);
        ok(!HARM.test(text), text);
      }
      const said = { good: "", warning: "! warning", alarm: "!! ALARM" }[widget.level];
      ok(rows[0].includes(said) && rows[0].includes("(stale)") === widget.stale, `${columns}: ${rows[0]}`);
    }
    for (const line of dashLines({ rows: WIDE, total: 99 }, () => "\u202ebot\u001b", NOW, columns)) {
      ok(widthOf(line) <= columns && !HARM.test(line), `${columns}: ${line}`);
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

/** A dashboard that is open in the chat. */
function opened(columns: number, rows: number, widgets: readonly WidgetView[]): Stage {
  const stage = new Stage(columns, rows);
  stage.nowMs = NOW;
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE, bob: BOB });
  stage.type("\r");
  stage.tell({ kind: "command", name: "dash", argument: "" });
  stage.tell({ kind: "shared", shared: { id: withPerson(ALICE), widgets } });
  return stage;
}

const BOARD: readonly WidgetView[] = [
  ...ALL.map((widget, i): WidgetView => ({ ...widget, id: `${i}` })),
  { ...base, id: "up", bot: BOB, title: "Backup", kind: "switch", value: true, ageMs: 60_000 },
];

function golden(): string {
  const names: Record<string, string> = { [ALICE]: "alice", [BOB]: "bob" };
  const parts = [40, 80, 200].map((columns) => {
    const lines = dashLines({ rows: BOARD, total: 12 }, (bot) => names[bot], NOW, columns);
    return `== dmsg dash at ${columns} columns\n${lines.join("\n")}`;
  });
  const screen = opened(80, 24, BOARD).screen;
  return [...parts, `== in the chat at 80×24\n${screen.join("\n")}`, `== read aloud\n${spoken().join("\n")}`]
    .join("\n\n") + "\n";
}

/** What the linear mode says of the dashboard. */
function spoken(): string[] {
  return new Aloud().hears({ kind: "shared", shared: { id: withPerson(ALICE), widgets: BOARD } });
}

/** The dashboard without a screen. */
class Aloud {
  readonly #stage = new Stage(LINE_COLUMNS, 20, { focused: true });
  #said: string[] = [];

  constructor() {
    const linear = new Linear();
    this.#stage.nowMs = NOW;
    this.#stage.onStep = (before, msg, after) => void this.#said.push(...linear.lines(before, msg, after));
    this.#stage.keep(ALICE, { text: "hello" });
    this.#stage.begin({ alice: ALICE, bob: BOB });
    for (const line of ["/open alice", "/dash"]) {
      this.#stage.tell(askedBy(this.#stage.model, line) as Omit<Msg, "nowMs"> as never);
    }
  }

  hears(msg: Parameters<Stage["tell"]>[0], afterMs = 0): string[] {
    this.#said = [];
    this.#stage.nowMs += afterMs;
    this.#stage.tell(msg);
    return this.#said;
  }
}

const GOLDEN = new URL("golden/dash.txt", import.meta.url);

Deno.test("Dashboards at 40, 80 and 200 columns, in the chat and read aloud, are those that were looked at", async () => {
  strictEqual(golden(), await Deno.readTextFile(GOLDEN));
});

/** What a terminal shows of a frame, and the numbers of the looks that it was told. */
async function painted(frame: Stage["frame"], columns: number, depth: "none" | "16" | "256") {
  const emulator = new Emulator(columns, 24);
  await emulator.write(new Screen(columns, 24, depth, "dark").paint(frame));
  // deno-lint-ignore no-control-regex
  const looks = [...emulator.bytes.matchAll(/\x1b\[([\d;]*)m/g)].flatMap(([, set]) =>
    set.split(";").map(Number)
  );
  return { rows: emulator.rows(), looks };
}

Deno.test("Without colours and with 16 a terminal shows the same dashboard at any width, and none are sent where there are none", async () => {
  for (const columns of [40, 57, 80, 132, 200]) {
    const { frame, screen } = opened(columns, 24, BOARD);
    ok(screen.some((row) => row.includes("!! ALARM")) && screen.some((row) => row.includes("(stale)")));
    const { rows } = await painted(frame, columns, "256");
    for (const depth of ["none", "16", "256"] as const) {
      const { rows: same, looks } = await painted(frame, columns, depth);
      deepStrictEqual(same, rows, `${columns} columns, ${depth}`);
      const has = (least: number): boolean => looks.some((look) => look >= least);
      deepStrictEqual([has(30), has(38)], [depth !== "none", depth === "256"], depth);
    }
  }
});

Deno.test("Read aloud, every kind is a sentence without a picture or a sign that would do harm", () => {
  for (const widget of WIDE) {
    const [first, ...rest] = new Aloud().hears({
      kind: "shared",
      shared: { id: withPerson(ALICE), widgets: [widget] },
    });
    ok(/^alice, .+: ./.test(first), first);
    ok(
      rest.length === (widget.kind === "table" ? (widget.value as readonly unknown[]).length - 1 : 0),
      `${rest}`,
    );
    for (const line of [first, ...rest]) ok(!HARM.test(line) && !/[\u2580-\u259f]|\[[#-]/.test(line), line);
    const level = { good: "", warning: ", warning", alarm: ", alarm" }[widget.level];
    ok(first.includes(level) && first.includes(", stale: said ") === widget.stale, first);
  }
});

Deno.test("Read aloud, only what has changed is said again, and that a value has become stale", () => {
  const aloud = new Aloud();
  const widgets = BOARD.slice(-2);
  const id = withPerson(ALICE);
  strictEqual(aloud.hears({ kind: "shared", shared: { id, widgets } }).length, 2);
  deepStrictEqual(aloud.hears({ kind: "tick" }, 10_000), []);
  deepStrictEqual(aloud.hears({ kind: "tick" }, 60_000), ["bob, Backup: on, stale: said 10:00"]);
  const [, up] = widgets;
  const now = { ...up, value: false, ts: "2026-11-27T10:01:00Z" };
  deepStrictEqual(aloud.hears({ kind: "shared", shared: { id, widgets: [widgets[0], now] } }), [
    "bob, Backup: off",
  ]);
});

Deno.test("Time is looked at while a dashboard is shown, and at no other time", async () => {
  const clock = new FakeClock();
  let ticks = 0;
  const aging = new Aging(clock, () => ticks++);
  const stage = opened(80, 24, BOARD);
  aging.shows(stage.model);
  aging.shows(stage.model);
  await clock.advance(10_000);
  strictEqual(ticks, 1);
  aging.shows(stage.model);
  stage.type("\x1b");
  aging.shows(stage.model);
  await clock.advance(60_000);
  strictEqual(ticks, 1);
});

if (import.meta.main && Deno.args.includes("write")) await Deno.writeTextFile(GOLDEN, golden());

Deno.test("What has no room beside a widget's title stands below it, to its end", () => {
  const text = `${"The backup of the cellar has ended with a warning. ".repeat(3)}See /var/log/backup.`;
  const widget: WidgetView = { ...base, kind: "text", title: "Backup", value: text, level: "warning" };
  const rows = widgetRows(widget, NOW, 40).map(rowText);
  strictEqual(rows[0].trimEnd(), "Backup  ! warning");
  strictEqual(rows.slice(1).map((row) => row.trim()).join(" "), text);
  strictEqual(widgetRows({ ...widget, value: "ended" }, NOW, 40).length, 1);
  const long = widgetRows({ ...widget, value: "word ".repeat(500) }, NOW, 40).map(rowText);
  strictEqual(long.length, 9, "and is no page of its own");
  ok(long.at(-1)!.endsWith("…"));
});
