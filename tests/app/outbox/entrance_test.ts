/** The way into a lane: the order of those that come, and how much of them is in memory. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Entrance } from "../../../lib/app/outbox/entrance.ts";
import { settle } from "../../fakes/clock.ts";

const MIB = 1024 * 1024;

/** An entrance whose commits end when the test says so; what is in the lane stays there. */
function entrance() {
  const inLane: { name: string; bytes: number }[] = [];
  const commits = new Map<string, PromiseWithResolvers<void>>();
  const outcomes: string[] = [];
  let changed = Promise.withResolvers<void>();
  const notify = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const behind = {
    isBusy: true,
    held: () => ({ count: inLane.length, bytes: inLane.reduce((sum, { bytes }) => sum + bytes, 0) }),
    changed: () => changed.promise,
  };
  const way = new Entrance(behind);
  const begin = (name: string) => {
    const commit = Promise.withResolvers<void>();
    commits.set(name, commit);
    return Promise.resolve({ committing: commit.promise });
  };
  const keep = (name: string, bytes: number): void => {
    way.keep(bytes, () => begin(name), (_, isDropped) => {
      outcomes.push(isDropped ? `${name} dropped` : name);
      if (!isDropped) inLane.push({ name, bytes });
    }, notify).catch((error) => outcomes.push(`${name} ${error.message}`));
  };
  return { way, behind, commits, outcomes, inLane, keep, begin, notify };
}

Deno.test("Messages come in in the order in which they were handed over, whichever is kept first; one that fails lets the next in", async () => {
  const { way, commits, outcomes, keep } = entrance();
  for (const name of ["a", "b", "c", "d"]) keep(name, 1);
  await settle();
  strictEqual(way.keeping, 4);
  for (const name of ["d", "b"]) commits.get(name)!.resolve();
  await settle();
  deepStrictEqual(outcomes, []);
  commits.get("a")!.reject(new Error("no disk"));
  await settle();
  deepStrictEqual(outcomes, ["a no disk", "b"]);
  commits.get("c")!.resolve();
  await settle();
  deepStrictEqual([outcomes.slice(2), way.keeping], [["c", "d"], 0]);
});

Deno.test("128 messages or 2 MiB of them are in memory at once, also while they are being kept; the others wait", async () => {
  for (const [bytes, most] of [[10, 128], [MIB, 2], [MIB / 4, 8]]) {
    const { commits, inLane, keep, notify } = entrance();
    for (let i = 0; i < most + 2; i++) keep(`${i}`, bytes);
    await settle();
    strictEqual(commits.size, most, `${bytes} bytes, being kept`);
    for (const commit of commits.values()) commit.resolve();
    await settle();
    strictEqual(commits.size, most, `${bytes} bytes, in the lane`);
    inLane.shift();
    notify();
    await settle();
    strictEqual(commits.size, most + 1, `${bytes} bytes`);
    inLane.length = 0;
    notify();
    await settle();
    strictEqual(commits.size, most + 2);
  }
});

Deno.test("However long a message is, it comes in when nothing is under way", async () => {
  const { behind, commits, outcomes, keep } = entrance();
  behind.isBusy = false;
  keep("long", 5 * MIB);
  keep("next", 1);
  await settle();
  deepStrictEqual([...commits.keys()], ["long"]);
  commits.get("long")!.resolve();
  await settle();
  deepStrictEqual([outcomes, [...commits.keys()]], [["long"], ["long", "next"]]);
});

Deno.test("What is dropped while it is being kept does not come in, and what comes behind that does", async () => {
  const { way, commits, outcomes, keep, begin } = entrance();
  keep("a", 1);
  const dropping = way.drop(async () => await (await begin("drop")).committing, () => {});
  keep("b", 1);
  await settle();
  for (const name of ["b", "drop", "a"]) commits.get(name)!.resolve();
  await dropping;
  await settle();
  deepStrictEqual(outcomes, ["a dropped", "b"]);
  const failing = way.drop(() => Promise.reject(new Error("no disk")), () => {});
  await rejects(failing, /no disk/);
});
