/** What a bot's reply is: of a person's message one that names it, in a group one that quotes it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type ActionParts, perform } from "../../../cli/bot/actions.ts";
import { readBody } from "../../../lib/chat/body.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const [ALICE, BOB] = ["a1", "b0"].map((byte) => `02${byte.repeat(32)}`);
const TS = "2026-11-27T14:00:00.123456789Z";

Deno.test("A bot's reply in a group quotes what it answers, by which it is for whom that is", async () => {
  const sent: Record<string, unknown>[] = [];
  const send = (request: Record<string, unknown>) => {
    sent.push(request);
    return Promise.resolve({ state: "queued", position: 1, id: "x" });
  };
  const app = { groups: { send }, messages: { send } };
  const signal = new AbortController().signal;
  const parts = { context: { signal }, app, name: "bot", waitMs: 5 } as unknown as ActionParts;
  const line = { do: "reply", cursor: 5, text: "42", id: "r1" } as const;
  const said = { from: ALICE, ts: TS, text: `${"what is it? ".repeat(20)}\nmore` };
  const message = (conversation: string) => ({ cursor: 5, conversation, id: "m1", line: said });
  strictEqual((await perform(parts, line, GROUP, message(GROUP))).ok, true);
  strictEqual((await perform(parts, line, BOB, message(BOB))).ok, true);
  const [inGroup, toPerson] = sent;
  deepStrictEqual([inGroup.group, inGroup.key, inGroup.replyTo], [GROUP, "bot/r1", undefined]);
  const body = readBody(inGroup.text as string);
  ok(body?.kind === "reply");
  deepStrictEqual([body.toSender, body.toTs, body.text], [ALICE, TS, "42"]);
  ok(body.toPreview!.startsWith("what is it? what") && body.toPreview!.length <= 80);
  deepStrictEqual([toPerson.text, toPerson.replyTo], ["42", "m1"]);
});

Deno.test("What a bot sends in a group with reply_to quotes that, as a person's answer does", async () => {
  const sent: Record<string, unknown>[] = [];
  const send = (request: Record<string, unknown>) => {
    sent.push(request);
    return Promise.resolve({ state: "queued", position: 300, id: "x" });
  };
  const id = (n: number) => `${ALICE}/1764252000123456789/${n}`;
  const all = Array.from({ length: 250 }, (_, i) => ({
    position: i + 1,
    id: id(i + 1),
    sender: ALICE,
    peer: GROUP,
    outgoing: i === 1,
    ts: TS,
    text: `said ${i + 1}\nmore`,
    state: i === 2 ? "deleted" : "received",
  }));
  const history = ({ before = Infinity, limit }: { before?: number; limit: number }) =>
    Promise.resolve(all.filter(({ position }) => position < before).slice(-limit));
  const app = { groups: { send }, messages: { history }, pk: BOB };
  const signal = new AbortController().signal;
  const parts = { context: { signal }, app, name: "bot", waitMs: 5 } as unknown as ActionParts;
  const answer = (n: number) =>
    perform(parts, { do: "send", conversation: GROUP, text: "42", reply_to: id(n) }, GROUP);
  for (const n of [240, 1, 2]) strictEqual((await answer(n)).ok, true);
  deepStrictEqual(
    sent.map(({ text, replyTo }) => {
      const body = readBody(text as string);
      ok(body?.kind === "reply");
      return [replyTo, body.toSender, body.toTs, body.toPreview, body.text];
    }),
    [[240, ALICE], [1, ALICE], [2, BOB]].map(([n, from]) => [id(Number(n)), from, TS, `said ${n}`, "42"]),
  );
  for (const n of [3, 999]) {
    const { ok: isSent, error } = await answer(n) as { ok: boolean; error?: { code: string } };
    deepStrictEqual([isSent, error?.code], [false, "usage"], "it is not there, so nothing is said");
  }
  strictEqual(sent.length, 3);
});

Deno.test("What was replaced by a later value, or stands already, was not said: its outcome has no position and no thing", async () => {
  const replaced = { state: "replaced", line: "[dash] load: 1" };
  const said = { id: "t1", state: "acked", position: 7, line: "[dash] load: 2" };
  const unchanged = { state: "unchanged", line: "[bot] takes /up" };
  const reports = [replaced, said, unchanged, said];
  const next = () => Promise.resolve(reports.shift()!);
  const app = { overlays: { publish: next, announce: next } };
  const signal = new AbortController().signal;
  const parts = { context: { signal }, app, name: "bot", waitMs: 5 } as unknown as ActionParts;
  const widget = { id: "load", kind: "number", value: 1 } as const;
  const lines = [
    { do: "widget", conversation: BOB, widget, id: "w" },
    { do: "commands", conversation: BOB, commands: [{ name: "up" }], id: "c" },
  ] as const;
  const outcomes: unknown[] = [];
  for (const line of lines) {
    for (let i = 0; i < 2; i++) outcomes.push(JSON.parse(JSON.stringify(await perform(parts, line, BOB))));
  }
  deepStrictEqual(outcomes, [
    { ok: true, state: "replaced" },
    { ok: true, state: "acked", position: 7, thing: "t1" },
    { ok: true, state: "unchanged" },
    { ok: true, state: "acked", position: 7 },
  ]);
});

Deno.test("A bot's wish for a list that it has said before is the same, though what it names is gone", async () => {
  const report = { id: "t1", state: "acked", position: 7, line: "[list] removed milk from Shopping" };
  const asked: unknown[] = [];
  const changeListAgain = (request: Record<string, unknown>) => {
    asked.push([request.key, request.words]);
    return Promise.resolve({ report });
  };
  const app = { overlays: { changeListAgain } };
  const signal = new AbortController().signal;
  const parts = { context: { signal }, app, name: "bot", waitMs: 5 } as unknown as ActionParts;
  const line = { do: "list", conversation: BOB, action: "remove", list: "Shopping", item: "milk" } as const;
  deepStrictEqual(
    JSON.parse(JSON.stringify(await perform(parts, { ...line, id: "r1" }, BOB))),
    { ok: true, state: "acked", position: 7, thing: "t1" },
  );
  deepStrictEqual(asked, [["bot/r1", JSON.stringify(line)]]);
});
