import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Grant } from "../../lib/scp/host.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { hosted, quiet } from "./faults_stage.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Whether a running push is cut off within 2 s when its key gets other rights. */
async function isCut(before: Partial<Grant>, after: Partial<Grant>): Promise<boolean> {
  const grant: { -readonly [K in keyof Grant]?: Grant[K] } = { ...before };
  let cut = false;
  await hosted(async ({ dial, clock, host, served, names }) => {
    const near = dial();
    await near.write(utf8("SINK f\nC0644 100 f\n12345"));
    await near.read(); // both acks may come together
    await quiet(() => names().length === 1);
    await clock.advance(5000);
    strictEqual(host.streams, 1);
    for (const key of ["read", "write", "directory"] as const) delete grant[key];
    Object.assign(grant, after);
    await clock.advance(2000);
    // What is cut off still removes what it had begun; what goes on is there after any time.
    for (let i = 0; i < 100 && served.length === 0; i++) await turn();
    cut = served.length > 0;
  }, grant);
  return cut;
}

Deno.test("A key whose directory becomes another or a smaller one loses what runs; a wider one cuts nothing", async () => {
  const cases: [before: string | undefined, after: string | undefined, cut: boolean][] = [
    [undefined, "in", true],
    ["in", "out", true],
    ["in", "in/deep", true],
    ["in/deep", "in/dee", true],
    ["in", undefined, false],
    ["in/deep", "in", false],
    ["in", "./in/", false],
    [undefined, ".", false],
  ];
  for (const [before, after, cut] of cases) {
    deepStrictEqual([before, after, await isCut({ directory: before }, { directory: after })], [
      before,
      after,
      cut,
    ]);
  }
  strictEqual(await isCut({}, { write: false }), true);
  strictEqual(await isCut({}, { read: false }), true);
  strictEqual(await isCut({ read: false }, {}), false);
});
