import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sendToMany } from "../../../cli/scp/many/many.ts";
import { patiently } from "../../fakes/patiently.ts";
import { everybody, FILES, LARGE_BYTES, peersOf, stage } from "./many_stage.ts";

Deno.test("--to with --verify sends again what a host has not on its disk, and reads each file once for that", async () => {
  const { top, jobs, total, clock } = await stage();
  const { parts, dials, classic, hashed } = peersOf(top, clock, (peer, dial) => {
    // Peer 1 has the first file, all small ones and then the large one; each is spoiled before it is asked for.
    if (peer === 1 && dial === 3) Deno.writeTextFileSync(`${top}/root1/in/7`, "spoiled");
    if (peer === 1 && dial === 7) Deno.writeTextFileSync(`${top}/root1/in/9`, "spoiled");
    if (peer === 3 && dial === 1) classic.get("in/0")!.bytes[0] ^= 1;
    return undefined;
  });
  const notices: string[] = [];
  const verifying = { ...parts, verify: true, onNotice: (text: string) => void notices.push(text) };
  const { results, bytesRead } = await patiently(
    clock,
    sendToMany(jobs, everybody([0, 1, 2, 3]), verifying),
  );
  for (const { outcomes } of results) {
    deepStrictEqual(outcomes.map(({ state }) => state), Array(FILES).fill("copied"));
  }
  for (const peer of [0, 1, 2]) {
    for (const { local, remote } of jobs) {
      deepStrictEqual(await Deno.readFile(`${top}/root${peer}/${remote}`), await Deno.readFile(local));
    }
  }
  deepStrictEqual(classic.get("in/0")!.bytes, await Deno.readFile(jobs[0].local));
  deepStrictEqual(notices, [
    "peer3: what it gives back is not what was copied; trying again in 1 s",
    "peer1: what it gives back is not what was copied; trying again in 1 s",
  ]);
  // The first file, the small ones and the large one are pushed, and asked for.
  deepStrictEqual(dials, [6, 10, 6, 2 * FILES + 2]);
  strictEqual(bytesRead, total + jobs[7].size!);
  // All that is sent, all that lies here, and all that the visor gives back; what is sent twice; and tokens.
  ok(hashed() < 3 * total + LARGE_BYTES + 30_000, `${hashed()} bytes went into digests, of ${total}`);
  await Deno.remove(top, { recursive: true });
});

Deno.test("--to with --no-clobber leaves what a peer has", async () => {
  const { top, jobs, clock } = await stage();
  const some = [jobs[0], jobs[4], jobs[9]];
  const { parts, classic } = peersOf(top, clock, () => undefined);
  await Deno.mkdir(`${top}/root1/in`, { recursive: true });
  await Deno.writeTextFile(`${top}/root1/${some[0].remote}`, "old");
  await Deno.writeTextFile(`${top}/root1/${some[2].remote}`, "old");
  const keeping = { ...parts, keeps: true, verify: true };
  const { results } = await patiently(clock, sendToMany(some, everybody([0, 1, 3]), keeping));
  deepStrictEqual(results.map(({ outcomes }) => outcomes.map(({ state }) => state)), [
    ["copied", "copied", "copied"],
    ["skipped", "copied", "skipped"],
    ["copied", "copied", "copied"],
  ]);
  strictEqual(await Deno.readTextFile(`${top}/root1/${some[0].remote}`), "old");
  strictEqual(await Deno.readTextFile(`${top}/root1/${some[2].remote}`), "old");
  ok(classic.has(some[2].remote));
  await Deno.remove(top, { recursive: true });
});
