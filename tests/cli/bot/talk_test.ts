import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type BotMessage, type Outcome, Talk } from "../../../cli/bot/talk.ts";
import { Inbox } from "../../../lib/bot/inbox.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";

/** A bot whose lines are given and whose input is looked at. */
function newTalk(takes = true, keep = (): Promise<void> => Promise.resolve()) {
  const clock = new FakeClock();
  const inbox = new Inbox<BotMessage>({ cursor: 0, done: [] });
  const told: Record<string, unknown>[] = [];
  const performed: { line: unknown; end: (outcome: Outcome) => void }[] = [];
  const stuck: string[] = [];
  const outcomes: number[] = [];
  let arrived = Promise.withResolvers<void>();
  const stop = new AbortController();
  const talk = new Talk({
    clock,
    signal: stop.signal,
    inbox,
    arrived: () => arrived.promise,
    write: (bytes) => {
      if (!takes) return new Promise(() => {});
      told.push(JSON.parse(fromUtf8(bytes)));
      return Promise.resolve();
    },
    find: (name) =>
      name === "nobody"
        ? Promise.reject(new UserError("none", { kind: "usage", hint: "" }))
        : Promise.resolve(name),
    perform: (line) => new Promise((end) => performed.push({ line, end })),
    failed: (error) => ({ ok: false, error: { message: (error as Error).message } }),
    done: (cursor) => {
      inbox.done(cursor);
      return keep();
    },
    onOutcome: (line) => void outcomes.push(line),
    onStuck: () => void stuck.push("stuck"),
  });
  const hear = (cursor: number): void => {
    inbox.add(cursor, {
      cursor,
      conversation: "ops",
      line: { type: "message", cursor } as unknown as BotMessage["line"],
    });
    arrived.resolve();
    arrived = Promise.withResolvers();
  };
  const print = async (...lines: unknown[]): Promise<void> => {
    pipe.enqueue(
      utf8(lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("")),
    );
    await settle();
  };
  let pipe!: ReadableStreamDefaultController<Uint8Array>;
  const taking = talk.take(new ReadableStream<Uint8Array>({ start: (given) => void (pipe = given) }));
  const end = async (): Promise<void> => {
    pipe.close();
    await taking;
    stop.abort();
  };
  return {
    talk,
    clock,
    inbox,
    told,
    performed,
    stuck,
    outcomes,
    hear,
    print,
    end,
    taking,
    signal: stop.signal,
  };
}

const send = (id: string, conversation = "ops") => ({ do: "send", id, conversation, text: "x" });

Deno.test("Every line of a bot has its outcome, good or not", async () => {
  const { told, performed, print, end } = newTalk();
  await print("garbage", send("a"), send("b", "nobody"));
  performed[0].end({ ok: true, state: "acked" });
  await end();
  deepStrictEqual(told.map(({ line, id, ok }) => [line, id, ok]), [[1, undefined, false], [3, "b", false], [
    2,
    "a",
    true,
  ]]);
});

Deno.test("Lines of one conversation go one after the other, those of others beside them", async () => {
  const { performed, print, end } = newTalk();
  await print(send("a"), send("b"), send("c", "alice"));
  deepStrictEqual(performed.map(({ line }) => (line as { id: string }).id), ["a", "c"]);
  performed[0].end({ ok: false });
  await settle();
  deepStrictEqual(performed.map(({ line }) => (line as { id: string }).id), ["a", "c", "b"]);
  for (const { end } of performed) end({ ok: true });
  await end();
});

Deno.test("Values that wait for their turn hold up no line, and begin in the order in which they were printed", async () => {
  const { outcomes, performed, print, end } = newTalk();
  const widget = (value: number) => ({
    do: "widget",
    conversation: "ops",
    widget: { id: "load", kind: "number", value },
  });
  await print(send("a"), ...Array.from({ length: 30 }, (_, i) => widget(i)), send("b"));
  strictEqual(performed.length, 1);
  performed[0].end({ ok: true });
  await settle();
  const begun = performed.slice(1).map(({ line }) => line as { id?: string; widget?: { value: number } });
  deepStrictEqual(
    begun.flatMap(({ widget }) => widget?.value ?? []),
    Array.from({ length: 30 }, (_, i) => i),
  );
  deepStrictEqual(begun.flatMap(({ id }) => id ?? []), ["b"], "what is said goes on");
  for (const { end } of performed) end({ ok: true });
  await end();
  strictEqual(outcomes.length, 32);
});

Deno.test("A message is done with its reply once that is kept; done waits for the lines before it", async () => {
  const { talk, inbox, told, performed, hear, print, end, signal } = newTalk();
  void talk.hand(signal);
  hear(5);
  hear(6);
  await settle();
  deepStrictEqual(told, [{ type: "message", cursor: 5 }, { type: "message", cursor: 6 }]);
  await print({ do: "reply", cursor: 5, text: "x" }, { do: "reply", cursor: 5, text: "y" }, {
    do: "done",
    cursor: 6,
  });
  strictEqual(inbox.size, 2);
  const [, , refused] = told as { error?: { message: string } }[];
  strictEqual(refused.error?.message, "No message with cursor 5 is open");
  performed[0].end({ ok: true });
  await settle();
  strictEqual(inbox.size, 0);
  deepStrictEqual(inbox.mark, { cursor: 6, done: [] });
  await end();
});

Deno.test("A reply that fails leaves its message open", async () => {
  const { inbox, performed, hear, print, end } = newTalk();
  hear(5);
  await print({ do: "reply", cursor: 5, text: "x" });
  performed[0].end({ ok: false });
  await settle();
  strictEqual(inbox.size, 1);
  await print({ do: "reply", cursor: 5, text: "x" });
  performed[1].end({ ok: true });
  await end();
  strictEqual(inbox.size, 0);
});

Deno.test("A bot that never reads and floods costs little: it is told of, and waits at its pipe", async () => {
  const { talk, clock, stuck, outcomes, print } = newTalk(false);
  await print(...Array.from({ length: 450 }, () => "garbage".repeat(100)));
  await clock.advance(31_000);
  deepStrictEqual(stuck, ["stuck"]);
  for (let i = 0; i < 10_000; i++) talk.tell({ type: "outcome", text: "x".repeat(100) });
  ok(talk.waitingBytes <= 256 * 1024, `${talk.waitingBytes} bytes wait`);
  strictEqual(outcomes.length, 450);
  await print(...Array.from({ length: 1000 }, () => "{}"));
  strictEqual(outcomes.length, 450 + 500); // the rest is taken at 100 lines a second
  await clock.advance(1000);
  strictEqual(outcomes.length, 450 + 500 + 100);
});

Deno.test("That a mark can't be kept ends the run at once, though the bot prints nothing more", async () => {
  const { hear, print, taking } = newTalk(true, () => Promise.reject(new Error("the disk is full")));
  hear(5);
  const ended = rejects(taking, /the disk is full/);
  await print({ do: "done", cursor: 5 });
  await ended;
});

Deno.test("A run keeps nothing of the messages that are done", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const { talk, inbox, told, hear, end, signal } = newTalk();
  const handing = talk.hand(signal);
  let cursor = 0;
  const handOver = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) {
      hear(++cursor);
      await settle();
      inbox.done(cursor);
      void inbox.mark;
    }
    told.length = 0;
    collect();
    collect();
    return Deno.memoryUsage().heapUsed;
  };
  const before = await handOver(1000);
  const grown = await handOver(3000) - before;
  ok(grown < 3000 * 200, `${grown} bytes: it was 900 a message`);
  await end();
  await handing;
});
