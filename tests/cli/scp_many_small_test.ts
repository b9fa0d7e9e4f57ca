import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sendToMany } from "../../cli/scp/many.ts";
import { patiently } from "../fakes/patiently.ts";
import { BYTES, everybody, FILES, LARGE_BYTES, peersOf, stage } from "./scp_many_stage.ts";

Deno.test("Small files go to each host of ours over one stream, and are read and hashed once for all", async () => {
  const { top, jobs, total, clock } = await stage();
  const { parts, dials, classic, hashed } = peersOf(top, clock, () => undefined);
  const { results, bytesRead } = await patiently(clock, sendToMany(jobs, everybody([0, 1, 2, 3]), parts));
  for (const { outcomes } of results) {
    deepStrictEqual(outcomes.map(({ job, state }) => [job, state]), jobs.map((job) => [job, "copied"]));
  }
  for (const peer of [0, 1, 2]) {
    for (const { local, remote } of jobs) {
      const [here, there] = [local, `${top}/root${peer}/${remote}`];
      deepStrictEqual(await Deno.readFile(there), await Deno.readFile(here));
      strictEqual(Deno.statSync(there).mtime!.getTime(), Deno.statSync(here).mtime!.getTime());
    }
  }
  strictEqual(classic.size, FILES);
  // The first file, all the small ones, and the large one.
  deepStrictEqual(dials, [3, 3, 3, FILES]);
  strictEqual(bytesRead, total);
  // Besides the files: a token each, and what a stream's digests are together.
  ok(hashed() < total + FILES * 200, `${hashed()} bytes went into digests, of ${total}`);
  await Deno.remove(top, { recursive: true });
});

Deno.test("A stream of small files that breaks goes on with those that were not decided; one that has gone fails alone", async () => {
  const { top, jobs, clock } = await stage();
  const { parts, dials } = peersOf(
    top,
    clock,
    (peer, dial) => peer === 1 && dial === 1 ? BYTES * 20 : undefined,
  );
  await Deno.remove(jobs[30].local);
  const { results } = await patiently(clock, sendToMany(jobs, everybody([0, 1]), parts));
  for (const { outcomes } of results) {
    const failed = outcomes.filter(({ state }) => state !== "copied");
    deepStrictEqual(failed.map(({ job, failure }) => [job, failure?.why]), [[jobs[30], "vanished"]]);
  }
  deepStrictEqual(dials.slice(0, 2), [3, 4]);
  for (const [i, { remote }] of jobs.entries()) {
    if (i === 30) continue;
    deepStrictEqual(
      await Deno.readFile(`${top}/root1/${remote}`),
      await Deno.readFile(`${top}/root0/${remote}`),
    );
  }
  await Deno.remove(top, { recursive: true });
});

Deno.test("A file that has become too large for that goes over a stream of its own", async () => {
  const { top, jobs, clock } = await stage();
  const { parts, dials } = peersOf(top, clock, () => undefined);
  await Deno.writeFile(jobs[20].local, new Uint8Array(LARGE_BYTES).fill(1));
  const { results: [{ outcomes }] } = await patiently(clock, sendToMany(jobs, everybody([0]), parts));
  deepStrictEqual(outcomes.map(({ state }) => state), Array(FILES).fill("copied"));
  strictEqual(outcomes[20].bytes, LARGE_BYTES);
  strictEqual(Deno.statSync(`${top}/root0/in/20`).size, LARGE_BYTES);
  strictEqual(dials[0], 4);
  await Deno.remove(top, { recursive: true });
});
