import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { LineBudget } from "../../lib/bot/budget.ts";
import { LineCutter, MAX_LINE_BYTES } from "../../lib/bot/cutter.ts";
import { commandIn, readBotLine } from "../../lib/bot/line.ts";
import { nextPauseMs } from "../../lib/bot/pause.ts";
import { utf8 } from "../../lib/wire/bytes.ts";

const problemOf = (value: unknown): string => {
  const read = readBotLine(typeof value === "string" ? value : JSON.stringify(value));
  return "problem" in read ? read.problem : "";
};

Deno.test("A bot's line is read, and what is wrong with one is said in words", () => {
  const send = { do: "send", id: "a1", conversation: "ops", text: "Hello" };
  deepStrictEqual(readBotLine(JSON.stringify(send)), { line: send });
  strictEqual(problemOf("garbage"), "the line is no JSON");
  strictEqual(problemOf("[]"), "the line is no object");
  ok(problemOf({ do: "constructor" }).startsWith('"do" is one of send, reply, '));
  strictEqual(problemOf({ do: "send", conversation: "ops" }), '"text" is missing');
  strictEqual(problemOf({ ...send, txt: "x" }), '"txt" is not known here');
  for (const name of ["__proto__", "constructor", "toString"]) {
    strictEqual(problemOf(`{"do":"done","cursor":1,"${name}":1}`), `"${name}" is not known here`);
  }
  for (const cursor of [-1, 1.5, "5", 2 ** 53]) {
    strictEqual(problemOf({ do: "done", cursor }), '"cursor" is the cursor of a message, a whole number');
  }
  strictEqual(problemOf({ ...send, text: "" }), '"text" is a text of 1 to 65536 characters');
  deepStrictEqual(readBotLine('{"do":"done","cursor":1,"id":5}'), {
    problem: '"id" is a text of 1 to 200 characters',
    do: "done",
  });
  deepStrictEqual(readBotLine('{"do":"send","id":"a1"}'), {
    problem: '"conversation" is missing',
    do: "send",
    id: "a1",
  });
  strictEqual(problemOf("[".repeat(100_000)), "the line is no JSON");
});

Deno.test("Commands are announced with their names and helps, and nothing else", () => {
  const line = {
    do: "commands",
    conversation: "ops",
    commands: [{ name: "uptime", help: "x" }, { name: "stop" }],
  };
  deepStrictEqual(readBotLine(JSON.stringify(line)), { line });
  const words = '"commands" is at most 32 of {"name", "help"}, both texts';
  const bad = [
    "uptime",
    [{}],
    ["uptime"],
    [{ name: 5 }],
    [{ name: "a", help: 5 }],
    [{ name: "a", args: "b" }],
    Array(33).fill({ name: "a" }),
  ];
  for (const commands of bad) strictEqual(problemOf({ ...line, commands }), words, JSON.stringify(commands));
});

Deno.test("What is wrong with a widget is said by the name of its member", () => {
  const good = { id: "load", kind: "number", value: 0.7 };
  const line = (widget: unknown): string => JSON.stringify({ do: "widget", conversation: "ops", widget });
  for (const value of [0.7, "", true, [1, 2], [["a", ""], []]]) {
    strictEqual(problemOf(line({ ...good, value, title: "", age_ms: 1, notify: false })), "");
  }
  strictEqual(problemOf(line({ id: "load" })), '"widget.kind" is missing');
  strictEqual(problemOf(line({ ...good, id: 5 })), '"widget.id" is a text of 1 to 1000 characters');
  strictEqual(problemOf(line({ ...good, warn: "a" })), '"widget.warn" is a number');
  strictEqual(problemOf(line({ ...good, notify: "yes" })), '"widget.notify" is true or false');
  strictEqual(problemOf(line({ ...good, age: "5m" })), '"widget.age" is not known here');
  ok(problemOf(line({ ...good, kind: "pie" })).startsWith('"widget.kind" is one of number, gauge, '));
  const bad = ["null", "1e400", "{}", "[null]", "[[1]]", JSON.stringify("x".repeat(1001)), '"\\ud800"'];
  for (const value of bad) {
    const problem = problemOf(line({ ...good, value: "VALUE" }).replace('"VALUE"', value));
    ok(problem.startsWith('"widget.value" is a number, a short text, '), value);
  }
});

