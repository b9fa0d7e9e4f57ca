/**
 * A small and a large store: how much slower, larger and hungrier 100,000 messages are than 10.
 *
 * @module
 */
import { openStore } from "../lib/store/open.ts";
import { openKvPlace } from "../lib/store/place/kv.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { V8_FLAGS } from "../scripts/release.ts";
import { measured } from "./processes.ts";
import { percentile, spread } from "./stats.ts";
import { benchMessage, SECRET } from "./store_messages.ts";
import type { StoreTimes } from "./store_once.ts";

/** Messages that are kept in one commit while a store is filled. */
const FILL_STEP = 150;
const root = new URL("../", import.meta.url).pathname;

interface Measured {
  readonly times: StoreTimes;
  readonly peakMiB: number;
  readonly fileBytes: number;
}

/** Measures a store of 10 and one of `large` messages, and prints both with their ratios. */
export async function benchStore(large = 100_000): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const few = await measureStore(`${folder}/few`, 10);
    const many = await measureStore(`${folder}/many`, large);
    console.log(`\nStore, 10 and ${large.toLocaleString("en")} messages in one conversation`);
    const row = (name: string, of: (each: Measured) => number, unit: string) => {
      const [a, b] = [of(few), of(many)];
      const cells = [a, b].map((figure) => `${figure.toFixed(figure < 10 ? 2 : 0)} ${unit}`.padStart(12));
      console.log(`  ${name.padEnd(28)}${cells.join("")}   × ${(b / a).toFixed(2)}`);
    };
    row("open", ({ times }) => times.open, "ms");
    for (const [name, of] of [["newest 50", "newest"], ["50, 100 pages back", "back"]] as const) {
      row(`${name}, median`, ({ times }) => spread(times[of]).median, "ms");
    }
    row("search, median", ({ times }) => spread(times.search).median, "ms");
    row("search, p95", ({ times }) => percentile(times.search, 95), "ms");
    row("one commit, median", ({ times }) => spread(times.commit).median, "ms");
    row("one commit, p95", ({ times }) => percentile(times.commit, 95), "ms");
    row("a message of 200 at once", ({ times }) => spread(times.burst).median, "ms");
    row("peak memory", ({ peakMiB }) => peakMiB, "MiB");
    console.log(
      `  growth for each message     ${((many.fileBytes - few.fileBytes) / (large - 10)).toFixed(0)} bytes`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measureStore(folder: string, count: number): Promise<Measured> {
  const path = `${folder}/store.kv`;
  const store = await openStore({
    place: await openKvPlace(path),
    secret: SECRET,
    clock: systemClock(),
    random: systemRandom,
  });
  for (let at = 0; at < count; at += FILL_STEP) {
    const step = Math.min(FILL_STEP, count - at);
    await store.commit(Array.from({ length: step }, (_, i) => benchMessage(at + i)));
  }
  await store.close();
  let fileBytes = 0;
  for await (const { name } of Deno.readDir(folder)) fileBytes += (await Deno.stat(`${folder}/${name}`)).size;
  const args = ["run", "--cached-only", "--no-prompt", "--unstable-kv", "-R", "-W", "-E"];
  const run = await measured([...args, V8_FLAGS, `${root}bench/store_once.ts`, path, String(count)], folder);
  if (run.code !== 0) throw new Error("the measured process failed");
  return { times: JSON.parse(run.stdout) as StoreTimes, peakMiB: run.peakMiB, fileBytes };
}
