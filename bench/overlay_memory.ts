/**
 * What overlays cost in memory: two processes that keep the same conversation as it comes and read it, of which one has
 * rows made of it and reads these as well; and two that find all of that when they start.
 *
 * @module
 */
import { TOP, V8_FLAGS } from "../scripts/release.ts";
import { measured } from "./processes.ts";

const POSTS = 20_000;
/** What is promised. */
const MOST_MIB = 10;

/** Prints heap and peak of both, and what lies between. */
export async function benchOverlayMemory(posts = POSTS): Promise<void> {
  const home = await Deno.makeTempDir();
  const run = async (store: string, ...steps: string[]) => {
    const args = ["run", "--cached-only", "--no-prompt", "--unstable-kv", "-A", V8_FLAGS];
    const program = [`${TOP}bench/overlay_once.ts`, `${home}/${store}`, `${posts}`, ...steps];
    const { code, stdout, peakMiB } = await measured([...args, ...program], home);
    if (code !== 0) throw new Error(`${steps} ended with ${code}`);
    return { heapMiB: JSON.parse(stdout).heapMiB as number, peakMiB };
  };
  type Memory = Awaited<ReturnType<typeof run>>;
  const line = (what: string, { heapMiB, peakMiB }: Memory, beside?: Memory): void => {
    const more = (all: number, less?: number): string =>
      `${all.toFixed(1)} MiB${less === undefined ? "" : `, + ${(all - less).toFixed(1)}`}`;
    console.log(
      `  ${what.padEnd(36)} heap ${more(heapMiB, beside?.heapMiB)}; peak ${more(peakMiB, beside?.peakMiB)}`,
    );
  };
  try {
    const plain = await run("plain", "fill", "messages", "messages");
    const made = await run("rows", "fill", "messages", "overlays", "messages");
    console.log(`\nMemory of a process over a conversation of ${posts.toLocaleString("en")} posts`);
    line("kept as they come, and read", plain);
    line("the same, rows are made and read", made, plain);
    const found = await run("plain", "messages", "messages");
    line("found, and read", found);
    line("the same, with rows, which are read", await run("rows", "messages", "overlays", "messages"), found);
    console.log(`  at most + ${MOST_MIB} MiB is promised`);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
