// deno run -A --v8-flags=--expose-gc scripts/fuzz.ts [SECONDS] [SEED] [TARGET[#INPUT]]     (or: deno task fuzz …)
/**
 * Feeds every decoder of untrusted bytes with mutated input: 10 seconds and a fresh seed by default. Stops at the
 * first input that makes a decoder throw what it should not, take over 50 ms, allocate over 5 MiB, or give another
 * result when it is cut into pieces, and prints the line that repeats it. Keeps nothing.
 * Exit status: 0 nothing found, 1 something found, 2 a wrong argument.
 *
 * @module
 */
import { fuzz, type Target, wordsOf } from "../tests/fuzz/fuzz.ts";
import { TARGETS } from "../tests/fuzz/targets/mod.ts";

/** Inputs of one target before the next one has its turn. */
const TURN = 200;

interface Tally {
  inputs: number;
  slowestMs: number;
  largestBytes: number;
}

/** Feeds a turn; false when something was found. */
async function turn(
  target: Target,
  seed: string,
  tally: Tally,
  more: (fed: number) => boolean,
): Promise<boolean> {
  const report = await fuzz(target, seed, tally.inputs, more);
  tally.inputs += report.inputs;
  tally.slowestMs = Math.max(tally.slowestMs, report.slowestMs);
  tally.largestBytes = Math.max(tally.largestBytes, report.largestBytes);
  if (report.finding) console.error(wordsOf(report.finding));
  return report.finding === undefined;
}

const line = (name: string, { inputs, slowestMs, largestBytes }: Tally): string =>
  `${name}: ${inputs} inputs, slowest ${slowestMs.toFixed(1)} ms, largest ${
    (largestBytes / 2 ** 20).toFixed(2)
  } MiB`;

async function main([secondsText = "10", seed = String(Date.now()), only = ""]: string[]): Promise<number> {
  const seconds = Number(secondsText);
  if (!(seconds >= 0)) {
    console.error(`SECONDS is a number, not "${secondsText}"`);
    return 2;
  }
  const [name, index] = only.split("#");
  const made = await Promise.all(TARGETS.map((make) => make()));
  const targets = made.filter((target) => name === "" || target.name === name);
  if (targets.length === 0) {
    console.error(
      `no target is called "${name}"; there are: ${made.map((target) => target.name).join(", ")}`,
    );
    return 2;
  }
  console.log(`seed ${seed}`);
  const tallies = targets.map((): Tally => ({ inputs: Number(index ?? 0), slowestMs: 0, largestBytes: 0 }));
  if (index !== undefined) return await turn(targets[0], seed, tallies[0], (fed) => fed < 1) ? 0 : 1;
  const endMs = performance.now() + seconds * 1000;
  do {
    for (const [i, target] of targets.entries()) {
      const more = (fed: number): boolean => fed < TURN && (fed === 0 || performance.now() < endMs);
      if (!await turn(target, seed, tallies[i], more)) return 1;
    }
  } while (performance.now() < endMs);
  for (const [i, target] of targets.entries()) console.log(line(target.name, tallies[i]));
  for (const target of targets) await target.finish?.();
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
