// deno run -A scripts/sim_group.ts [--shape small|full] [--from N] [--count N] [--curve]     (or: deno task sim:group)
/**
 * Runs simulated groups, a slice of seeds: 5 members and 10 minutes, or 16 members and an hour. `--curve` signs on the
 * real curve. Prints a line for each and counts at the end; stops at the first seed whose members do not agree.
 * Exit status: 0 all agreed, 1 one did not, 2 wrong use.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { simulate } from "../tests/group/sim.ts";

const SHAPES: Readonly<Record<string, { size: number; minutes: number; count: number }>> = {
  small: { size: 5, minutes: 10, count: 100 },
  full: { size: 16, minutes: 60, count: 10 },
};

interface Wish {
  readonly shape: string;
  readonly from: number;
  readonly count: number;
  readonly curve: boolean;
}

function wishOf(args: string[]): Wish | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: {
        shape: { type: "string", default: "small" },
        from: { type: "string", default: "1" },
        count: { type: "string" },
        curve: { type: "boolean", default: false },
      },
    });
    if (!Object.hasOwn(SHAPES, values.shape)) return undefined;
    const [from, count] = [Number(values.from), Number(values.count ?? SHAPES[values.shape].count)];
    return Number.isSafeInteger(from) && count >= 1
      ? { shape: values.shape, from, count, curve: values.curve }
      : undefined;
  } catch {
    return undefined;
  }
}

function main(args: string[]): number {
  const wish = wishOf(args);
  if (wish === undefined) {
    console.error("usage: scripts/sim_group.ts [--shape small|full] [--from N] [--count N] [--curve]");
    return 2;
  }
  const { size, minutes } = SHAPES[wish.shape];
  const totals = { posts: 0, decisions: 0, restarts: 0 };
  for (let seed = wish.from; seed < wish.from + wish.count; seed++) {
    const startMs = performance.now();
    try {
      const report = simulate(seed, size, minutes, wish.curve);
      for (const name of ["posts", "decisions", "restarts"] as const) totals[name] += report[name];
      const tookMs = Math.round(performance.now() - startMs);
      console.log(
        `seed ${seed}: ${report.posts} messages, ${report.decisions} decisions, agreed, ${tookMs} ms`,
      );
    } catch (error) {
      console.log(error instanceof Error ? error.message : error);
      console.log(`again: deno task sim:group --shape ${wish.shape} --from ${seed} --count 1`);
      return 1;
    }
  }
  console.log(
    `${wish.count} groups of ${size}: ${totals.posts} messages, ${totals.decisions} decisions, ${totals.restarts} restarts`,
  );
  return 0;
}

if (import.meta.main) Deno.exit(main(Deno.args));
