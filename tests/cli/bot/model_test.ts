/**
 * Messages for a bot that answers, crashes and says what it likes, and programs that are killed at any time: each is
 * handed over at least once and in order, none that was kept as done once more, and each line has one outcome.
 */
import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type BotMessage, type Outcome, Talk } from "../../../cli/bot/talk.ts";
import { Inbox } from "../../../lib/bot/inbox.ts";
import type { BotAction } from "../../../lib/bot/line.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { event, Kept, PEERS } from "../exec/kept_mark.ts";

const line = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("reply" as const), which: fc.nat(9), more: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("done" as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("send" as const), to: fc.constantFrom(...PEERS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("widget" as const), to: fc.constantFrom(...PEERS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("garbage" as const) }) },
);
const botStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ step: fc.constant("come" as const), who: event }) },
  { weight: 5, arbitrary: fc.record({ step: fc.constant("print" as const), line }) },
  {
    weight: 5,
    arbitrary: fc.record({ step: fc.constant("perform" as const), which: fc.nat(9), good: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ step: fc.constant("write" as const) }) },
  { weight: 4, arbitrary: fc.record({ step: fc.constant("read" as const) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant("crash" as const) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant("kill" as const) }) },
);
type BotStep = typeof botStep extends fc.Arbitrary<infer One> ? One : never;

/** A bot over all its runs, and over those of the program that runs it. */
class BotWorld {
  readonly kept = new Kept();
  readonly clock = new FakeClock();
  readonly events: (string | undefined)[] = [];
  /** What the bot has said to be done, or answered. */
  readonly done = new Set<number>();
  /** All that was ever handed over. */
  readonly handed = new Set<number>();
  life = { isDead: false };
  inbox = new Inbox<BotMessage>(this.kept.mark);
  run!: {
    handed: number[];
    performing: { line: BotAction; message?: BotMessage; end: (outcome: Outcome) => void }[];
    reads: (() => void)[];
    pipe: ReadableStreamDefaultController<Uint8Array>;
    stop: AbortController;
    printed: number;
    outcomes: number[];
  };
  #arrived = Promise.withResolvers<void>();
  #given = 0;

  constructor() {
    this.#start();
  }

