/** How long a farewell waits for a discovery, by what is known of its answers. */
import { rejects, strictEqual } from "node:assert/strict";
import { Answering } from "../../lib/dmsg/reach/answering.ts";
import { FakeClock, settle } from "../fakes/clock.ts";

/** A farewell that nobody answers: how long it waits, in milliseconds. @param meanwhile  Done after 900 ms of it. */
async function farewellMs(clock: FakeClock, answering: Answering, meanwhile?: () => void): Promise<number> {
  const startMs = clock.nowMs();
  let endMs: number | undefined;
  void answering.farewell(new Promise(() => {})).then(() => endMs = clock.nowMs());
  await settle();
  if (meanwhile) clock.after(900, meanwhile);
  while (endMs === undefined) await clock.advance(clock.nextTimerMs! - clock.nowMs());
  strictEqual(clock.pendingTimers, 0);
  return endMs - startMs;
}

const silence = <T>() => new Promise<T>(() => {});

Deno.test("A farewell waits a second for a discovery, and half of one when the last question had no answer", async () => {
  const clock = new FakeClock();
  const answering = new Answering(clock);
  strictEqual(await farewellMs(clock, answering), 1000);
  await rejects(answering.ask(Promise.reject(new Error("away"))), /away/);
  strictEqual(await farewellMs(clock, answering), 500);
  strictEqual(await answering.ask(Promise.resolve(5)), 5);
  await clock.advance(60_000);
  strictEqual(await farewellMs(clock, answering), 1000, "it is back");
  await answering.ask(Promise.resolve("none"), (answer) => answer !== "none");
  strictEqual(await farewellMs(clock, answering), 500);
});

Deno.test("A farewell waits half a second behind a question that is open for one", async () => {
  for (const [openMs, ms] of [[999, 1000], [1000, 500]]) {
    const clock = new FakeClock();
    const answering = new Answering(clock);
    void answering.ask(silence());
    await clock.advance(openMs);
    strictEqual(await farewellMs(clock, answering), ms);
  }
});

Deno.test("What is heard during a farewell makes it longer, an answer that is none does not", async () => {
  const clock = new FakeClock();
  const answering = new Answering(clock);
  strictEqual(await farewellMs(clock, answering, () => answering.heard()), 1900);
  for (const [isOne, ms] of [[true, 1900], [false, 1000]] as const) {
    const open = Promise.withResolvers<void>();
    void answering.ask(open.promise, () => isOne);
    strictEqual(await farewellMs(clock, answering, () => open.resolve()), ms);
  }
});

Deno.test("A farewell ends with what is done last, and has its failure", async () => {
  const clock = new FakeClock();
  const answering = new Answering(clock);
  await answering.farewell(Promise.resolve());
  await rejects(answering.farewell(Promise.reject(new Error("refused"))), /refused/);
  await settle();
  strictEqual(clock.pendingTimers, 0);
  const late = Promise.withResolvers<void>();
  const leaving = answering.farewell(late.promise);
  await clock.advance(1000);
  await leaving;
  late.reject(new Error("nobody waits for this any more"));
  await settle();
});
