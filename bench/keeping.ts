/**
 * What keeping costs: acked messages to a `listen`, and sends through an owner, beside an echo that keeps nothing, and
 * beside another build when `DMSG_BENCH_BASE` names its checkout.
 *
 * @module
 */
import { flood } from "./messages.ts";
import { clientOf, sends } from "./owner.ts";
import {
  BASE,
  bundleOf,
  listening,
  ourNetwork,
  programArgs,
  type Resident,
  resident,
  yardstickArgs,
} from "./processes.ts";
import { percentile, ratios, shown } from "./stats.ts";

/** A build: its listener, and an identity of its own with an owner. */
interface Build {
  readonly name: string;
  readonly pk: string;
  readonly directory?: string;
  readonly listener: Resident;
  readonly owner?: Resident;
  /** Its checkout, when it is another one. */
  readonly checkout?: string;
  /** Processor time of a message, microseconds, of the listener, and of a send, of the owner: no load spoils it. */
  readonly oneCpu: number[];
  readonly manyCpu: number[];
  readonly ownerOneCpu: number[];
  readonly ownerManyCpu: number[];
  readonly one: number[];
  readonly oneMs: number[];
  readonly many: number[];
  readonly manyMs: number[];
  readonly ownerOne: number[];
  readonly ownerMany: number[];
}

/** This build, where an ack does not wait for the disk. */
const UNSYNCED = "this build, not synced";
/** `DMSG_BENCH_SCALE` makes a run shorter, or longer. */
const SCALE = Number(Deno.env.get("DMSG_BENCH_SCALE") ?? 1);
const scaled = (count: number): number => Math.ceil(count * SCALE);
const COUNTS = { one: scaled(1000), many: scaled(8000), ownerOne: scaled(400), ownerMany: scaled(2000) };

