// deno run -A scripts/sim_roster.ts [--from N] [--count N] [--most N]     (or: deno task sim:roster)
/**
 * Random graphs of decisions against their slow model, a slice of seeds: by default a million, of up to 7 decisions,
 * each in its own order of arrival and in another one. Prints a line for each tenth; stops at the first that differs.
 * Exit status: 0 all agreed, 1 one did not, 2 wrong use.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { checkGraphs } from "../tests/group/roster/graphs.ts";

const OPTIONS = {
  from: { type: "string", default: "1" },
  count: { type: "string", default: "1000000" },
  most: { type: "string", default: "7" },
} as const;

function main(args: string[]): number {
  let wish: [number, number, number];
  try {
    const { values } = parseArgs({ args, options: OPTIONS });
    wish = [Number(values.from), Number(values.count), Number(values.most)];
  } catch {
    wish = [NaN, NaN, NaN];
  }
  const [first, count, most] = wish;
  if (!wish.every(Number.isSafeInteger) || count < 1 || most < 2) {
    console.error("usage: scripts/sim_roster.ts [--from N] [--count N] [--most N]");
    return 2;
  }
  const slice = Math.ceil(count / 10);
  for (let from = first; from < first + count; from += slice) {
    const size = Math.min(slice, first + count - from);
    try {
      checkGraphs({ from, count: size, orders: 1, most });
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      return 1;
    }
    console.log(`seeds ${from} to ${from + size - 1}: agreed`);
  }
  return 0;
}

Deno.exit(main(Deno.args));
