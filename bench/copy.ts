/**
 * Copying: one large file and many small ones, whole processes, interleaved with `nc` and the stock pair; what a copy
 * that was cut off sends again; and how long the first byte of a file takes.
 *
 * @module
 */
import { GO_BIN, stockHttp, stockNetwork } from "../tests/interop/go_peers.ts";
import { haveIdentity } from "../tests/script/have_identity.ts";
import { generateKeyPair } from "../lib/crypto/keys.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { loadSha256 } from "../lib/crypto/digest.ts";
import { push } from "../lib/scp/client.ts";
import { serveStream } from "../lib/scp/host.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { openSeekable } from "../lib/sys/source_file.ts";
import { systemTree } from "../lib/sys/system_tree.ts";
import { fromUtf8, toHex } from "../lib/wire/bytes.ts";
import type { Duplex } from "../lib/wire/machine.ts";
import { memoryDuplexPair } from "../tests/fakes/duplex.ts";
import {
  environment,
  measured,
  ourNetwork,
  programArgs,
  type Resident,
  resident,
  type Run,
  yardstickArgs,
} from "./processes.ts";
import { ratios, shown } from "./stats.ts";

/** A short run: `DMSG_BENCH_SCALE=0.05`. */
const SCALE = Number(Deno.env.get("DMSG_BENCH_SCALE") ?? "1");
const BYTES = Math.max(8, Math.round(256 * SCALE)) * 2 ** 20;
const FILES = Math.max(100, Math.round(10_000 * SCALE));
/** One dial a file is slow: so many are enough to know how slow. */
const SINGLE_FILES = Math.max(20, Math.round(200 * SCALE));
const MIB = 2 ** 20;
/** `DMSG_BENCH_LARGE_GIB=10`: a file of so many GiB, for what memory it takes. Three times the room is needed. */
const LARGE_MIB = Math.round(Number(Deno.env.get("DMSG_BENCH_LARGE_GIB") ?? 0.5 * SCALE) * 1024);

interface Stage {
  readonly home: string;
  readonly discovery: string;
  readonly bundle: string;
  readonly host: Resident;
  readonly pk: string;
}

/** Runs one of our commands to its end. @throws When it fails. */
async function command(
  { home, discovery, bundle }: Omit<Stage, "host" | "pk">,
  ...args: string[]
): Promise<Run> {
  const run = await measured([
    ...programArgs(bundle),
    ...args,
    "--discovery",
    discovery,
    "--identity",
    "sender",
  ], home);
  if (run.code !== 0) throw new Error(`${args[0]} ended with status ${run.code}`);
  return run;
}

/** A host that lets our sender in. */
async function hosted(home: string, discovery: string, bundle: string): Promise<Stage> {
  for (const name of ["sender", "host", "receiver"]) haveIdentity(home, name);
  const id = await measured([...programArgs(bundle), "id", "--identity", "sender"], home);
  await Deno.writeTextFile(`${home}/list`, id.stdout);
  const args = ["scp-host", `${home}/root`, "--scp-whitelist", `${home}/list`, "--json"];
  const host = resident(
    [...programArgs(bundle), ...args, "--discovery", discovery, "--identity", "host"],
    home,
  );
  const [, pk] = await host.line("stdout", /"hosting","pk":"([0-9a-f]{66})"/);
  return { home, discovery, bundle, host, pk };
}

const quoted = (args: readonly string[]): string => args.map((arg) => `'${arg}'`).join(" ");

/** A shell's pipe into `nc`, and `nc` into a file. @returns Milliseconds until the receiver has written it all. */
async function piped({ home, discovery, bundle }: Stage, feed: string): Promise<number> {
  const deno = quoted([Deno.execPath(), ...programArgs(bundle)]);
  const spawn = (line: string, stderr: "piped" | "null") =>
    new Deno.Command("sh", {
      args: ["-c", line],
      env: environment(home),
      clearEnv: true,
      cwd: home,
      stdin: "null",
      stdout: "null",
      stderr,
    }).spawn();
  const receiver = spawn(
    `exec ${deno} nc -l 5000 --discovery ${discovery} --identity receiver > received`,
    "piped",
  );
  let said = "";
  let address: string | undefined;
  const reader = receiver.stderr.getReader();
  while (address === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`nc has ended: ${said}`);
    said += fromUtf8(value);
    address = /Listening on ([0-9a-f]{66}:5000)\n/.exec(said)?.[1];
  }
  void (async () => {
    while (!(await reader.read()).done);
  })();
  const startedMs = performance.now();
  const sender = spawn(
    `${feed} | ${deno} nc -N --discovery ${discovery} --identity sender ${address}`,
    "null",
  );
  const [sent, got] = await Promise.all([sender.status, receiver.status]);
  if (!sent.success || !got.success) throw new Error("nc failed");
  return performance.now() - startedMs;
}

