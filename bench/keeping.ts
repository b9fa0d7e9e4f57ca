/**
 * What keeping costs: acked messages to a `listen`, and sends through an owner, beside an echo that keeps nothing, and
 * beside another build when `DMSG_BENCH_BASE` names its checkout.
 *
 * @module
 */
import { flood } from "./messages.ts";
import { sends } from "./owner.ts";
import { listening, ourNetwork, programArgs, resident, yardstickArgs } from "./processes.ts";
import { percentile, ratios, shown } from "./stats.ts";

/** A build: its listener, and an identity of its own with an owner. */
interface Build {
  readonly name: string;
  readonly pk: string;
  readonly directory?: string;
  readonly one: number[];
  readonly oneMs: number[];
  readonly many: number[];
  readonly manyMs: number[];
  readonly ownerOne: number[];
  readonly ownerMany: number[];
}

/** `DMSG_BENCH_SCALE` makes a run shorter, or longer. */
const SCALE = Number(Deno.env.get("DMSG_BENCH_SCALE") ?? 1);
const scaled = (count: number): number => Math.ceil(count * SCALE);
const COUNTS = { one: scaled(1000), many: scaled(8000), ownerOne: scaled(400), ownerMany: scaled(2000) };

/** Measures and prints. @param runs  Rounds; a first one warms up. */
export async function benchKeeping(bundle: string, runs: number): Promise<void> {
  const base = Deno.env.get("DMSG_BENCH_BASE");
  console.log(`\nKept and acked, and sent through an owner; ${runs} rounds${base ? `, base ${base}` : ""}`);
  const home = await Deno.makeTempDir();
  const ends: (() => Promise<void>)[] = [() => Deno.remove(home, { recursive: true })];
  try {
    const network = await ourNetwork(home, bundle);
    ends.push(() => network.end());
    const builds: Build[] = [];
    const add = (name: string, pk: string, directory?: string) =>
      builds.push({
        name,
        pk,
        directory,
        ...{ one: [], oneMs: [], many: [], manyMs: [], ownerOne: [], ownerMany: [] },
      });
    const echo = resident([...yardstickArgs("echo.ts").toSpliced(1, 0, "-A"), network.discovery], home);
    ends.push(() => echo.end());
    add("echo", (await echo.line("stdout", /"addr":"([0-9a-f]{66})/))[1]);
    for (const [name, of] of [["this build", bundle], ...base ? [["base", await bundleOf(base)]] : []]) {
      const place = `${home}/${name.replace(" ", "-")}`;
      await Deno.mkdir(place);
      const listener = await listening(place, network.discovery, of);
      ends.push(() => listener.end());
      const identity = ["--identity", "sender", "--discovery", network.discovery];
      const owner = resident([...programArgs(of), "daemon", "--json", ...identity], place);
      ends.push(() => owner.end());
      await owner.line("stdout", /\n/);
      add(name, listener.pk, `${place}/.local/share/dmsg/identities/sender`);
    }
    for (let run = -1; run < runs; run++) {
      for (const build of builds) await measure(build, network.discovery, run >= 0);
    }
    print(builds);
  } finally {
    for (const end of ends.reverse()) await end().catch(() => {});
  }
}

async function measure(build: Build, discovery: string, counts: boolean): Promise<void> {
  const rate = async (count: number, atOnce: number): Promise<{ rate: number; times: number[] }> => {
    const from = performance.now();
    const times = await flood(discovery, build.pk, count, atOnce);
    return { rate: (count * 1000) / (performance.now() - from), times };
  };
  const one = await rate(COUNTS.one, 1);
  const many = await rate(COUNTS.many, 64);
  const [ownerOne, ownerMany] = build.directory === undefined ? [] : [
    await sends(build.directory, build.pk, COUNTS.ownerOne, 1),
    await sends(build.directory, build.pk, COUNTS.ownerMany, 64),
  ];
  if (!counts) return;
  build.one.push(one.rate);
  build.oneMs.push(percentile(one.times, 50));
  build.many.push(many.rate);
  build.manyMs.push(percentile(many.times, 99.9));
  if (ownerOne) build.ownerOne.push(ownerOne.rate);
  if (ownerMany) build.ownerMany.push(ownerMany.rate);
}

function print(builds: readonly Build[]): void {
  const [echo, ours, base] = builds;
  for (const { name, one, oneMs, many, manyMs, ownerOne, ownerMany } of builds) {
    console.log(`  ${name}`);
    console.log(`    kept, one at a time  ${shown(one)} a second · p50 ${shown(oneMs, 2)} ms`);
    console.log(`    kept, 64 at a time   ${shown(many)} a second · p99.9 ${shown(manyMs)} ms`);
    if (ownerOne.length === 0) continue;
    console.log(`    owner, one at a time ${shown(ownerOne)} a second`);
    console.log(`    owner, 64 at a time  ${shown(ownerMany)} a second`);
  }
  for (const other of base ? [echo, base] : [echo]) {
    const times = (of: (build: Build) => number[]) => shown(ratios(of(ours), of(other)), 2);
    console.log(
      `  this build × ${other.name}: one ${times(({ one }) => one)} · 64 ${times(({ many }) => many)}${
        other.directory === undefined
          ? ""
          : ` · owner one ${times(({ ownerOne }) => ownerOne)} · owner 64 ${
            times(({ ownerMany }) => ownerMany)
          }`
      }`,
    );
  }
}

/** The bundle of another checkout. */
async function bundleOf(checkout: string): Promise<string> {
  const path = `${await Deno.makeTempDir()}/dmsg.mjs`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "bundle", path],
    cwd: checkout,
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) throw new Error(`${checkout} can't be bundled`);
  return path;
}
