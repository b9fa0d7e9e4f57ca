/** Whether the harness finds what is slow or large, and nothing else. */
import { match, strictEqual } from "node:assert/strict";
import process from "node:process";
import { fuzz, LOOKS_AFTER_MS, MAX_BYTES, type Target } from "./fuzz.ts";

const SEEDS = [new Uint8Array(8)];
/** As many looks as at a real decoder, one right behind the other: the samples don't get better by waiting. */
const AT_ONCE = LOOKS_AFTER_MS.map(() => 0);
/** Less than a real decoder may take: what is too slow takes twice that at each look. */
const MAX_MS = 15;

/**
 * Works: takes so much time of the processor, however long that takes on a busy machine, and no less by the clock on
 * the wall: a system that counts the processor's time in ticks may count several of them late, all at once.
 */
function spin(ms: number): void {
  const startMs = performance.now();
  const start = process.threadCpuUsage();
  for (let spentUs = 0; spentUs < ms * 1000 || performance.now() - startMs < ms;) {
    const { user, system } = process.threadCpuUsage(start);
    spentUs = user + system;
  }
}

/** What is found in one input. */
async function found(run: Target["run"]): Promise<string | undefined> {
  const { finding } = await fuzz({ name: "sample", seeds: SEEDS, run }, "dmsg", 0, (fed) => fed < 1, {
    looksAfterMs: AT_ONCE,
    maxMs: MAX_MS,
  });
  return finding?.reason;
}

Deno.test("Fuzzing finds a decoder that is slow every time", async () => {
  match(await found(() => spin(2 * MAX_MS)) ?? "", /^takes \d+\.\d ms$/);
});

Deno.test("Fuzzing finds an asynchronous decoder that is slow every time", async () => {
  const run = async (): Promise<void> => {
    await Promise.resolve();
    spin(2 * MAX_MS);
  };
  match(await found(run) ?? "", /^takes \d+\.\d ms$/);
});

Deno.test("Fuzzing blames no decoder that was slow until the last look", async () => {
  let looks = 0;
  const all = LOOKS_AFTER_MS.length + 1;
  strictEqual(await found(() => ++looks < all && spin(2 * MAX_MS)), undefined);
  strictEqual(looks, all);
});

Deno.test("Fuzzing blames no decoder for time that others take", async () => {
  // It waits, as one does whose thread gets no processor.
  const run = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2 * MAX_MS));
  strictEqual(await found(run), undefined);
});

Deno.test("Fuzzing finds a decoder that makes too much every time", async () => {
  match(await found(() => new Uint8Array(2 * MAX_BYTES).fill(1)) ?? "", /^allocates \d+\.\d MiB$/);
});
