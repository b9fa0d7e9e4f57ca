// What commands that stay say by themselves, beside a reader that stands still: nothing piles up in memory.
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Printer } from "../../../cli/output/print.ts";
import { EventLog, type LogStyle } from "../../../cli/resident/event_log.ts";
import { lookAgain } from "../../../cli/resident/follow.ts";
import { FakeClock } from "../../fakes/clock.ts";

function stage(style?: LogStyle) {
  const clock = new FakeClock();
  const streams = {
    hasRoom: true,
    lines: [] as string[],
    out: (text: string) => void streams.lines.push(text),
    err: () => {},
    room: () => Promise.resolve(),
  };
  const print = new Printer(streams, { json: true, verbose: false, color: false });
  return { clock, streams, print, log: new EventLog({ clock, print }, style) };
}

const told = (lines: readonly string[]): unknown[] =>
  lines.map((line) => JSON.parse(line)).map(({ left_out }) => left_out ?? 0);

Deno.test("A log counts what nobody reads, and says so in the next line that is read", () => {
  const { log, streams } = stage({ perMinute: Infinity });
  log.say({ event: "copied" });
  streams.hasRoom = false;
  for (let i = 0; i < 10_000; i++) log.say({ event: "copied" });
  strictEqual(streams.lines.length, 1);
  streams.hasRoom = true;
  log.say({ event: "copied" });
  log.say({ event: "copied" });
  deepStrictEqual(told(streams.lines), [0, 10_000, 0]);
});

Deno.test("A log of what strangers do says 60 lines of one event in a minute", async () => {
  const { log, streams, clock } = stage();
  for (let i = 0; i < 100; i++) log.say({ event: "refused" });
  log.say({ event: "closed" });
  strictEqual(streams.lines.length, 61);
  await clock.advance(60_000);
  log.say({ event: "refused" });
  deepStrictEqual(told(streams.lines).at(-1), 40);
});

Deno.test("What a dashboard shows by itself waits for a reader", async () => {
  const { clock, streams, print } = stage();
  const end = new AbortController();
  let looks = 0;
  const looking = lookAgain({ clock, print }, 10_000, () => Promise.resolve(void looks++), end.signal);
  await clock.advance(30_000);
  strictEqual(looks, 3);
  streams.hasRoom = false;
  await clock.advance(3_600_000);
  strictEqual(looks, 3);
  streams.hasRoom = true;
  await clock.advance(10_000);
  strictEqual(looks, 4);
  end.abort();
  await looking;
});
