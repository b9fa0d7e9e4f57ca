/** Values of widgets keep to what a conversation takes, whatever a bot does. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { PublishReport } from "../../../lib/app/overlays/overlays.ts";
import { Pacing, type Publishing } from "../../../lib/app/overlays/pacing.ts";
import { DEFAULT_PACE as PACE, type PaceSetting } from "../../../lib/overlay/pace.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { FakeClock } from "../../fakes/clock.ts";

const CONVERSATION = `02${"b0".repeat(32)}`;
const START = 1_700_000_000_000;

/** Pacing that writes down what went, and when. @param last  When the last value went. */
function paced(last?: number | (() => number | undefined), pace: () => PaceSetting = () => PACE) {
  const clock = new FakeClock();
  const went: [ms: number, widget: string, value: unknown][] = [];
  const pacing = new Pacing({
    clock,
    pace: () => new Promise((resolve) => resolve(pace())),
    lastMs: () => new Promise((resolve) => resolve(typeof last === "function" ? last() : last)),
    say(published, stampMs) {
      strictEqual(stampMs, Number(clock.wallNs() / 1_000_000n));
      const { id, value } = "widget" in published
        ? published.widget
        : { id: "commands", value: published.commands.map(({ name }) => name).join() };
      went.push([Number(clock.wallNs() / 1_000_000n) - START, id, value]);
      return Promise.resolve({ id: "x", state: "acked", position: went.length, line: "" });
    },
  });
  const publish = (value: number, id = "load", signal?: AbortSignal): Promise<PublishReport> => {
    const request: Publishing = {
      conversation: CONVERSATION,
      waitMs: 0,
      widget: { id, kind: "number", value },
    };
    return pacing.publish(request, signal);
  };
  return { clock, went, pacing, publish };
}

