/** Frames of every wrong shape in a conversation: it stays readable, and what was good counts. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BULLETIN, DASHBOARD, encodeOverlay, INVITE, LIST, POLL } from "../../lib/overlay/frame.ts";
import { personName } from "../../lib/overlay/names.ts";
import { newStage } from "../script/script.ts";
import { ALICE, heard } from "./received.ts";

/** For all commands together with that conversation; they take some seconds. */
const LIMIT_MS = 60_000;
/** What moves a cursor, sets a look, or turns what stands beside it. */
const HARM = /[\p{Cc}\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const EVIL = "a\u202eb\u001b[2J\u0007\u2066c";

const framed = (o: unknown, d: unknown, more: object = {}): string => {
  const data = typeof d === "string" ? d : JSON.stringify(d);
  return `line ${EVIL}\n\u2063${JSON.stringify({ o, d: data, ...more })}`;
};

/** Of these nothing is a list, a post, a poll, a widget or an announcement. */
function* wrong(): Generator<string> {
  const data = [
    "",
    "null",
    "[]",
    "{}",
    "7",
    '{"a":5}',
    '{"a":"new"}',
    '{"a":"__proto__"}',
    "[".repeat(20_000),
  ];
  for (const o of [LIST, DASHBOARD, POLL, INVITE]) for (const d of data) yield framed(o, d);
  for (const o of [10, 100, 101, 200, 999, 2 ** 53 - 1, -1, 1.5, "2", null]) yield framed(o, "{}");
  // What belongs to nothing: parents that are none, that are not here, and chains of them.
  for (const p of ["x", "0".repeat(16), "0".repeat(130), "f".repeat(32), "f".repeat(50_000), 5, {}]) {
    yield framed(LIST, { a: "add", i: "stray" }, { p });
    yield framed(BULLETIN, "stray", { p });
    yield framed(POLL, { a: "vote", v: [0] }, { p });
  }
  for (const a of ["edit", "withdraw", "pin", "burn", 7, null]) {
    yield framed(BULLETIN, "stray", { p: "f".repeat(16), a });
  }
  for (
    const widget of [
      { k: "number", v: 1 },
      { w: "x", k: "pie", v: 1 },
      { w: "x", k: "number", v: "NaN" },
      { w: "x", k: "gauge", v: 1e300, max: -1 },
      { w: "x", k: "table", v: [[]] },
      { w: "x", k: "spark", v: Array(5000).fill(1) },
      { w: "x", k: "text", v: "y".repeat(5000) },
    ]
  ) yield framed(DASHBOARD, widget, { s: 5 });
  yield framed(DASHBOARD, '{"w":"x","k":"number","v":1e999}', { s: 5 });
  yield framed(DASHBOARD, { c: [["up", EVIL]] }, { s: 5 });
  yield "skychat:invite:\u202e";
  yield `skychat:invite:${"A".repeat(50_000)}`;
  yield "[invite] look\nskychat://02ab";
  yield '{"o":2,"d":"{"}';
  yield "\u2063{";
  yield `${"\n".repeat(3000)}\u2063{"o":2`;
}

const good = (overlay: number, data: unknown, s: number, parent?: string): string =>
  encodeOverlay({
    overlay,
    data: typeof data === "string" ? data : JSON.stringify(data),
    fallback: "good",
    extra: { s },
    ...(parent === undefined ? {} : { parent }),
  });

Deno.test("A conversation full of wrong frames stays readable, and what was good among them counts", async () => {
  await using stage = await newStage();
  const list = good(LIST, { a: "new", l: `Shop${EVIL}` }, 10);
  const item = good(LIST, { a: "add", i: `milk${EVIL}` }, 11, personName(ALICE, list).slice(0, 16));
  const rest = [
    good(BULLETIN, `bike${EVIL}`, 12),
    good(POLL, { a: "new", q: `when${EVIL}`, c: [`mon${EVIL}`, "tue"] }, 13),
    good(DASHBOARD, { w: "big", k: "gauge", v: -1e15, max: 5e-324, u: EVIL, t: "Big" }, 14),
    good(DASHBOARD, { w: "small", k: "number", v: 5e-324, warn: -1e15, alarm: 1e15 }, 15),
    good(DASHBOARD, { w: EVIL, k: "text", v: EVIL, u: EVIL }, 16),
    good(DASHBOARD, { c: [["up", "Says how long"]] }, 17),
  ];
  const bad = [...wrong()];
  const SILENT = 4; // widgets and commands are no lines
  const half = bad.length >> 1;
  await heard(stage, [
    "first",
    ...bad.slice(0, half),
    item,
    list,
    ...bad.slice(half),
    ...rest,
    "still readable",
  ]);
  const startMs = performance.now();
  const run = async (line: string): Promise<string[]> => {
    const { stdout, stderr, status } = await stage.run(`dmsg ${line}`);
    strictEqual(status, 0, `${line}: ${stderr}`);
    const lines = stdout.trimEnd().split("\n");
    for (const one of lines) ok(!HARM.test(one), `${line}: ${JSON.stringify(one)}`);
    return lines;
  };
  const history = await run("history alice --limit 1000");
  ok(history[0].endsWith("first") && history.at(-1)!.endsWith("still readable"));
  const all = await run("history alice --limit 1000 --json");
  strictEqual(all.length, bad.length + rest.length + 4 - SILENT, "each message is there");
  const json = async (line: string) => (await run(`${line} --json`)).map((one) => JSON.parse(one));
  deepStrictEqual((await json("list ls alice")).map(({ name, items }) => [name, items]), [[
    `Shop${EVIL}`,
    1,
  ]]);
  const [{ id }] = await json("list ls alice");
  const shown = await run(`list show alice ${id}`);
  ok(shown.length === 1 && shown[0].includes("[ ] milk"), shown.join());
  deepStrictEqual((await json("board ls alice")).map(({ text, replies }) => [text, replies]), [[
    `bike${EVIL}`,
    0,
  ]]);
  deepStrictEqual((await json("poll ls alice")).map(({ question, voters }) => [question, voters]), [[
    `when${EVIL}`,
    0,
  ]]);
  const widgets = (await json("dash alice")).map(({ id, value }) => [id, value]);
  deepStrictEqual(widgets, [[EVIL, EVIL], ["big", -1e15], ["small", 5e-324]]);
  const dash = await run("dash alice");
  ok(dash.some((row) => row.includes("Big") && row.includes("-1000T")), dash.join("\n"));
  deepStrictEqual((await run("bot commands alice")).map((row) => row.slice(0, 3)), ["/up"]);
  for (
    const look of ["board ls alice", "poll ls alice", "list log alice " + id, "invite ls alice", "status"]
  ) await run(look);
  ok((await json("invite ls alice")).every(({ state }) => state === "unusable"), "none can be taken up");
  ok(performance.now() - startMs < LIMIT_MS, "it took too long");
});
