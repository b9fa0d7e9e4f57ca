// deno run -A scripts/sim.ts [--shape small|large] [--seed SEED] [--count N] [--log FILE]     (or: deno task sim)
/**
 * Runs simulated networks: N seeds from a number on, or one seed by name. Prints a line for each, the broken rules
 * of the first that fails and the command that runs it again. `--log` writes all that happened in the last run.
 * Exit status: 0 all passed, 1 one failed, 2 wrong use.
 *
 * @module
 */
import { type Report, runScenario } from "../tests/sim/scenario.ts";
import { SHAPES } from "../tests/sim/shapes.ts";

/** Runs of a shape without `--count`: some two minutes of two slow cores. */
const COUNTS: Readonly<Record<string, number>> = { small: 20, large: 3 };
/** Broken rules that are printed; the log has all. */
const SHOWN = 10;

interface Wish {
  shape: string;
  seeds: string[];
  log: string | undefined;
}

/** Reads the arguments; undefined when they make no sense. */
function wishOf(args: readonly string[]): Wish | undefined {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i += 2) {
    if (!/^--(shape|seed|count|log)$/.test(args[i]) || args[i + 1] === undefined) return undefined;
    given.set(args[i], args[i + 1]);
  }
  const seed = given.get("--seed") ?? "1";
  const shape = given.get("--shape") ?? "small";
  if (!Object.hasOwn(SHAPES, shape)) return undefined;
  const count = Number(given.get("--count") ?? (given.has("--seed") ? 1 : COUNTS[shape]));
  if (!(count >= 1)) return undefined;
  const first = Number(seed);
  if (count > 1 && !Number.isSafeInteger(first)) return undefined;
  const seeds = count === 1 ? [seed] : Array.from({ length: count }, (_, i) => String(first + i));
  return { shape, seeds, log: given.get("--log") };
}

function summary({ seed, hash, totals, healedMs, dials, virtualMs }: Report, tookMs: number): string {
  const { messages, acked, repeated } = totals;
  const healed = healedMs === undefined ? "never" : `${healedMs / 1000} s`;
  return `seed ${seed}: log ${hash}, ${acked} of ${messages} acked, ${repeated} repeated, ${dials} sessions, ` +
    `true after ${healed}, ${Math.round(virtualMs / 1000)} s in ${(tookMs / 1000).toFixed(1)} s`;
}

async function main(args: readonly string[]): Promise<number> {
  const wish = wishOf(args);
  if (!wish) {
    console.error("usage: scripts/sim.ts [--shape small|large] [--seed SEED] [--count N] [--log FILE]");
    return 2;
  }
  for (const seed of wish.seeds) {
    const startMs = performance.now();
    const report = await runScenario(SHAPES[wish.shape](seed));
    console.log(summary(report, performance.now() - startMs));
    if (wish.log) await Deno.writeTextFile(wish.log, report.lines.join("\n") + "\n");
    if (report.violations.length === 0) continue;
    for (const violation of report.violations.slice(0, SHOWN)) console.log(`  ${violation}`);
    console.log(`again: deno task sim --shape ${wish.shape} --seed ${seed} --log sim.log`);
    return 1;
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