async function stockPull(discovery: string, pk: string, home: string): Promise<number> {
  const startedMs = performance.now();
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `'${GO_BIN}/dmsgcurl' -c ${discovery} dmsg://${pk}:80/big > received`],
    // A second session of one key hangs the first.
    env: { ...environment(home), DMSGCURL_SK: toHex(generateKeyPair(systemRandom).secret) },
    clearEnv: true,
    cwd: home,
    stdout: "null",
    stderr: "null",
  }).spawn().status;
  if (!success || Deno.statSync(`${home}/received`).size < BYTES) throw new Error("dmsgcurl failed");
  return performance.now() - startedMs;
}

/** Measures and prints. @param runs  How often each shape runs, interleaved. */
export async function benchCopy(bundle: string, runs: number): Promise<void> {
  const of = `${BYTES / MIB} MiB and ${FILES} files of 1 KiB`;
  console.log(`\n(copy) ${of}, client–server–client on loopback, digest and sync included, ${runs} runs`);
  const home = await Deno.makeTempDir();
  await fill(home);
  const stock = GO_BIN ? await stockNetwork() : undefined;
  const ours = stock ? undefined : await ourNetwork(home, bundle);
  const http = stock ? await stockHttp(stock.discovery, `${home}/www`) : undefined;
  const stage = await hosted(home, stock?.discovery ?? ours!.discovery, bundle);
  try {
    if (!stock) console.log("  stock pair and stock server   SKIPPED: DMSG_GO_BIN is not set");
    await largeFile(stage, runs, stock && http ? () => stockPull(stock.discovery, http.pk, home) : undefined);
    await smallFiles(stage, runs);
    await cutOff(stage);
    if (LARGE_MIB > 0) await veryLarge(stage);
    await firstByte(home);
  } finally {
    await stage.host.end();
    await http?.[Symbol.asyncDispose]();
    await stock?.[Symbol.asyncDispose]();
    await ours?.end();
    await Deno.remove(home, { recursive: true });
  }
}

async function fill(home: string): Promise<void> {
  await Deno.mkdir(`${home}/root`);
  await Deno.mkdir(`${home}/www`);
  const block = new Uint8Array(MIB);
  using file = await Deno.open(`${home}/big`, { write: true, create: true });
  for (let at = 0; at < BYTES; at += MIB) {
    for (let i = 0; i < MIB; i += 65536) crypto.getRandomValues(block.subarray(i, i + 65536));
    for (let done = 0; done < MIB;) done += await file.write(block.subarray(done));
  }
  await Deno.link(`${home}/big`, `${home}/www/big`);
  for (let i = 0; i < FILES; i++) {
    const directory = `${home}/tree/${i % 100}`;
    if (i < 100) await Deno.mkdir(directory, { recursive: true });
    await Deno.writeFile(`${directory}/f${i}`, block.subarray(i % 1000 * 1024, (i % 1000 + 1) * 1024));
    if (i < SINGLE_FILES) {
      await Deno.mkdir(`${home}/single`, { recursive: true });
      await Deno.writeFile(`${home}/single/f${i}`, block.subarray(0, 1024));
    }
  }
}

async function largeFile(
  stage: Stage,
  runs: number,
  stockPair: (() => Promise<number>) | undefined,
): Promise<void> {
  const { home, pk, host } = stage;
  const mbPerS = (ms: number): number => BYTES / 1000 / ms;
  const pushed: Run[] = [];
  const pulled: Run[] = [];
  const catted: number[] = [];
  const pair: number[] = [];
  for (let run = -1; run < runs; run++) {
    const other = await stockPair?.();
    const there = await command(stage, "scp", "-q", `${home}/big`, `${pk}:big${run}`);
    const back = await command(stage, "scp", "-qf", `${pk}:big${run}`, `${home}/back`);
    const nc = await piped(stage, "cat big");
    await Deno.remove(`${home}/root/big${run}`);
    if (run < 0) continue; // the first round warms caches
    pushed.push(there);
    pulled.push(back);
    catted.push(mbPerS(nc));
    if (other !== undefined) pair.push(mbPerS(other));
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
    `  CPU s of the client: push ${shown(pushed.map(({ cpuS }) => cpuS), 2)}, ` +
      `pull ${shown(pulled.map(({ cpuS }) => cpuS), 2)}`,
  );
  const empty = resident(yardstickArgs("empty_wait.ts"), home);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const floor = empty.memoryMiB();
  await empty.end();
  const above = (all: readonly Run[]): string => shown(all.map(({ peakMiB }) => peakMiB - floor));
  console.log(
    `  peak MiB above empty_wait (${floor.toFixed(0)}): push ${above(pushed)}, pull ${above(pulled)}, ` +
      `host ${(host.peakMiB() - floor).toFixed(0)}`,
  );
}

