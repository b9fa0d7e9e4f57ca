/**
 * Large files: throughput, processor time, memory, and what is sent again after a cut.
 *
 * @module
 */
import { freeBytes } from "../lib/sys/copies/space.ts";
import {
  BYTES,
  command,
  floorMiB,
  idleDisk,
  MIB,
  piped,
  SCALE,
  type Stage,
  startHost,
  type Taken,
} from "./copy_stage.ts";
import { programArgs, resident, type Run } from "./processes.ts";
import { ratios, shown } from "./stats.ts";
import { StockPart } from "./stock.ts";

/** A file that fits no memory, 10 GiB or as many as `DMSG_BENCH_LARGE_GIB` says. It needs room for two. */
const LARGE_MIB = Math.round(Number(Deno.env.get("DMSG_BENCH_LARGE_GIB") ?? 10 * SCALE) * 1024);
/** Client, server and host keep three cores busy: what more streams gain shows with a fourth, or in copy_stripes.ts. */
const noCoreFree = navigator.hardwareConcurrency < 4
  ? ` (${navigator.hardwareConcurrency} cores: none is free here; below the way is the limit)`
  : "";
/** Above `empty_wait`, whatever the size. */
const MOST_MIB = 40;

export async function largeFile(
  stage: Stage,
  runs: number,
  stockPair: (() => Promise<Taken>) | undefined,
): Promise<void> {
  const { home, pk, host } = stage;
  const mbPerS = (ms: number): number => BYTES / 1000 / ms;
  const pushed: Run[] = [];
  const pulled: Run[] = [];
  const single: Run[] = [];
  const striped: Run[] = [];
  const catted: number[] = [];
  const pair: number[] = [];
  const stock = new StockPart("stock pair");
  const cpu: Record<"pair" | "push" | "pull", number[]> = { pair: [], push: [], pull: [] };
  /**
   * Each begins with an idle disk, and takes the pages that the copy before it has left: new ones cost a virtual machine
   * more.
   */
  const begin = async (before: string): Promise<void> => {
    await idleDisk();
    await Deno.remove(`${home}/${before}`).catch(() => {}); // the first one finds none
  };
  const push = async (name: string, ...options: string[]): Promise<Run> => {
    await begin(`root/${name}`);
    return await command(stage, "scp", "-q", ...options, `${home}/big`, `${pk}:${name}`);
  };
  for (let run = -1; run < runs; run++) {
    const other = stockPair && await stock.run(async () => {
      await begin("received");
      return await stockPair();
    });
    const idle = host.cpuS();
    const there = await push("big");
    const between = host.cpuS();
    await begin("back");
    const back = await command(stage, "scp", "-qf", `${pk}:big`, `${home}/back`);
    const after = host.cpuS();
    const one = await push("one", "--streams", "1");
    const four = await push("four", "--streams", "4");
    await begin("received");
    const nc = await piped(stage, "cat big");
    if (run < 0) continue; // the first round warms caches
    pushed.push(there);
    pulled.push(back);
    single.push(one);
    striped.push(four);
    catted.push(mbPerS(nc));
    cpu.push.push(there.cpuS + between - idle);
    cpu.pull.push(back.cpuS + after - between);
    if (!other) continue;
    pair.push(mbPerS(other.ms));
    cpu.pair.push(other.cpuS);
  }
  if (stock.skipped !== undefined) {
    console.log(`  stock pair                    SKIPPED: ${stock.skipped}`);
    pair.length = 0;
  }
  const speed = (all: readonly Run[]): number[] => all.map(({ ms }) => mbPerS(ms));
  const beside = (all: readonly Run[]): string =>
    `${shown(ratios(speed(all), catted), 2)} × nc with cat` +
    (pair.length > 0 ? ` · ${shown(ratios(speed(all), pair), 2)} × stock pair` : "");
  if (pair.length > 0) console.log(`  stock pair                    ${shown(pair)} MB/s`);
  console.log(`  nc with cat                   ${shown(catted)} MB/s`);
  console.log(`  scp, push                     ${shown(speed(pushed))} MB/s · ${beside(pushed)}`);
  console.log(`  scp, pull                     ${shown(speed(pulled))} MB/s · ${beside(pulled)}`);
  console.log(
    `  scp, push over one stream     ${shown(speed(single))} MB/s · over up to four ` +
      `${shown(ratios(speed(striped), speed(single)), 2)} × that${noCoreFree}`,
  );
  const ofPair = (all: readonly number[]): string =>
    shown(all, 2) + (pair.length > 0 ? ` · ${shown(ratios(all, cpu.pair), 2)} × stock pair` : "");
  if (pair.length > 0) console.log(`  CPU s of the stock pair       ${shown(cpu.pair, 2)}`);
  console.log(`  CPU s of client and host      push ${ofPair(cpu.push)} · pull ${ofPair(cpu.pull)}`);
  const floor = await floorMiB(home);
  const above = (all: readonly Run[]): string => shown(all.map(({ peakMiB }) => peakMiB - floor));
  console.log(
    `  peak MiB above empty_wait (${floor.toFixed(0)}): push ${above(pushed)}, pull ${above(pulled)}, ` +
      `host ${(host.peakMiB() - floor).toFixed(0)}`,
  );
}