/** Measures and prints. @param runs  Rounds; a first one warms up. */
export async function benchKeeping(bundle: string, runs: number): Promise<void> {
  const base = BASE;
  console.log(`\nKept and acked, and sent through an owner; ${runs} rounds${base ? `, base ${base}` : ""}`);
  const home = await Deno.makeTempDir();
  const ends: (() => Promise<void>)[] = [() => Deno.remove(home, { recursive: true })];
  try {
    const network = await ourNetwork(home, bundle);
    ends.push(() => network.end());
    const builds: Build[] = [];
    const add = (
      name: string,
      pk: string,
      listener: Resident,
      owner?: Resident,
      directory?: string,
      checkout?: string,
    ) =>
      builds.push({
        checkout,
        name,
        pk,
        directory,
        listener,
        owner,
        ...{ one: [], oneMs: [], many: [], manyMs: [], ownerOne: [], ownerMany: [] },
        ...{ oneCpu: [], manyCpu: [], ownerOneCpu: [], ownerManyCpu: [] },
      });
    const echo = resident([...yardstickArgs("echo.ts").toSpliced(1, 0, "-A"), network.discovery], home);
    ends.push(() => echo.end());
    add("echo", (await echo.line("stdout", /"addr":"([0-9a-f]{66})/))[1], echo);
    const wanted = [["this build", bundle], [UNSYNCED, bundle]];
    if (base) wanted.push(["base", await bundleOf(base)]);
    for (const [name, of] of wanted) {
      const place = `${home}/${name.replaceAll(" ", "-")}`;
      await Deno.mkdir(`${place}/.config/dmsg`, { recursive: true });
      const config = name === UNSYNCED ? { durability: "process" } : {};
      await Deno.writeTextFile(`${place}/.config/dmsg/config.json`, JSON.stringify(config));
      const listener = await listening(place, network.discovery, of);
      ends.push(() => listener.end());
      const identity = ["--identity", "sender", "--discovery", network.discovery];
      const owner = resident([...programArgs(of), "daemon", "--json", ...identity], place);
      ends.push(() => owner.end());
      await owner.line("stdout", /\n/);
      add(
        name,
        listener.pk,
        listener,
        owner,
        `${place}/.local/share/dmsg/identities/sender`,
        name === "base" ? base : undefined,
      );
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
  const { pk, directory, listener, owner, checkout } = build;
  const open = await clientOf(checkout);
  /** Runs something. @returns What it gives, and the processor time of each of `count` in a process. */
  const timed = async <T>(of: Resident, count: number, run: () => Promise<T>): Promise<[T, number]> => {
    const before = of.cpuS();
    const found = await run();
    return [found, ((of.cpuS() - before) * 1e6) / count];
  };
  const rate = async (count: number, atOnce: number): Promise<{ rate: number; times: number[] }> => {
    const from = performance.now();
    const times = await flood(discovery, pk, count, atOnce);
    return { rate: (count * 1000) / (performance.now() - from), times };
  };
  const [one, oneCpu] = await timed(listener, COUNTS.one, () => rate(COUNTS.one, 1));
  const [many, manyCpu] = await timed(listener, COUNTS.many, () => rate(COUNTS.many, 64));
  const sending = async (count: number, atOnce: number) =>
    directory === undefined || !owner
      ? undefined
      : await timed(owner, count, () => sends(directory, pk, count, atOnce, open));
  const ownerOne = await sending(COUNTS.ownerOne, 1);
  const ownerMany = await sending(COUNTS.ownerMany, 64);
  if (!counts) return;
  build.one.push(one.rate);
  build.oneMs.push(percentile(one.times, 50));
  build.oneCpu.push(oneCpu);
  build.many.push(many.rate);
  build.manyMs.push(percentile(many.times, 99.9));
  build.manyCpu.push(manyCpu);
  if (!ownerOne || !ownerMany) return;
  build.ownerOne.push(ownerOne[0].rate);
  build.ownerOneCpu.push(ownerOne[1]);
  build.ownerMany.push(ownerMany[0].rate);
  build.ownerManyCpu.push(ownerMany[1]);
}

function print(builds: readonly Build[]): void {
  const [echo, ours, unsynced, base] = builds;
  for (const build of builds) {
    const cpu = (times: readonly number[]): string => `${shown(times)} µs of processor time each`;
    console.log(`  ${build.name}`);
    console.log(`    kept, one at a time  ${shown(build.one)} a second · p50 ${shown(build.oneMs, 2)} ms`);
    console.log(`                         ${cpu(build.oneCpu)}`);
    console.log(`    kept, 64 at a time   ${shown(build.many)} a second · p99.9 ${shown(build.manyMs)} ms`);
    console.log(`                         ${cpu(build.manyCpu)}`);
    if (build.ownerOne.length === 0) continue;
    console.log(`    owner, one at a time ${shown(build.ownerOne)} a second · ${cpu(build.ownerOneCpu)}`);
    console.log(`    owner, 64 at a time  ${shown(build.ownerMany)} a second · ${cpu(build.ownerManyCpu)}`);
  }
  for (const [one, other] of [[ours, echo], ...base ? [[ours, base], [unsynced, base]] : []]) {
    const times = (of: (build: Build) => number[]) => shown(ratios(of(one), of(other)), 2);
    const kept = `one ${times(({ one }) => one)} · 64 ${times(({ many }) => many)}`;
    console.log(`  ${one.name} × ${other.name}: ${kept}`);
    if (other.directory === undefined) continue;
    console.log(
      `    through an owner: one ${times(({ ownerOne }) => ownerOne)} · 64 ${
        times(({ ownerMany }) => ownerMany)
      }`,
    );
    const less = (of: (build: Build) => number[]) => shown(ratios(of(other), of(one)), 2);
    console.log(
      `    processor time, times less: one ${less(({ oneCpu }) => oneCpu)} · 64 ${
        less(({ manyCpu }) => manyCpu)
      } · owner one ${less(({ ownerOneCpu }) => ownerOneCpu)} · 64 ${
        less(({ ownerManyCpu }) => ownerManyCpu)
      }`,
    );
  }
}
