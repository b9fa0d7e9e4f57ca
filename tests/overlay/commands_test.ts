/** Commands that bots announce: what is read, what holds, and the vectors of both. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MAX_COMMANDS, MAX_HELP_CHARS, readCommands, writeCommands } from "../../lib/overlay/announcement.ts";
import { commandsOf, widgetsOf } from "../../lib/overlay/folds/dash_rows.ts";
import { DASHBOARD } from "../../lib/overlay/frame.ts";
import { readWidget } from "../../lib/overlay/widget.ts";
import { Conversation, PEOPLE, said } from "./kept.ts";
import { orders, told, vectors } from "./vectors.ts";

const announced = async ({ engine }: Conversation): Promise<unknown[]> =>
  (await commandsOf(engine.tree("dash"))).rows.map((
    { bot, commands },
  ) => [PEOPLE.indexOf(bot), commands.map(({ name, help }) => [name, help])]);

for (const vector of vectors("commands")) {
  Deno.test(`Commands vector: ${vector.name}`, async () => {
    for (const order of orders(vector.messages.length)) {
      const here = await told(vector, order);
      deepStrictEqual(await announced(here), vector.commands, `in the order ${order}`);
    }
  });
}

Deno.test("What an announcement hid stands again when that message goes, and rebuilt is the same", async () => {
  const here = new Conversation("person");
  const say = (c: unknown, s: number) => said(PEOPLE[1], { o: DASHBOARD, d: { c }, s }, undefined);
  await here.set(1, say([["a"]], 1000));
  await here.set(2, say([["b"]], 2000));
  await here.set(3, say([], 30_000));
  await here.engine.settle();
  deepStrictEqual(await announced(here), []);
  await here.set(3, undefined);
  await here.engine.settle();
  deepStrictEqual(await announced(here), [[1, [["b", ""]]]]);
  await here.set(2, undefined);
  await here.engine.settle();
  deepStrictEqual(await announced(here), [[1, [["a", ""]]]]);
  strictEqual((await widgetsOf(here.engine.tree("dash"))).total, 0, "a widget for each");
  strictEqual(await here.text(), await here.rebuilt());
});

const names = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);
const helps = fc.string({ unit: "grapheme", maxLength: MAX_HELP_CHARS }).filter((help) =>
  help.length <= MAX_HELP_CHARS && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(help)
);
const lists = fc.uniqueArray(fc.record({ name: names, help: helps }, { noNullPrototype: true }), {
  selector: ({ name }) => name,
  maxLength: MAX_COMMANDS,
});

Deno.test("Commands are read as they are written, and nobody else takes them for a widget", () => {
  fc.assert(fc.property(lists, (commands) => {
    const data = writeCommands(commands);
    deepStrictEqual(readCommands(data), commands);
    strictEqual(readWidget(data), undefined);
  }));
});

Deno.test("A sign that is unseen or turns a line is refused wherever it stands, and so are odd names and too many", () => {
  const signs = fc.constantFrom(
    ..."\0\n\r\t\x1b\x7f\x85\xad\u061c\u200b\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2063\u2066\u2069\ufeff\ud800",
  );
  fc.assert(fc.property(helps, signs, fc.nat(), (help, sign, at) => {
    const short = [...help].slice(0, 20);
    short.splice(at % (short.length + 1), 0, sign);
    strictEqual(readCommands(JSON.stringify({ c: [["ok", short.join("")]] })), undefined);
  }));
  const bad = [
    { c: [["-x"]] },
    { c: [["Über"]] },
    { c: [["a b"]] },
    { c: [["x".repeat(33)]] },
    { c: [[""]] },
    { c: [[]] },
    { c: ["x"] },
    { c: [["x", 5]] },
    { c: [["x", "y".repeat(MAX_HELP_CHARS + 1)]] },
    { c: Array.from({ length: MAX_COMMANDS + 1 }, (_, i) => [`c${i}`]) },
    { c: { length: 1 } },
    { c: null },
    {},
    { w: "x", c: [["x"]] },
  ];
  for (const one of bad) strictEqual(readCommands(JSON.stringify(one)), undefined, JSON.stringify(one));
  for (const text of ["", "null", "[]", "[".repeat(60_000)]) strictEqual(readCommands(text), undefined);
  ok(readCommands('{"c":[]}'));
});
