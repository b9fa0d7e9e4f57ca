import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { minuteOfDay, Pace, parsePace, rateAt } from "../../../cli/scp/run/pace.ts";
import { Patience, type Seen, tryOne } from "../../../cli/scp/run/patience.ts";
import { sleep } from "../../../lib/sys/clock.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";

Deno.test("A limit by the time of day, also over midnight", () => {
  const rules = parsePace("08:00-18:00=500K,22:00-06:00=0,2M");
  deepStrictEqual([0, 359, 360, 480, 1079, 1080, 1320].map((minute) => rateAt(rules, minute)), [
    0,
    0,
    2097152,
    512000,
    512000,
    2097152,
    0,
  ]);
  strictEqual(rateAt(parsePace("08:00-09:00=1"), 0), Infinity);
  strictEqual(rateAt(parsePace("18:00-24:00=1"), 1439), 1);
  // The first one that fits counts: what stands behind one for all hours never would.
  throws(() => parsePace("2M,08:00-18:00=500K"), /comes last/);
  const bads = ["", "x", "25:00-1:00=1", "1:70-2:00=3", "1:00=2", "24:01-1:00=2", "8:00-08:00=2"];
  for (const bad of bads) {
    throws(() => parsePace(bad), SyntaxError);
  }
});

Deno.test("The time of day of a limit is that of the clock on the wall", () => {
  const now = (at = new Date()): number => at.getHours() * 60 + at.getMinutes();
  const before = now();
  const told = minuteOfDay();
  ok(told === before || told === now());
});

Deno.test("A limit holds over seconds for all that share it, and never lets a stream stand still", async () => {
  const clock = new FakeClock();
  let moved = 0;
  const over = new AbortController();
  const run = async (pace: Pace) => {
    for (;;) {
      const count = await pace.allow(130_000);
      moved += count;
    }
  };
  const pace = new Pace(parsePace("100K"), clock, over.signal, () => 0);
  const runs = [run(pace), run(pace)].map((one) => one.catch(() => {}));
  await clock.advance(10_000);
  ok(moved > 900_000 && moved < 1_060_000, `${moved} bytes in 10 s`);
  moved = 0;
  const paused = run(new Pace(parsePace("0"), clock, over.signal, () => 0)).catch(() => {});
  over.signal.throwIfAborted();
  const before = moved;
  await clock.advance(60_000);
  ok(moved > before);
  over.abort(new Error("over"));
  await settle();
  await Promise.all([...runs, paused]);
});

Deno.test("A pause lets one byte move every 10 s", async () => {
  const clock = new FakeClock();
  const over = new AbortController();
  const pace = new Pace(parsePace("0"), clock, over.signal, () => 0);
  let bytes = 0;
  const run = (async () => {
    for (;;) bytes += await pace.allow(1000);
  })().catch(() => {});
  await clock.advance(60_500);
  strictEqual(bytes, 6);
  over.abort(new Error("over"));
  await run;
});

Deno.test("A copy that its peer gives up in a pause goes on behind it, however long that is", async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const pace = new Pace(
    parsePace("22:00-06:00=0,1M"),
    clock,
    signal,
    () => (21 * 60 + 59 + clock.nowMs() / 60_000) % 1440,
  );
  const patience = new Patience(undefined, clock, { wasReached: true, isExtended: true }, pace);
  const tries: number[] = [];
  const tried = tryOne({
    context: { clock, signal },
    patience,
    progress: { moved: () => {} },
    explain: (error) => error,
    onAgain: () => {},
  }, async () => {
    tries.push(Math.floor(clock.nowMs() / 60_000));
    if (tries.length > 1) return "there";
    await sleep(clock, 90_000); // half a minute of the pause
    throw new NetworkError("gone", { retry: true, reason: "closed" });
  });
  await clock.advance(9 * 3_600_000);
  const { attempt } = await tried;
  deepStrictEqual([attempt.number, tries], [2, [0, 8 * 60 + 1]]);
});

for (const [rate, most] of [[20 * 1024, 1], [1024 * 1024, 4]] as const) {
  Deno.test(`Files over a line of ${rate} bytes a second whose session broke go on ${most} at once`, async () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    const seen: Seen = { wasReached: true, isExtended: true };
    let running = 0;
    let widest = 0;
    const copy = async (number: number) =>
      await tryOne({
        context: { clock, signal },
        patience: new Patience(undefined, clock, seen),
        progress: { moved: () => {} },
        explain: (error) => error,
        onAgain: () => {},
      }, async (attempt) => {
        running++;
        if (attempt.number > 1) widest = Math.max(widest, running);
        try {
          // Many at once: the server ends the session at its first ping.
          for (let s = 0; s < 40; s++) {
            await sleep(clock, 1000);
            attempt.onBytes(rate / running);
          }
          if (attempt.number > 1) return number;
          throw new NetworkError("the server closed the session", { retry: true, reason: "closed" });
        } finally {
          running--;
        }
      });
    const all = Promise.all([0, 1, 2, 3].map(copy));
    await clock.advance(400_000);
    deepStrictEqual((await all).map(({ attempt }) => attempt.number), [2, 2, 2, 2]);
    strictEqual(widest, most);
  });
}