Deno.test("Any text is a line or has a problem, and nothing else", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    const read = readBotLine(text);
    ok("line" in read || read.problem !== "");
  }));
});

Deno.test("Lines are the same in pieces of any size", () => {
  const byte = fc.constantFrom(0x0a, 0x0a, 0x20, 0x61, 0x62, 0xc3, 0xa4); // ends, blank, text, ä and halves of it
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (given, size) => {
      const bytes = Uint8Array.from(given);
      const whole = new LineCutter();
      const parts = new LineCutter();
      const cuts = [];
      for (let at = 0; at < bytes.length; at += size) cuts.push(...parts.push(bytes.subarray(at, at + size)));
      const all = [...whole.push(bytes), ...whole.end()];
      deepStrictEqual([...cuts, ...parts.end()], all);
      if (all.every((one) => "text" in one)) {
        const lines = new TextDecoder().decode(bytes).split("\n").filter((line) => line.trim() !== "");
        deepStrictEqual(all, lines.map((text) => ({ text })));
      }
    }),
  );
});

Deno.test("A line of 128 KiB is read, and one of a byte more is not, alone or among others", () => {
  const longest = "x".repeat(128 * 1024);
  for (const size of [1 << 20, 1000]) {
    const cutter = new LineCutter();
    const bytes = utf8(`a\n${longest}\nb\n${longest}y\nc\n`);
    const cuts = [];
    for (let at = 0; at < bytes.length; at += size) cuts.push(...cutter.push(bytes.subarray(at, at + size)));
    const problem = `the line is longer than ${128 * 1024} bytes`;
    deepStrictEqual(cuts, [{ text: "a" }, { text: longest }, { text: "b" }, { problem }, { text: "c" }]);
  }
});

Deno.test("A line that is too long is told once, held by nobody, and the next one is read", () => {
  const cutter = new LineCutter();
  const chunk = new Uint8Array(64 * 1024).fill(0x61);
  const cuts = Array.from({ length: 100 }, () => cutter.push(chunk)).flat();
  deepStrictEqual(cuts, [{ problem: `the line is longer than ${MAX_LINE_BYTES} bytes` }]);
  deepStrictEqual(cutter.push(utf8("\n{}\n")), [{ text: "{}" }]);
  deepStrictEqual(cutter.push(Uint8Array.of(0xff, 0x0a)), [{ problem: "the line is no UTF-8" }]);
});

Deno.test("A command is the first word of a text", () => {
  deepStrictEqual(commandIn("/echo  a b\nc "), { name: "echo", args: "a b\nc" });
  deepStrictEqual(commandIn("/status"), { name: "status", args: "" });
  for (const text of ["/", "/Etc", "/etc/passwd", " /x", "x /y", `/${"a".repeat(33)}`]) {
    strictEqual(commandIn(text), undefined);
  }
});

Deno.test("Pauses double up to a minute, and begin anew when a bot has run for a minute", () => {
  const pauses: number[] = [];
  for (let last = 0; pauses.length < 8; pauses.push(last)) last = nextPauseMs(last, 10);
  deepStrictEqual(pauses, [1, 2, 4, 8, 16, 32, 60, 60].map((s) => s * 1000));
  strictEqual(nextPauseMs(60_000, 60_000), 1000);
});

Deno.test("500 lines are taken at once, then 100 a second; silence buys no more than 500", () => {
  let nowMs = 1_000_000;
  const budget = new LineBudget(nowMs);
  const takenIn = (ms: number): number => {
    const endMs = nowMs + ms;
    let count = 0;
    for (; nowMs <= endMs; count++) nowMs += budget.take(nowMs);
    return count;
  };
  const first = takenIn(0);
  ok(first >= 500 && first <= 501, `${first} at once`);
  const steady = takenIn(10_000);
  ok(steady >= 999 && steady <= 1001, `${steady} in 10 s`);
  nowMs += 3_600_000;
  const again = takenIn(0);
  ok(again >= 500 && again <= 501, `${again} after an hour`);
});

Deno.test("Each line that docs/bots.md shows of a bot is one that is taken", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/bots.md", import.meta.url));
  const lines = page.split("\n").filter((line) => line.startsWith('{ "do": '));
  ok(lines.length >= 5, `${lines.length} lines`);
  for (const line of lines) strictEqual(problemOf(line), "", line);
});
