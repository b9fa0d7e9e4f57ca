/** The work that groups ask us for. */
import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Works } from "../../../lib/app/groups/joining/works.ts";
import { isWorkDone, WorkSearch } from "../../../lib/group/joining/work.ts";
import type { Clock } from "../../../lib/sys/clock.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const ALICE = pairOf("alice").pk;
const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const BITS = 13;
const SEC_NS = 1_000_000_000n;

const test = worldTests(GroupWorld);
const signal = new AbortController().signal;

test("Work is shown again as long as it counts, to a group that asks for less as well", async (world) => {
  const works = new Works(world.clock, ALICE);
  const of = (bits: number) => world.done(works.of(GROUP, bits, signal));
  const first = await of(BITS);
  await world.pass(400_000);
  deepStrictEqual([await of(BITS), await of(BITS - 6)], [first, first]);
  await world.pass(30_000);
  const second = await of(BITS);
  const nowSec = world.clock.wallNs() / SEC_NS;
  deepStrictEqual([second.tsUnix > first.tsUnix, second.bits], [true, BITS]);
  ok(isWorkDone(second, GROUP, ALICE, BITS, nowSec + 600n - 180n));
  notDeepStrictEqual(await of(BITS + 1), second);
});

test("Work that an admin does not let count is done anew; a search that was given up goes on where it was", async (world) => {
  const works = new Works(world.clock, ALICE);
  await world.pass(3_000);
  const sinceSec = world.clock.wallNs() / SEC_NS;
  const given = new AbortController();
  given.abort(new Error("another one has decided"));
  await rejects(works.of(GROUP, BITS, given.signal), /another one has decided/);
  await world.pass(60_000);
  const work = await world.done(works.of(GROUP, BITS, signal));
  deepStrictEqual(work, new WorkSearch(GROUP, ALICE, BITS, sinceSec).step(1_000_000));
  ok(work.nonce > 2_000n, "it takes more than one look");
  const other = await world.done(works.of(GROUP, BITS, signal, work));
  notDeepStrictEqual(other, work);
  works.forget(GROUP);
  await world.pass(1_000);
  notDeepStrictEqual(await world.done(works.of(GROUP, BITS, signal)), other);
});

Deno.test("Work that is not found within 30 s is told, and looked for further the next time", async () => {
  let nowMs = 0;
  const after = (_: number, run: () => void) => {
    nowMs += 6_000; // a machine that needs so long for one look
    queueMicrotask(run);
    return () => {};
  };
  const clock: Clock = { nowMs: () => nowMs, wallNs: () => 1_778_580_011n * SEC_NS, after };
  const works = new Works(clock, ALICE);
  const rounds: string[] = [];
  for (let work = undefined; work === undefined;) {
    work = await works.of(GROUP, BITS, signal).catch((error) => void rounds.push(error.message));
  }
  const expected = new WorkSearch(GROUP, ALICE, BITS, 1_778_580_011n).step(10_000_000)!;
  deepStrictEqual(await works.of(GROUP, BITS, signal), expected);
  ok(rounds.length > 0, "it takes more than one time");
  strictEqual(rounds.length, Math.ceil(Number(expected.nonce) / 2_000 / 7) - 1);
  deepStrictEqual([...new Set(rounds)], ["The work took too long"]);
});
