/**
 * What keeping costs: acked messages to a `listen`, and sends through an owner, beside echoes that keep nothing, and
 * beside another build when `DMSG_BENCH_BASE` names its checkout. Each build is its own sender. All of it goes through
 * one server: the stock one where there is one.
 *
 * @module
 */
import { GO_BIN, type StockNetwork, stockNetwork } from "../tests/interop/go_peers.ts";
import { goEcho, goFlood, NO_GO_ECHO } from "./go_echo.ts";
import { flood, senderOf } from "./messages.ts";
import { clientOf, sends } from "./owner.ts";
import {
  BASE,
  bundleOf,
  cpuSecondsOf,
  listening,
  ourNetwork,
  programArgs,
  type Resident,
  resident,
  yardstickArgs,
} from "./processes.ts";
import { type Flooded, percentile, ratios, shown } from "./stats.ts";
import { StockPart } from "./stock.ts";

/** A build: its listener, and an identity of its own with an owner. */
interface Build {
  readonly name: string;
  readonly pk: string;
  /** The identity of the owner. */
  readonly directory?: string;
  readonly listener: Resident;
  readonly owner?: Resident;
  /** Its checkout, when it is another one. */
  readonly checkout?: string;
  /** Sends messages to it and waits for their acks. */
  readonly flood: (count: number, atOnce: number) => Promise<Flooded>;
  /** What it needs stock programs for. */
  readonly stock?: StockPart;
  /** Processor time of a message, microseconds, of the listener, and of a send, of the owner: no load spoils it. */
  readonly oneCpu: number[];
  readonly manyCpu: number[];
  /** The same of this process, which sends; not of what a stock program sends. */
  readonly senderOneCpu: number[];
  readonly senderManyCpu: number[];
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
/** An echo that syncs the texts before it acks them, and does nothing else with them. */
const SYNCED = "echo that syncs";
/** `DMSG_BENCH_SCALE` makes a run shorter, or longer. */
const SCALE = Number(Deno.env.get("DMSG_BENCH_SCALE") ?? 1);
/** The stock library's sender to an echo of it, and our sender to the same. */
const [GO_PAIR, TO_GO] = ["Go to Go echo", "ours to Go echo"];
const ADDRESS = /"addr":"([0-9a-f]{66})/;
const NO_FIGURES = () => ({
  ...{ one: [], oneMs: [], many: [], manyMs: [], ownerOne: [], ownerMany: [] },
  ...{ oneCpu: [], manyCpu: [], senderOneCpu: [], senderManyCpu: [], ownerOneCpu: [], ownerManyCpu: [] },
});
const scaled = (count: number): number => Math.ceil(count * SCALE);
const COUNTS = { one: scaled(1000), many: scaled(8000), ownerOne: scaled(400), ownerMany: scaled(2000) };

/** Measures and prints. @param runs  Rounds; a first one warms up. */
export async function benchKeeping(bundle: string, runs: number): Promise<void> {
  const base = BASE;
  console.log(`\nKept and acked, and sent through an owner; ${runs} rounds${base ? `, base ${base}` : ""}`);
  const home = await Deno.makeTempDir();
  const ends: (() => Promise<void>)[] = [() => Deno.remove(home, { recursive: true })];
  try {
    const { discovery, end } = await network(home, bundle);
    ends.push(end);
    const builds: Build[] = [];
    const add = (build: Pick<Build, "name" | "pk" | "listener" | "flood"> & Partial<Build>) => {
      ends.push(() => build.listener.end());
      if (build.owner) ends.push(() => build.owner!.end());
      builds.push({ ...NO_FIGURES(), ...build });
    };
    for (const [name, ...file] of [["echo"], [SYNCED, `${home}/synced`]]) {
      const listener = resident(
        [...yardstickArgs("echo.ts").toSpliced(1, 0, "-A"), discovery, ...file],
        home,
      );
      const [, pk] = await listener.line("stdout", ADDRESS);
      add({ name, pk, listener, flood: flooding(discovery, pk) });
    }
    const wanted = [["this build", bundle], [UNSYNCED, bundle]];
    if (base) wanted.push(["base", await bundleOf(base)]);
    for (const [name, of] of wanted) {
      const place = `${home}/${name.replaceAll(" ", "-")}`;
      await Deno.mkdir(`${place}/.config/dmsg`, { recursive: true });
      const config = name === UNSYNCED ? { durability: "process" } : {};
      await Deno.writeTextFile(`${place}/.config/dmsg/config.json`, JSON.stringify(config));
      const listener = await listening(place, discovery, of);
      const identity = ["--identity", "sender", "--discovery", discovery];
      const owner = resident([...programArgs(of), "daemon", "--json", ...identity], place);
      await owner.line("stdout", /\n/);
      const checkout = name === "base" ? base : undefined;
      const directory = `${place}/.local/share/dmsg/identities/sender`;
      const { pk } = listener;
      add({ name, pk, listener, owner, directory, checkout, flood: flooding(discovery, pk, checkout) });
    }
    if (NO_GO_ECHO === undefined) {
      const listener = goEcho(discovery, home);
      const [, pk] = await listener.line("stdout", ADDRESS);
      const byGo: Build["flood"] = (count, atOnce) => goFlood(discovery, pk, count, atOnce);
      add({ name: GO_PAIR, pk, listener, flood: byGo, stock: new StockPart(GO_PAIR) });
      const stock = new StockPart(TO_GO);
      builds.push({ ...NO_FIGURES(), name: TO_GO, pk, listener, flood: flooding(discovery, pk), stock });
    }
    for (let run = -1; run < runs; run++) {
      for (const build of builds) {
        if (build.stock) await build.stock.run(() => measure(build, run >= 0));
        else await measure(build, run >= 0);
      }
    }
    print(builds);
  } finally {
    for (const end of ends.reverse()) await end().catch(() => {});
  }
}

/** The stock network where there is one, else ours. */
async function network(
  home: string,
  bundle: string,
): Promise<{ readonly discovery: string; readonly end: () => Promise<void> }> {
  if (GO_BIN === undefined) {
    console.log("  stock server  SKIPPED: DMSG_GO_BIN is not set; all goes through ours");
    return await ourNetwork(home, bundle);
  }
  const stock: StockNetwork = await stockNetwork();
  return { discovery: stock.discovery, end: async () => await stock[Symbol.asyncDispose]() };
}

/** Sends with a build's own library. */
const flooding =
  (discovery: string, pk: string, checkout?: string): Build["flood"] => async (count, atOnce) => {
    const { times, rate } = await flood(discovery, pk, count, atOnce, () => {}, await senderOf(checkout));
    return { rate, p50Ms: percentile(times, 50), p999Ms: percentile(times, 99.9) };
  };

async function measure(build: Build, counts: boolean): Promise<void> {
  const { pk, directory, listener, owner, checkout } = build;
  const open = await clientOf(checkout);
  const sender = { cpuS: () => cpuSecondsOf(Deno.pid) };
  /** Runs something. @returns What it gives, and the processor time of each of `count` in processes. */
  const timed = async <T>(
    of: Pick<Resident, "cpuS">,
    count: number,
    run: () => Promise<T>,
  ): Promise<[found: T, ofIt: number, ofSender: number]> => {
    const before = [of, sender].map((each) => each.cpuS());
    const found = await run();
    const [ofIt, ofSender] = [of, sender].map((each, i) => ((each.cpuS() - before[i]) * 1e6) / count);
    return [found, ofIt, ofSender];
  };
  const [one, oneCpu, senderOneCpu] = await timed(listener, COUNTS.one, () => build.flood(COUNTS.one, 1));
  const [many, manyCpu, senderManyCpu] = await timed(
    listener,
    COUNTS.many,
    () => build.flood(COUNTS.many, 64),
  );
  const sending = async (count: number, atOnce: number) =>
    directory === undefined || !owner
      ? undefined
      : await timed(owner, count, () => sends(directory, pk, count, atOnce, open));
  const ownerOne = await sending(COUNTS.ownerOne, 1);
  const ownerMany = await sending(COUNTS.ownerMany, 64);
  if (!counts) return;
  build.one.push(one.rate);
  build.oneMs.push(one.p50Ms);
  build.oneCpu.push(oneCpu);
  build.many.push(many.rate);
  build.manyMs.push(many.p999Ms);
  build.manyCpu.push(manyCpu);
  build.senderOneCpu.push(senderOneCpu);
  build.senderManyCpu.push(senderManyCpu);
  if (!ownerOne || !ownerMany) return;
  build.ownerOne.push(ownerOne[0].rate);
  build.ownerOneCpu.push(ownerOne[1]);
  build.ownerMany.push(ownerMany[0].rate);
  build.ownerManyCpu.push(ownerMany[1]);
}

/** Whether there are figures of it. */
const isThere = (build: Build | undefined): build is Build =>
  build !== undefined && build.stock?.skipped === undefined;

function print(builds: readonly Build[]): void {
  const of = (name: string) => builds.find((build) => build.name === name);
  const [echo, synced, ours, unsynced] = builds;
  const base = of("base");
  const goPair = of(GO_PAIR);
  for (const build of builds) {
    if (build.stock?.skipped !== undefined) {
      console.log(`  ${build.name}  SKIPPED: ${build.stock.skipped}`);
      continue;
    }
    const cpu = (times: readonly number[], senders?: readonly number[]): string => {
      const sender = senders === undefined || build.name === GO_PAIR
        ? ""
        : `, ${shown(senders)} of its sender`;
      return `${shown(times)} µs of processor time each${sender}`;
    };
    console.log(`  ${build.name}`);
    console.log(`    kept, one at a time  ${shown(build.one)} a second · p50 ${shown(build.oneMs, 2)} ms`);
    console.log(`                         ${cpu(build.oneCpu, build.senderOneCpu)}`);
    console.log(`    kept, 64 at a time   ${shown(build.many)} a second · p99.9 ${shown(build.manyMs)} ms`);
    console.log(`                         ${cpu(build.manyCpu, build.senderManyCpu)}`);
    if (build.ownerOne.length === 0) continue;
    console.log(`    owner, one at a time ${shown(build.ownerOne)} a second · ${cpu(build.ownerOneCpu)}`);
    console.log(`    owner, 64 at a time  ${shown(build.ownerMany)} a second · ${cpu(build.ownerManyCpu)}`);
  }
  if (!goPair) console.log(`  ${GO_PAIR}  SKIPPED: ${NO_GO_ECHO}`);
  const toGo = of(TO_GO);
  const beside = [[ours, echo], [ours, synced]];
  if (isThere(goPair)) beside.push([ours, goPair], ...isThere(toGo) ? [[toGo, goPair]] : []);
  for (
    const [one, other] of [
      ...beside,
      ...base ? [[ours, base], [unsynced, base], [echo, base], [synced, base]] : [],
    ]
  ) {
    const times = (of: (build: Build) => number[]) => shown(ratios(of(one), of(other)), 2);
    const kept = `one ${times(({ one }) => one)} · 64 ${times(({ many }) => many)}`;
    console.log(`  ${one.name} × ${other.name}: ${kept}`);
    if (one.directory === undefined || other.directory === undefined) continue;
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
