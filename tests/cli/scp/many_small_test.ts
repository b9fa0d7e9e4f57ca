import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sendToMany } from "../../../cli/scp/many/many.ts";
import { SourceChanged } from "../../../lib/sys/copies/source_file.ts";
import { patiently } from "../../fakes/patiently.ts";
import { BYTES, everybody, FILES, LARGE_BYTES, peersOf, stage } from "./many_stage.ts";

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

Deno.test("A file that has become shorter since it was opened for --to goes as it is then", async () => {
  const { top, jobs, clock } = await stage();
  const { parts } = peersOf(top, clock, () => undefined);
  for (const at of [9, 20]) {
    const open: typeof parts.open = async (path) => {
      const file = await parts.open(path);
      if (path === jobs[at].local) await Deno.truncate(path, 1000);
      return file;
    };
    const sending = sendToMany(jobs, everybody([0, 1]), { ...parts, open });
    for (const { outcomes } of (await patiently(clock, sending)).results) {
      deepStrictEqual([outcomes[at].state, outcomes[at].failure?.message, outcomes[at].bytes], [
        "copied",
        undefined,
        1000,
      ]);
    }
    for (const root of ["root0", "root1"]) strictEqual(Deno.statSync(`${top}/${root}/in/${at}`).size, 1000);
  }
  await Deno.remove(top, { recursive: true });
});

Deno.test("A file that is another one when it is opened once more for --to goes as it is then", async () => {
  const { top, jobs, clock } = await stage();
  const { parts } = peersOf(top, clock, () => undefined);
  let times = 0;
  const open: typeof parts.open = async (path) => {
    const file = await parts.open(path);
    if (path !== jobs[20].local || times++ > 0) return file;
    return {
      ...file,
      readAt: () => Promise.reject(new SourceChanged(`${path} changed while it was copied`)),
    };
  };
  const { results } = await patiently(clock, sendToMany(jobs, everybody([0, 1]), { ...parts, open }));
  for (const { outcomes } of results) {
    deepStrictEqual(outcomes.map(({ state }) => state), Array(FILES).fill("copied"));
  }
  await Deno.remove(top, { recursive: true });
});

Deno.test("--to makes directories that no file leads to, keeps facts of all with -p, and tells who lacks them", async () => {
  const { top, jobs, clock } = await stage();
  const notices: string[] = [];
  const { parts, dials } = peersOf(top, clock, () => undefined);
  const facts = { mode: 0o751, mtimeMs: 1e12 };
  const directories = [
    { ...facts, local: `${top}/in`, remote: "in", isEmpty: false },
    { ...facts, local: `${top}/in/e`, remote: "in/e", isEmpty: true },
  ];
  await Deno.mkdir(`${top}/root1/in`, { recursive: true });
  await Deno.writeTextFile(`${top}/root1/in/e`, "in the way");
  const told: (string | undefined)[][] = [];
  const { results } = await patiently(
    clock,
    sendToMany(jobs.slice(0, 3), everybody([0, 1, 3]), {
      ...parts,
      directories,
      onNotice: (text) => void notices.push(text),
      onOutcome: ({ name }, { failure, target }, job) => failure && told.push([name, target, job?.remote]),
    }),
  );
  for (const name of ["in", "in/e"]) {
    const { mode, mtime } = await Deno.stat(`${top}/root0/${name}`);
    deepStrictEqual([mode! & 0o777, mtime!.getTime()], [facts.mode, facts.mtimeMs], name);
  }
  deepStrictEqual(results.map(({ outcomes }) => outcomes.map(({ state }) => state)), [
    ["copied", "copied", "copied"],
    ["copied", "copied", "copied", "failed"],
    ["copied", "copied", "copied"],
  ]);
  deepStrictEqual(results.map(({ directories }) => directories.map(({ source }) => source)), [
    [],
    [`${top}/in/e`],
    [],
  ]);
  deepStrictEqual(told, [["peer1", "peer1:in/e", undefined]]);
  deepStrictEqual(notices, ["peer3: 1 empty directory is left out: hosts of visors take files only"]);
  deepStrictEqual(dials, [3, 3, 0, 4], "a look, the files, and the directories of hosts of ours");
  await Deno.remove(top, { recursive: true });
});

Deno.test("--to with -p sends nothing of a tree that a host has already, and reads only what another lacks", async () => {
  const { top, jobs, clock } = await stage();
  const { parts, classic } = peersOf(top, clock, () => undefined);
  const trees = jobs.map((job) => {
    const { mode, mtime, size } = Deno.statSync(job.local);
    return { ...job, size, mode: mode! & 0o777, mtimeMs: mtime!.getTime() };
  });
  const directories = [{ mode: 0o755, mtimeMs: 1e12, local: `${top}/in`, remote: "in", isEmpty: false }];
  const send = async (peers: number[], more = {}) => {
    const sending = sendToMany(trees, everybody(peers), { ...parts, directories, ...more });
    const { results, bytesRead } = await patiently(clock, sending);
    const copied = results.map(({ outcomes }) => outcomes.filter(({ state }) => state === "copied").length);
    deepStrictEqual(results.flatMap(({ outcomes }) => outcomes.filter(({ failure }) => failure)), []);
    return [...copied, bytesRead];
  };
  const total = trees.reduce((sum, { size }) => sum + size, 0);
  deepStrictEqual(await send([0, 3]), [FILES, FILES, total]);
  deepStrictEqual(await send([0]), [0, 0]);
  await Deno.remove(`${top}/root0/in/7`);
  await Deno.remove(`${top}/root0/in/9`);
  const two = BYTES + 7 + LARGE_BYTES;
  deepStrictEqual(await send([0]), [2, two]);
  deepStrictEqual(await send([0, 1]), [0, FILES, total]);
  // Without times, or when it is to be compared, all goes.
  deepStrictEqual(await send([0], { preserve: false }), [FILES, total]);
  strictEqual((await send([0], { verify: true }))[0], FILES);
  deepStrictEqual(await send([3]), [FILES, total]);
  strictEqual(classic.size, FILES);
  await Deno.remove(top, { recursive: true });
});