Deno.test("Ten values a second for a minute go as one an interval, and the last one goes", async () => {
  const { clock, went, publish } = paced();
  const reports: Promise<PublishReport>[] = [];
  for (let i = 0; i < 600; i++) {
    reports.push(publish(i));
    await clock.advance(100);
  }
  await clock.advance(PACE.intervalMs);
  const states = (await Promise.all(reports)).map(({ state }) => state);
  deepStrictEqual(went.map(([ms]) => ms), [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  strictEqual(went.at(-1)?.[2], 599, "the last value wins");
  strictEqual(states.filter((state) => state === "acked").length, went.length);
  strictEqual(states.filter((state) => state === "replaced").length, 600 - went.length);
});

Deno.test("Widgets do not wait for each other, and one that was published by an earlier process waits for its turn", async () => {
  const { clock, went, publish } = paced(START - 4000);
  const both = [publish(1, "load"), publish(2, "disk")];
  await clock.advance(5999);
  deepStrictEqual(went, []);
  await clock.advance(1);
  await Promise.all(both);
  deepStrictEqual(went, [[6000, "load", 1], [6000, "disk", 2]]);
});

Deno.test("What a conversation takes holds from when it is set, for what waits too", async () => {
  let pace: PaceSetting = { intervalMs: 60_000, maxBytes: 512 };
  const { clock, went, pacing, publish } = paced(undefined, () => pace);
  await publish(1);
  const early = publish(2);
  await clock.advance(59_999);
  deepStrictEqual(went.length, 1);
  await clock.advance(1);
  strictEqual((await early).state, "acked");
  const reports = [publish(3)];
  await clock.advance(20_000);
  pace = PACE;
  reports.push(publish(4));
  await clock.advance(0);
  deepStrictEqual((await Promise.all(reports)).map(({ state }) => state), ["replaced", "acked"]);
  deepStrictEqual(went, [[0, "load", 1], [60_000, "load", 2], [80_000, "load", 4]]);
  pace = { intervalMs: 10_000, maxBytes: 512 };
  await clock.advance(1000);
  const widget = {
    id: "t",
    kind: "text",
    value: "x".repeat(200),
    title: "y".repeat(60),
    info: "é".repeat(40),
  } as const;
  await rejects(
    pacing.publish({ conversation: CONVERSATION, waitMs: 0, widget: { ...widget, info: "日".repeat(25) } }),
    /takes 512/,
  );
});

Deno.test("A pace that becomes slower holds for what waits already", async () => {
  let pace: PaceSetting = PACE;
  const { clock, went, publish } = paced(undefined, () => pace);
  await publish(1);
  const early = publish(2);
  await clock.advance(5000);
  pace = { intervalMs: 60_000, maxBytes: 4096 };
  const late = publish(3);
  await clock.advance(54_999);
  strictEqual(went.length, 1);
  await clock.advance(1);
  deepStrictEqual([(await early).state, (await late).state], ["replaced", "acked"]);
  deepStrictEqual(went.map(([ms]) => ms), [0, 60_000]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("What can't be read fails one value, and is read anew for the next", async () => {
  for (const which of ["the pace", "the last value"]) {
    let fails = true;
    const read = <T>(what: string, value: T) => (): T => {
      if (fails && what === which) throw new Error("the rows can't be read");
      return value;
    };
    const { went, publish } = paced(read("the last value", undefined), read("the pace", PACE));
    await rejects(publish(1), /can't be read/);
    fails = false;
    strictEqual((await publish(2)).state, "acked", which);
    deepStrictEqual(went.map(([, , value]) => value), [2]);
  }
});

Deno.test("Commands go in a turn of their own, the last ones win, and what is none is refused at once", async () => {
  const { clock, went, pacing } = paced();
  const announce = (...names: string[]): Promise<PublishReport> => {
    const commands = names.map((name) => ({ name, help: "" }));
    return pacing.publish({ conversation: CONVERSATION, waitMs: 0, commands });
  };
  strictEqual((await announce("a")).line, "");
  const [early, late] = [announce("b"), announce("c")];
  await clock.advance(PACE.intervalMs);
  deepStrictEqual(await early, { state: "replaced", line: "[bot] takes /b" });
  strictEqual((await late).state, "acked");
  deepStrictEqual(went, [[0, "commands", "a"], [10_000, "commands", "c"]]);
  await rejects(announce("No"), /no commands that can be announced/);
});

Deno.test("A clock that was set back lets nothing wait longer than an interval", async () => {
  const { clock, went, publish } = paced(START + 86_400_000);
  const report = publish(1);
  await clock.advance(PACE.intervalMs);
  strictEqual((await report).state, "acked");
  strictEqual(went.length, 1);
});

Deno.test("A clock that goes slower than timers leaves an interval between stamps all the same", async () => {
  const { clock, went, publish } = paced();
  await publish(1);
  const report = publish(2);
  await clock.advance(9_000);
  clock.setWall(clock.wallNs() - 7_000_000n); // as when it is slewed
  await clock.advance(1_000);
  strictEqual(went.length, 1);
  await clock.advance(7);
  strictEqual((await report).state, "acked");
  deepStrictEqual(went.map(([ms]) => ms), [0, 10_000]);
});

Deno.test("What waits is let go by its caller, or at the end of the program, and says so", async () => {
  const { clock, went, pacing, publish } = paced();
  await publish(1);
  const left = new AbortController();
  const waiting = publish(2, "load", left.signal);
  await clock.advance(0);
  left.abort(new Error("Ctrl-C"));
  await rejects(waiting, /Ctrl-C/);
  const ended = publish(3);
  await clock.advance(0);
  await Promise.all([
    rejects(ended, (error) => error instanceof UserError && error.kind === "busy"),
    pacing.close(),
  ]);
  await clock.advance(60_000);
  await rejects(publish(4), /The program ends/);
  deepStrictEqual(went.map(([, , value]) => value), [1]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("What waits is let go at the end though another widget can't be looked up", async () => {
  const clock = new FakeClock();
  const looked = Promise.withResolvers<number | undefined>();
  const pacing = new Pacing({
    clock,
    pace: () => Promise.resolve(PACE),
    lastMs: (_, widget) => widget === "load" ? Promise.resolve(START) : looked.promise,
    say: () => Promise.reject(new Error("nothing is said any more")),
  });
  const publish = (id: string): Promise<PublishReport> =>
    pacing.publish({ conversation: CONVERSATION, waitMs: 0, widget: { id, kind: "number", value: 1 } });
  const [waits, fails] = [publish("load"), publish("disk")];
  const ends = Promise.all([rejects(waits, /The program ends/), rejects(fails, /no disk/)]);
  await clock.advance(0);
  const closing = pacing.close();
  looked.reject(new Error("no disk"));
  await closing;
  await ends;
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("A value that is longer than a conversation takes is refused before it waits", async () => {
  const { pacing } = paced();
  const widget = { id: "t", kind: "table", value: Array(12).fill(Array(12).fill("x".repeat(60))) } as const;
  await rejects(
    pacing.publish({ conversation: CONVERSATION, waitMs: 0, widget }),
    (error) => error instanceof UserError && error.kind === "usage" && /takes 4096/.test(error.message),
  );
  const wide = { id: "t", kind: "number", value: 1, summary: "ten wide letters 日本語" } as const;
  await rejects(
    pacing.publish({ conversation: CONVERSATION, waitMs: 0, widget: wide }),
    /summary has at most 20/,
  );
  ok(PACE.maxBytes <= 4096);
});
