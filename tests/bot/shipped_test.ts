import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { echoOf } from "../../lib/bot/echo.ts";
import { jobWidgets, Tail } from "../../lib/bot/job.ts";
import { machineWidgets, readMachine } from "../../lib/bot/visor.ts";
import { readWidget, writeWidget } from "../../lib/overlay/widget.ts";
import { utf8 } from "../../lib/wire/bytes.ts";

const PI = `@uptime
93784.22 361000.11
@load
0.52 0.58 0.59 1/467 12345
@cpus
4
@memory
MemTotal:        3884376 kB
MemAvailable:    1942188 kB
@temperature
48312
@temperature
51200
@battery
83
@disk
Filesystem     1024-blocks     Used Available Capacity Mounted on
/dev/root         30000000 15000000  10000000      60% /
`;

/** A widget as the dashboard takes it; undefined: it does not. */
const taken = ({ unit = "", max = 0, ageMs = 0, ...widget }: ReturnType<typeof machineWidgets>[number]) =>
  readWidget(writeWidget({ ...widget, unit, max, ageMs }));

Deno.test("A machine is read from what its system says", () => {
  deepStrictEqual(readMachine(PI), {
    uptimeS: 93784.22,
    load: 0.52,
    cpus: 4,
    celsius: 51.2,
    diskPercent: 60,
    memoryPercent: 50,
    batteryPercent: 83,
  });
  const widgets = machineWidgets(readMachine(PI), 1_700_000_000_000);
  deepStrictEqual(widgets.map(({ id, value }) => [id, value]), [
    ["uptime", 1_699_906_200_000],
    ["load", 0.52],
    ["temperature", 51.2],
    ["disk", 60],
    ["memory", 50],
    ["battery", 83],
  ]);
  // The table of lib/bot/README.md "Visor"; of a battery less is less.
  deepStrictEqual(widgets.slice(1).map(({ id, warn, alarm }) => [id, warn, alarm]), [
    ["load", 4, 8],
    ["temperature", 70, 85],
    ["disk", 85, 95],
    ["memory", 85, 95],
    ["battery", 20, 10],
  ]);
});

Deno.test("What a machine lacks is left out, not made up", () => {
  deepStrictEqual(machineWidgets(readMachine(""), 0), []);
  deepStrictEqual(readMachine("@battery\n250\n@temperature\n0\n250000\n-70000\n@disk\n@load\nx\n"), {});
  const load = (cpus: string) => machineWidgets(readMachine(`@load\n1.5 1 1\n@cpus\n${cpus}\n`), 0)[0];
  strictEqual(load("2").kind, "gauge");
  deepStrictEqual(load("0"), { id: "load", title: "Load", kind: "number", value: 1.5 });
});

Deno.test("Whatever a system says, each widget is one that a dashboard takes", () => {
  const word = fc.oneof(
    fc.constantFrom("@uptime", "@load", "@disk", "MemTotal:", "-5", "999999999999999"),
    fc.string(),
  );
  fc.assert(fc.property(fc.array(word), fc.nat(), (words, nowMs) => {
    for (const widget of machineWidgets(readMachine(words.join("\n")), nowMs)) ok(taken(widget), widget.id);
  }));
});

Deno.test("A job's widgets have its status, its time and the end of its log", () => {
  const tail = new Tail();
  for (let i = 0; i < 2000; i++) tail.push(utf8(`line ${i}\r\n`));
  tail.push(utf8(`${"x".repeat(100_000)}\nlast\n`));
  strictEqual(tail.lines.at(-1), "last");
  strictEqual(tail.lines.at(-2)!.length, 60);
  const widgets = jobWidgets({
    name: "backup",
    status: 3,
    tookMs: 61_234,
    endMs: 5,
    log: tail.lines,
    ageMs: 1000,
  });
  deepStrictEqual(widgets.slice(0, 3).map(({ id, value, unit }) => [id, value, unit]), [
    ["backup", 3, "failed"],
    ["backup-took", 61.2, "s"],
    ["backup-ended", 5, undefined],
  ]);
  for (const widget of widgets) ok(taken(widget), widget.id);
  const titles = ["backup", "backup: took", "backup: ended", "backup: log"];
  deepStrictEqual(widgets.map(({ title }) => title), titles);
  deepStrictEqual(widgets[0].alarm, 1, "any status but 0");
  deepStrictEqual(widgets.map(({ ageMs }) => ageMs), [1000, 1000, 1000, 1000]);
});

Deno.test("The end of a log is the same in whatever pieces it was printed", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 20 }), (sizes) => {
    const [pieces, whole] = [new Tail(), new Tail()];
    let text = "";
    for (const [i, size] of sizes.entries()) {
      const piece = `${i}:${"y".repeat(size % 70)}\n`.repeat(1 + size % 40);
      pieces.push(utf8(piece));
      text += piece;
    }
    whole.push(utf8(text));
    deepStrictEqual(pieces.lines, whole.lines);
    const printed = text.split("\n").slice(0, -1).slice(-11);
    deepStrictEqual(whole.lines, printed.map((line) => line.length > 60 ? `${line.slice(0, 59)}…` : line));
  }));
});

Deno.test("Any log fits its widget", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (chunks) => {
    const tail = new Tail();
    for (const chunk of chunks) tail.push(chunk);
    ok(jobWidgets({ name: "x", status: 0, tookMs: 0, endMs: 0, log: tail.lines }).every((one) => taken(one)));
  }));
});

Deno.test("Echo answers people, and in groups who calls it; two of them fall silent", () => {
  const person = { isGroup: false, isAnswer: false };
  strictEqual(echoOf({ ...person, text: "hello" }), "hello");
  strictEqual(echoOf({ ...person, text: "hello", isAnswer: true }), undefined);
  strictEqual(echoOf({ ...person, text: "hello", isGroup: true }), undefined);
  strictEqual(echoOf({ ...person, text: "/echo  hi", isGroup: true }), "hi");
  strictEqual(echoOf({ ...person, text: "/echo", isGroup: true }), undefined);
  fc.assert(fc.property(fc.string(), (rest) => {
    let turns = 0;
    for (let text: string | undefined = `/echo ${rest}`; text !== undefined; turns++) {
      text = echoOf({ text, isGroup: true, isAnswer: true });
    }
    ok(turns < 100);
  }));
});