/** Kills a push at 60 %, and lets another one go on. */
export async function cutOff(stage: Stage): Promise<void> {
  const { home, pk, discovery, bundle } = stage;
  const args = ["scp", "-q", "--limit", `${Math.round(BYTES / MIB / 4)}M`, `${home}/big`, `${pk}:cut`];
  const first = resident(
    [...programArgs(bundle), ...args, "--discovery", discovery, "--identity", "sender"],
    home,
  );
  const arrived = (): number =>
    [...Deno.readDirSync(`${home}/root`)].filter(({ name }) => /^\.[0-9a-f]{32}\.part$/.test(name))
      .reduce((sum, { name }) => sum + Deno.statSync(`${home}/root/${name}`).size, 0);
  while (arrived() < BYTES * 0.6) await new Promise((resolve) => setTimeout(resolve, 5));
  first.child.kill("SIGKILL");
  await first.end();
  const { stdout } = await command(stage, "scp", "--json", `${home}/big`, `${pk}:cut`);
  const resumed = Number(/"resumed":(\d+)/.exec(stdout)?.[1] ?? 0);
  const sent = BYTES - resumed;
  const most = BYTES * 0.4 + 2 * MIB;
  console.log(
    `  cut at 60 %: ${(sent / BYTES * 100).toFixed(1)} % are sent again or for the first time ` +
      `(${sent <= most ? "within" : "BEYOND"} 40 % + 2 MiB)`,
  );
}

/** Blocks that are all different, mostly holes: it takes no room. */
async function generate(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  await file.truncate(LARGE_MIB * MIB);
  const number = new Uint8Array(4);
  for (let i = 0; i < LARGE_MIB; i++) {
    new DataView(number.buffer).setUint32(0, i);
    await file.seek(i * MIB, Deno.SeekMode.Start);
    await file.write(number);
  }
}

/** A file that fits no memory, there and back: of a host that has just begun, and of the one that all else went through. */
export async function veryLarge(stage: Stage): Promise<void> {
  const { home } = stage;
  const gib = `${(LARGE_MIB / 1024).toFixed(2)} GiB`;
  const free = await freeBytes(home);
  if (free !== undefined && free < 2.1 * LARGE_MIB * MIB) {
    return console.log(`  ${gib}   SKIPPED: there is no room for two of them in ${home}`);
  }
  const floor = await floorMiB(home);
  const above = (mib: number): string =>
    `${(mib - floor).toFixed(0)}${mib - floor > MOST_MIB ? " (BEYOND)" : ""}`;
  console.log(
    `  ${gib} of generated data, peak MiB above empty_wait (${floor.toFixed(0)}; at most ${MOST_MIB}):`,
  );
  const fresh = await startHost(stage, "fresh");
  try {
    for (
      const [name, { host, pk }] of [["that has just begun", fresh], ["of all before it", stage]] as const
    ) {
      await generate(`${home}/large`);
      const idle = host.memoryMiB();
      const there = await command(stage, "scp", "-q", "--no-compress", `${home}/large`, `${pk}:large`);
      const back = await command(stage, "scp", "-qf", "--no-compress", `${pk}:large`, `${home}/large`);
      await Deno.remove(`${home}/root/large`);
      await Deno.remove(`${home}/large`);
      console.log(
        `    push ${above(there.peakMiB)}, pull ${above(back.peakMiB)}, a host ${name} ${
          above(host.peakMiB())
        }, which had ${(idle - floor).toFixed(0)} before`,
      );
    }
  } finally {
    await fresh.host.end();
  }
}