  /** The bot is started. */
  #start(): void {
    const stop = new AbortController();
    const { life, inbox } = this;
    const run: typeof this.run = this.run = {
      handed: [],
      performing: [],
      reads: [],
      pipe: undefined!,
      stop,
      printed: 0,
      outcomes: [],
    };
    const talk = new Talk({
      clock: this.clock,
      signal: stop.signal,
      inbox,
      arrived: () => this.#arrived.promise,
      write: (bytes) =>
        new Promise((resolve) =>
          run.reads.push(() => {
            const { type, cursor } = JSON.parse(fromUtf8(bytes));
            if (type === "message") {
              ok(!(run.handed.at(-1)! > cursor), `${cursor} is handed over behind ${run.handed.at(-1)}`);
              run.handed.push(cursor);
              this.handed.add(cursor);
            }
            resolve();
          })
        ),
      find: (name) => Promise.resolve(name),
      perform: (line, _, message) =>
        new Promise((end) => run.performing.push({ line, end, ...(message && { message }) })),
      failed: (error) => ({ ok: false, error: { message: (error as Error).message } }),
      done: (cursor) => {
        if (life.isDead || !inbox.done(cursor)) return Promise.resolve();
        ok(this.done.has(cursor), `${cursor} counts as done`);
        this.#wake();
        return this.kept.save(inbox.mark, life);
      },
      onOutcome: (line) => void run.outcomes.push(line),
      onStuck: () => {},
    });
    void talk.hand(stop.signal);
    void talk.take(new ReadableStream<Uint8Array>({ start: (pipe) => void (run.pipe = pipe) })).catch(
      () => {},
    );
  }

  #wake(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  #give(): void {
    while (this.#given < this.events.length && this.inbox.size < 64) {
      const cursor = ++this.#given;
      const who = this.events[cursor - 1];
      if (who === undefined) this.inbox.skip(cursor);
      else {
        const isNew = this.inbox.add(cursor, {
          cursor,
          conversation: who,
          line: { type: "message", cursor, from: "03", ts: "", text: "" },
        });
        strictEqual(isNew, !this.kept.says(cursor), `${cursor} is handed over, or not`);
        this.#wake();
      }
    }
  }

  async print(line: object | string): Promise<void> {
    this.run.printed++;
    this.run.pipe.enqueue(utf8(`${typeof line === "string" ? line : JSON.stringify(line)}\n`));
    await settle();
  }

  async take(one: BotStep): Promise<void> {
    const { run } = this;
    switch (one.step) {
      case "come":
        this.events.push(one.who);
        break;
      case "read":
        run.reads.shift()?.();
        break;
      case "write":
        this.kept.writes.shift()?.();
        break;
      case "perform": {
        const [performed] = run.performing.splice(one.which % Math.max(1, run.performing.length), 1);
        if (performed === undefined) break;
        const { line, message, end } = performed;
        if (one.good && line.do === "reply" && line.more !== true) this.done.add(message!.cursor);
        end({ ok: one.good });
        break;
      }
      case "print": {
        const { line } = one;
        if (line.do === "garbage") await this.print("garbage");
        else if (line.do === "send") await this.print({ do: "send", conversation: line.to, text: "x" });
        else if (line.do === "widget") {
          const widget = { id: "cpu", kind: "number", value: 1 };
          await this.print({ do: "widget", conversation: line.to, widget });
        } else {
          const cursor = run.handed[line.which % Math.max(1, run.handed.length)] ?? 1_000_000;
          if (line.do === "done") this.done.add(cursor);
          await this.print(
            line.do === "done"
              ? { do: "done", cursor }
              : { do: "reply", cursor, text: "x", ...(line.more ? { more: true } : {}) },
          );
        }
        break;
      }
      case "crash":
        run.stop.abort();
        run.pipe.close();
        await settle();
        this.#start();
        break;
      case "kill":
        this.life.isDead = true;
        this.life = { isDead: false };
        run.stop.abort();
        this.kept.writes.splice(0);
        this.inbox = new Inbox(this.kept.mark);
        this.#given = this.kept.mark.cursor;
        this.#start();
        break;
    }
    await settle();
    this.#give();
    await settle();
    for (let cursor = 1; cursor <= this.events.length; cursor++) {
      const isOpen = this.events[cursor - 1] !== undefined && !this.done.has(cursor);
      if (isOpen) strictEqual(this.kept.says(cursor), false, `the mark says that ${cursor} is done`);
    }
  }

  /** The bot reads all and says of each that it is done. */
  async heal(): Promise<void> {
    await this.take({ step: "crash" });
    for (let turns = 0; turns < 150; turns++) {
      const { run } = this;
      if (turns > 0 && run.reads.length + this.inbox.size + this.kept.writes.length === 0) break;
      while (run.reads.length > 0) {
        run.reads.shift()!();
        await settle();
      }
      const cursor = this.inbox.open[0]?.cursor;
      if (cursor !== undefined) {
        ok(run.handed.includes(cursor), `${cursor} is open and not handed over`);
        this.done.add(cursor);
        await this.print({ do: "done", cursor });
      }
      this.kept.writes.shift()?.();
      await settle();
      this.#give();
    }
    strictEqual(this.inbox.size, 0);
    deepStrictEqual(
      this.run.outcomes.toSorted((a, b) => a - b),
      Array.from({ length: this.run.printed }, (_, i) => i + 1),
      "each line has one outcome",
    );
    for (const [i, who] of this.events.entries()) {
      if (who !== undefined) ok(this.handed.has(i + 1), `${i + 1} was never handed over`);
    }
  }
}

Deno.test("A bot is handed each message until it says that it is done, in order, whatever is killed when", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(botStep, { maxLength: 60, size: "max" }), async (steps) => {
      const world = new BotWorld();
      for (const step of steps) await world.take(step);
      await world.heal();
    }),
    { numRuns: 30, seed: 20261130 },
  );
});
