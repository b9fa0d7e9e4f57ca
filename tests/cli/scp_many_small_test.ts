import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { AppStream } from "../../lib/app/node/node.ts";
import { openLocalAt } from "../../cli/scp/files.ts";
import { sendToMany } from "../../cli/scp/many.ts";
import type { ManyParts } from "../../cli/scp/many_parts.ts";
import type { CopyJob } from "../../cli/scp/plan.ts";
import { Progress } from "../../cli/scp/progress.ts";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { serveStream } from "../../lib/scp/host.ts";
import { systemTree } from "../../lib/sys/system_tree.ts";
import { type ClassicFiles, classicHost } from "../fakes/classic_scp.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { patiently } from "../fakes/patiently.ts";

const digest = await loadSha256();
const FILES = 60;
const BYTES = 5000;
const LARGE_BYTES = 2 ** 20 + 1;

/** Files in a directory: a large one between small ones, and one that is empty. */
async function stage() {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const sizes = Array.from({ length: FILES }, (_, i) => i === 9 ? LARGE_BYTES : i === 5 ? 0 : BYTES + i);
  const jobs: CopyJob[] = [];
  for (const [i, size] of sizes.entries()) {
    const local = `${top}/${String(i).padStart(2, "0")}`;
    await Deno.writeFile(local, new Uint8Array(size).fill(i));
    jobs.push({ local, remote: `in/${i}`, size });
  }
  return { top, jobs, total: sizes.reduce((sum, size) => sum + size, 0), clock: new FakeClock() };
}

/** Peers 0 … 2 are ours, 3 is a visor. @param spoil  Of a stream to a peer: what is done to it. */
function peersOf(top: string, clock: FakeClock, spoil: (peer: number, dial: number) => number | undefined) {
  const dials = [0, 0, 0, 0];
  const classic: ClassicFiles = new Map();
  let hashed = 0;
  const counting = () => {
    const sum = digest();
    return {
      add(bytes: Uint8Array): void {
        hashed += bytes.length;
        sum.add(bytes);
      },
      hex: () => sum.hex(),
    };
  };
  const parts: ManyParts = {
    context: { clock, signal: new AbortController().signal },
    pk: "me",
    open: (path) => openLocalAt(path, counting),
    digest: counting,
    extended: true,
    preserve: true,
    progress: new Progress(clock, {}),
    onNotice: () => {},
    onOutcome: () => {},
    dial(pk) {
      const peer = Number(pk);
      const [near, far] = memoryDuplexPair();
      const breaksAt = spoil(peer, dials[peer]++);
      if (peer === 3) void classicHost(far, classic);
      else {
        const tree = systemTree(`${top}/root${peer}`);
        void serveStream(far, { tree, read: true, write: true }, { clock, peer: "me", digest });
      }
      let sent = 0;
      return Promise.resolve({
        ...near,
        async write(bytes: Uint8Array) {
          if (breaksAt !== undefined && (sent += bytes.length) > breaksAt) near.break();
          await near.write(bytes);
        },
      } as unknown as AppStream);
    },
  };
  return { parts, dials, classic, hashed: () => hashed };
}

const everybody = (peers: readonly number[]) =>
  peers.map((peer) => ({ pk: String(peer), name: `peer${peer}`, wants: () => true }));

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
