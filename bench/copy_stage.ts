/**
 * What the copies of a benchmark need: files, a host on a network, and the yardsticks beside it.
 *
 * @module
 */
import { GO_BIN, type StockHttp } from "../tests/interop/go_peers.ts";
import { haveIdentity } from "../tests/script/have_identity.ts";
import { generateKeyPair } from "../lib/crypto/keys.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { fromUtf8, toHex } from "../lib/wire/bytes.ts";
import {
  cpuSecondsOf,
  environment,
  measured,
  measuredCommand,
  programArgs,
  type Resident,
  resident,
  type Run,
  yardstickArgs,
} from "./processes.ts";

/** A short run: `DMSG_BENCH_SCALE=0.05`. */
export const SCALE = Number(Deno.env.get("DMSG_BENCH_SCALE") ?? "1");
export const BYTES = Math.max(8, Math.round(256 * SCALE)) * 2 ** 20;
export const FILES = Math.max(100, Math.round(10_000 * SCALE));
/** One dial a file is slow: so many are enough to know how slow. */
export const SINGLE_FILES = Math.max(20, Math.round(200 * SCALE));
export const MIB = 2 ** 20;
export interface Stage {
  readonly home: string;
  readonly discovery: string;
  readonly bundle: string;
  readonly host: Resident;
  readonly pk: string;
}

/** Runs one of our commands to its end. @throws When it fails. */
export async function command(
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

/** A network's home with a host that lets our sender in. */
export async function hosted(home: string, discovery: string, bundle: string): Promise<Stage> {
  for (const name of ["sender", "host", "fresh", "receiver"]) haveIdentity(home, name);
  const id = await measured([...programArgs(bundle), "id", "--identity", "sender"], home);
  await Deno.writeTextFile(`${home}/list`, id.stdout);
  // The first process of a new bundle compiles it, and keeps some 10 MiB of that; the next ones read what it has left.
  await (await startHost({ home, discovery, bundle }, "fresh")).host.end();
  return { home, discovery, bundle, ...await startHost({ home, discovery, bundle }, "host") };
}

/** Starts another host of the same directory. @param identity  `host` or `fresh`. */
export async function startHost(
  { home, discovery, bundle }: Omit<Stage, "host" | "pk">,
  identity: string,
): Promise<Pick<Stage, "host" | "pk">> {
  const args = ["scp-host", `${home}/root`, "--scp-whitelist", `${home}/list`, "--json"];
  const host = resident(
    [...programArgs(bundle), ...args, "--discovery", discovery, "--identity", identity],
    home,
  );
  const [, pk] = await host.line("stdout", /"hosting","pk":"([0-9a-f]{66})"/);
  return { host, pk };
}

const quoted = (args: readonly string[]): string => args.map((arg) => `'${arg}'`).join(" ");

/**
 * A shell's pipe into `nc`, and `nc` into a file or another pipe.
 * @returns Milliseconds until the receiver has written it all.
 */
export async function piped(
  { home, discovery, bundle }: Stage,
  feed: string,
  into = "> received",
): Promise<number> {
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
    `${deno} nc -l 5000 --discovery ${discovery} --identity receiver ${into}`,
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

/** Writes what waits for the disk: what one copy has left is not done while the next one is measured. */
export async function idleDisk(): Promise<void> {
  const { success } = await new Deno.Command("sync").output();
  if (!success) throw new Error("sync failed");
}

/** What one copy took: milliseconds, and processor time of both ends, seconds. */
export interface Taken {
  readonly ms: number;
  readonly cpuS: number;
}

/** The stock pair's copy of the large file, into a file. @throws {Error} With what it said. */
export async function stockPull(discovery: string, http: StockHttp, home: string): Promise<Taken> {
  const before = cpuSecondsOf(http.pid);
  const line =
    `'${GO_BIN}/dmsgcurl' -c ${discovery} dmsg://${http.pk}:80/big > '${home}/received' 2> '${home}/said'`;
  // A second session of one key hangs the first.
  const env = { DMSGCURL_SK: toHex(generateKeyPair(systemRandom).secret) };
  const { code, ms, cpuS } = await measuredCommand("sh", ["-c", line], home, env);
  if (code !== 0 || Deno.statSync(`${home}/received`).size < BYTES) {
    throw new Error(`dmsgcurl ended with status ${code}: ${Deno.readTextFileSync(`${home}/said`)}`);
  }
  return { ms, cpuS: cpuS + cpuSecondsOf(http.pid) - before };
}

/** Makes a file of bytes that nothing can pack. @returns Its last MiB. */
export async function randomFile(path: string, mebibytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const block = new Uint8Array(MIB);
  using file = await Deno.open(path, { write: true, create: true });
  for (let written = 0; written < mebibytes; written++) {
    for (let i = 0; i < MIB; i += 65536) crypto.getRandomValues(block.subarray(i, i + 65536));
    for (let done = 0; done < MIB;) done += await file.write(block.subarray(done));
  }
  return block;
}

export async function fill(home: string): Promise<void> {
  await Deno.mkdir(`${home}/root`);
  await Deno.mkdir(`${home}/www`);
  const block = await randomFile(`${home}/big`, BYTES / MIB);
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

/** What a program takes that only waits, MiB. */
export async function floorMiB(home: string): Promise<number> {
  const empty = resident(yardstickArgs("empty_wait.ts"), home);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const floor = empty.memoryMiB();
  await empty.end();
  return floor;
}