async function smallFiles(stage: Stage, runs: number): Promise<void> {
  const { home, pk } = stage;
  const perS = (files: number, ms: number): number => files * 1000 / ms;
  const trees: number[] = [];
  const back: number[] = [];
  const tars: number[] = [];
  const singles: number[] = [];
  for (let run = -1; run < runs; run++) {
    const tree = await command(stage, "scp", "-rq", `${home}/tree`, `${pk}:tree${run}`);
    const pull = await command(stage, "scp", "-rq", `${pk}:tree${run}`, `${home}/back${run}`);
    const tar = await piped(stage, "tar c tree");
    const single = await command(
      stage,
      "scp",
      "-rq",
      "--classic",
      "-j",
      "1",
      `${home}/single`,
      `${pk}:single${run}`,
    );
    // Nothing is removed in between: for a minute ext4 looks past each inode that was, at every file that is made.
    if (run < 0) continue;
    trees.push(perS(FILES, tree.ms));
    back.push(perS(FILES, pull.ms));
    tars.push(perS(FILES, tar));
    singles.push(perS(SINGLE_FILES, single.ms));
  }
  console.log(`  tar c | nc                    ${shown(tars)} files/s, nothing unpacked or synced`);
  console.log(`  one dial a file               ${shown(singles)} files/s`);
  for (const [name, all] of [["push", trees], ["pull", back]] as const) {
    console.log(
      `  scp -r, ${name}                  ${shown(all)} files/s · ${
        shown(ratios(all, tars), 2)
      } × tar c | nc · ` +
        `${shown(ratios(all, singles), 1)} × one dial a file`,
    );
  }
}

/** Kills a push at 60 %, and lets another one go on. */
async function cutOff(stage: Stage): Promise<void> {
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

/** Blocks that are all different, and can't be packed. */
async function generate(path: string): Promise<void> {
  const block = new Uint8Array(MIB);
  for (let i = 0; i < MIB; i += 65536) crypto.getRandomValues(block.subarray(i, i + 65536));
  using file = await Deno.open(path, { write: true, create: true });
  for (let i = 0; i < LARGE_MIB; i++) {
    new DataView(block.buffer).setUint32(0, i);
    for (let done = 0; done < MIB;) done += await file.write(block.subarray(done));
  }
}

/** A file that fits no memory, there and back. */
async function veryLarge(stage: Stage): Promise<void> {
  const { home, pk, host } = stage;
  await generate(`${home}/large`);
  const empty = resident(yardstickArgs("empty_wait.ts"), home);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const floor = empty.memoryMiB();
  await empty.end();
  const there = await command(stage, "scp", "-q", `${home}/large`, `${pk}:large`);
  const back = await command(stage, "scp", "-qf", `${pk}:large`, `${home}/large`);
  await Deno.remove(`${home}/root/large`);
  await Deno.remove(`${home}/large`);
  const above = (mib: number): string => (mib - floor).toFixed(0);
  console.log(
    `  ${(LARGE_MIB / 1024).toFixed(1)} GiB: peak MiB above empty_wait (${floor.toFixed(0)}): push ${
      above(there.peakMiB)
    }, ` +
      `pull ${above(back.peakMiB)}, host ${above(host.peakMiB())}`,
  );
}

/** How many answers of the host a client waits for before the first byte of a file leaves. */
async function firstByte(home: string): Promise<void> {
  const clock = systemClock();
  const digest = await loadSha256();
  const file = (await openSeekable(`${home}/single/f0`, digest))!;
  const [near, far] = memoryDuplexPair();
  let answers = 0;
  let first: number | undefined;
  const counted: Duplex = {
    ...near,
    async read() {
      const bytes = await near.read();
      answers++;
      return bytes;
    },
  };
  const rights = { tree: systemTree(`${home}/root`), read: true, write: true };
  const serving = serveStream(far, rights, { clock, peer: "bench", digest });
  const onBytes = (): void => void (first ??= answers);
  await push(counted, file, { clock, path: "first", extended: true, digest, onBytes });
  await serving;
  file.close();
  console.log(`  first payload byte: leaves ${first} round trips after the dial`);
}
