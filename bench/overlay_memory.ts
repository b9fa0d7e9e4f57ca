/**
 * What overlays cost in memory: two processes over one conversation, one that reads its messages alone, and one that
 * has rows made of them and reads these as well.
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
  const run = async (what: string) => {
    const args = ["run", "--cached-only", "--no-prompt", "--unstable-kv", "-A", V8_FLAGS];
    const file = `${TOP}bench/overlay_once.ts`;
    const { code, stdout, peakMiB } = await measured(
      [...args, file, `${home}/store`, what, `${posts}`],
      home,
    );
    if (code !== 0) throw new Error(`${what} ended with ${code}`);
    return { heapMiB: stdout === "" ? 0 : JSON.parse(stdout).heapMiB as number, peakMiB };
  };
  try {
    await run("fill");
    const without = await run("messages");
    const making = await run("overlays");
    const reading = await run("overlays");
    console.log(`\nMemory of a process that reads a conversation of ${posts.toLocaleString("en")} posts`);
    const line = (what: string, { heapMiB, peakMiB }: typeof without): string => {
      const more = heapMiB - without.heapMiB;
      return `  ${what.padEnd(30)} heap ${heapMiB.toFixed(1)} MiB, + ${more.toFixed(1)}; peak ${
        peakMiB.toFixed(0)
      } MiB, + ${(peakMiB - without.peakMiB).toFixed(0)}`;
    };
    console.log(line("its messages alone", without));
    console.log(line("its rows are made, and read", making));
    console.log(line("its rows are there, and read", reading));
    console.log(`  at most + ${MOST_MIB} MiB of heap is promised`);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
