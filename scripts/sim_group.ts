// deno run -A scripts/sim_group.ts [--shape small|full] [--from N] [--count N] [--curve]     (or: deno task sim:group)
/**
 * Runs simulated groups, a slice of seeds: 5 members and 10 minutes, or 16 members and an hour. `--curve` signs on the
 * real curve. As many run at once as there are processors. Prints a line for each and counts at the end; stops at the
 * first seed whose members do not agree.
 * Exit status: 0 all agreed, 1 one did not, 2 wrong use.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { SeedResult, WorkerMessage } from "./sim_group_worker.ts";

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

/** Runs the seeds on as many threads as there are processors. @returns Each result as it comes; ends after a failure. */
async function* results({ from, count, shape, curve }: Wish): AsyncGenerator<SeedResult> {
  const { size, minutes } = SHAPES[shape];
  const arrived: SeedResult[] = [];
  let wake = (): void => {};
  let next = from;
  const workers = Array.from({ length: Math.min(count, navigator.hardwareConcurrency) }, () => {
    const worker = new Worker(new URL("./sim_group_worker.ts", import.meta.url), { type: "module" });
    const give = (): void => {
      if (next < from + count) worker.postMessage({ seed: next++, size, minutes, curve });
    };
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      if (data !== "ready") arrived.push(data);
      wake();
      give();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      arrived.push({ seed: next - 1, tookMs: 0, error: event.message });
      wake();
    };
    return worker;
  });
  try {
    for (let done = 0; done < count; done++) {
      while (arrived.length === 0) await new Promise<void>((resolve) => wake = resolve);
      const result = arrived.shift()!;
      yield result;
      if (result.error !== undefined) return;
    }
  } finally {
    for (const worker of workers) worker.terminate();
  }
}

async function main(args: string[]): Promise<number> {
  const wish = wishOf(args);
  if (wish === undefined) {
    console.error("usage: scripts/sim_group.ts [--shape small|full] [--from N] [--count N] [--curve]");
    return 2;
  }
  const startMs = performance.now();
  const totals = { posts: 0, decisions: 0, restarts: 0, liars: 0, forged: 0 };
  for await (const { seed, tookMs, report, error } of results(wish)) {
    if (report === undefined) {
      console.log(error);
      const curve = wish.curve ? " --curve" : "";
      console.log(`again: deno task sim:group --shape ${wish.shape} --from ${seed} --count 1${curve}`);
      return 1;
    }
    for (const name of ["posts", "decisions", "restarts", "liars", "forged"] as const) {
      totals[name] += report[name];
    }
    console.log(
      `seed ${seed}: ${report.posts} messages, ${report.decisions} decisions, agreed, ${tookMs} ms`,
    );
  }
  const { size } = SHAPES[wish.shape];
  const seconds = Math.round((performance.now() - startMs) / 1000);
  console.log(
    `${wish.count} groups of ${size}: ${totals.posts} messages, ${totals.decisions} decisions, ${totals.restarts} restarts, ${totals.liars} liars, ${totals.forged} forged leaves, ${seconds} s`,
  );
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
