/**
 * What bots print: bytes that become lines, and lines that become wishes; what a system and a job say, as widgets.
 *
 * @module
 */
import { type Cut, LineCutter } from "../../../lib/bot/cutter.ts";
import { commandIn, readBotLine } from "../../../lib/bot/line.ts";
import { dashFrame } from "../../../lib/app/overlays/dash_frame.ts";
import type { WidgetUpdate } from "../../../lib/app/overlays/widget_views.ts";
import { jobWidgets, Tail } from "../../../lib/bot/job.ts";
import { givenOf } from "../../../lib/bot/widget.ts";
import { machineWidgets, readMachine } from "../../../lib/bot/visor.ts";
import { readWidget } from "../../../lib/overlay/widget.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import type { Target } from "../fuzz.ts";

const LINES: readonly string[] = [
  '{"do":"send","id":"a1","conversation":"ops","text":"Hello","reply_to":"0123456789abcdef"}',
  '{"do":"reply","cursor":17,"text":"/echo","more":true}',
  '{"do":"list","id":"a2","conversation":"ops","action":"move","list":"Shopping","item":"2","to":"top"}',
  '{"do":"board","conversation":"ops","action":"reply","post":"3f2a9c01","text":"How much?"}',
  '{"do":"widget","conversation":"ops","widget":{"id":"load","kind":"number","value":0.7}}',
  '{"do":"done","cursor":17}',
];

/** Lines: each is a wish of a known kind, or has a problem in words. */
export const lines = (): Target => ({
  name: "bot: lines",
  seeds: LINES.map(utf8),
  run: (input) => {
    const text = fromUtf8(input);
    const read = readBotLine(text);
    if ("problem" in read && read.problem === "") throw new Error("no words for a problem");
    commandIn(text);
  },
});

/** Bytes in any pieces: the same lines. */
export const cuts = (): Target => {
  const cut = (pieces: Iterable<Uint8Array>): Cut[] => {
    const cutter = new LineCutter();
    const found: Cut[] = [];
    for (const piece of pieces) found.push(...cutter.push(piece));
    return [...found, ...cutter.end()];
  };
  return {
    name: "bot: bytes cut into lines",
    seeds: [utf8(`${LINES.join("\n")}\n`), utf8(LINES.join("\r\n"))],
    run: (input) => cut([input]),
    feed: (pieces) => JSON.stringify(cut(pieces)),
  };
};

/** Publishes a widget. @throws {Error} What it makes is none. */
function framed(widget: unknown): void {
  const { data } = dashFrame(widget as WidgetUpdate);
  if (readWidget(data) === undefined) throw new Error(`no widget: ${data}`);
}

/** Widgets that bots ask for: each is one, or is refused in words. */
export const widgets = (): Target => ({
  name: "bot: widgets",
  seeds: [
    {
      id: "load",
      kind: "number",
      value: 0.7,
      title: "Load",
      unit: "%",
      max: 4,
      age_ms: 60_000,
      warn: 3,
      alarm: 4,
    },
    { id: "a", kind: "table", value: [["a", "b"]], info: "said", summary: "short", notify: true },
    { id: "b", kind: "text", value: "x", info: 5, summary: ["y"] },
  ].map((widget) => utf8(JSON.stringify({ do: "widget", conversation: "ops", widget }))),
  run: (input) => {
    const read = readBotLine(fromUtf8(input));
    if (!("line" in read) || read.line.do !== "widget") return;
    try {
      framed(givenOf(read.line.widget));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  },
});

/** What a system says of itself: whatever it is, what is understood can be published. */
export const machines = (): Target => ({
  name: "bot: what a machine says",
  seeds: [
    utf8(
      "@uptime\n812.5 900.1\n@load\n0.42 0.3 0.2 1/99 7\n@cpus\n4\n@memory\nMemTotal: 8000 kB\nMemAvailable: 2000 kB\n" +
        "@temperature\n48312\n@battery\n87\n@disk\nFilesystem 1024-blocks Used Available Capacity Mounted\n/dev/a 100 40 60 40% /\n",
    ),
  ],
  garbage: true, // 64 KiB are thousands of lines, and each is cut into words
  run: (input) => {
    for (const widget of machineWidgets(readMachine(fromUtf8(input)), 1_764_000_000_000)) framed(widget);
  },
});

/** What a job prints, in any pieces: the same end of it, which can be published. */
export const jobs = (): Target => {
  const tail = (pieces: Iterable<Uint8Array>): readonly string[] => {
    const end = new Tail();
    for (const piece of pieces) end.push(piece);
    for (const widget of jobWidgets({ name: "job", status: 0, tookMs: 1, endMs: 1, log: end.lines })) {
      framed(widget);
    }
    return end.lines;
  };
  return {
    name: "bot: what a job prints",
    seeds: [utf8("fine\nbad\r\n\nlast"), utf8("\u{1f600}".repeat(40)), utf8(`${"x".repeat(9000)}\ny`)],
    run: (input) => tail([input]),
    feed: (pieces) => tail(pieces).join("\n"),
  };
};
