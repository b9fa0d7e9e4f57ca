/**
 * One stream, 256 MiB from a file to a pipe: ours over a stock server, ours over ours, and the stock pair,
 * interleaved. Whole processes from start to exit.
 *
 * @module
 */
import { haveIdentity } from "../tests/script/have_identity.ts";
import { GO_BIN, stockHttp, stockNetwork } from "../tests/interop/go_peers.ts";
import { generateKeyPair } from "../lib/crypto/keys.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { fromUtf8, toHex } from "../lib/wire/bytes.ts";
import { BASE, bundleOf, environment, ourNetwork, programArgs, residentOf } from "./processes.ts";
import { ratios, shown, spread } from "./stats.ts";
import { StockPart } from "./stock.ts";

const BYTES = 256 * 1024 * 1024;
const MB = BYTES / 1e6;

interface Transfer {
  readonly mbPerS: number;
  readonly senderCpuS: number;
  readonly receiverCpuS: number;
  readonly receiverMiB: number;
  readonly senderMiB: number;
}

/** Runs a shell line and gives what it printed. */
async function shell(line: string, env: Record<string, string>): Promise<{ stdout: string; stderr: string }> {
  const out = await new Deno.Command("sh", { args: ["-c", line], env, clearEnv: true, stdin: "null" })
    .output();
  return { stdout: fromUtf8(out.stdout).trim(), stderr: fromUtf8(out.stderr).trim() };
}

const quoted = (args: readonly string[]): string => args.map((arg) => `'${arg}'`).join(" ");

async function oursOver(discovery: string, file: string, home: string, bundle: string): Promise<Transfer> {
  const deno = quoted([Deno.execPath(), ...programArgs(bundle)]);
  for (const name of ["receiver", "sender"]) haveIdentity(home, name);
  const listening = new Deno.Command("sh", {
    args: [
      "-c",
      `${deno} nc -l 5000 --discovery ${discovery} --identity receiver | wc -c`,
    ],
    env: environment(home),
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const receiver = residentOf(listening, ["stdout", "stderr"], firstChild(listening.pid));
  const [, address] = await receiver.line("stderr", /Listening on ([0-9a-f]{66}:5000)/);
  const started = performance.now();
  const sender = new Deno.Command("sh", {
    args: ["-c", `exec ${deno} nc -N --discovery ${discovery} --identity sender ${address} < ${file}`],
    env: environment(home),
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let figures = { senderCpuS: 0, receiverCpuS: 0, receiverMiB: 0, senderMiB: 0 };
  const sending = residentOf(sender, ["stderr"]);
  const poll = setInterval(() => {
    const now = {
      senderCpuS: sending.cpuS(),
      receiverCpuS: receiver.cpuS(),
      receiverMiB: receiver.peakMiB(),
      senderMiB: sending.peakMiB(),
    };
    if (now.senderMiB > 0 && now.receiverMiB > 0) figures = now;
  }, 100);
  const { code } = await sender.status;
  const ms = performance.now() - started;
  clearInterval(poll);
  const [, counted] = await receiver.line("stdout", /(\d+)\n/);
  const received = Number(counted);
  await listening.status;
  if (code !== 0 || received !== BYTES) throw new Error(`transfer failed: status ${code}, ${received} bytes`);
  return { mbPerS: (MB * 1000) / ms, ...figures };
}

/** The process at the head of a shell's pipeline; the shell's own where the system does not tell. */
function firstChild(shell: number): () => number {
  let found: number | undefined;
  return () => {
    try {
      const children = Deno.readTextFileSync(`/proc/${shell}/task/${shell}/children`);
      found ??= Number(children.split(" ")[0]) || undefined;
    } catch { /* no such file here */ }
    return found ?? shell;
  };
}

async function stockPair(discovery: string, pk: string, home: string): Promise<number> {
  const env = { ...environment(home), DMSGCURL_SK: toHex(generateKeyPair(systemRandom).secret) };
  const started = performance.now();
  const { stdout, stderr } = await shell(
    `'${GO_BIN}/dmsgcurl' -c ${discovery} dmsg://${pk}:80/f.bin | wc -c`,
    env,
  );
  const ms = performance.now() - started;
  if (Number(stdout) < BYTES) throw new Error(`stock transfer failed: ${stdout} bytes; ${stderr}`);
  return (MB * 1000) / ms;
}

/** Measures and prints. @param runs  How often each shape runs, interleaved. */
export async function benchBulk(bundle: string, runs: number): Promise<void> {
  console.log(
    `\n(1) One stream, 256 MiB, client–server–client on loopback, file to pipe, whole processes, ${runs} runs`,
  );
  const home = await Deno.makeTempDir();
  const file = `${home}/f.bin`;
  await shell(`head -c ${BYTES} /dev/urandom > ${file}`, environment(home));
  const ours = await ourNetwork(home, bundle);
  const stock = GO_BIN ? await stockNetwork() : undefined;
  await Deno.mkdir(`${home}/www`);
  await Deno.link(file, `${home}/www/f.bin`);
  const http = stock ? await stockHttp(stock.discovery, `${home}/www`) : undefined;
  const pair: number[] = [];
  const part = new StockPart("stock pair");
  const overStock: Transfer[] = [];
  const overOurs: Transfer[] = [];
  const ofBase: Transfer[] = [];
  const baseHome = `${home}/base`; // an older build may not read what a newer one has kept
  const baseBundle = BASE && await bundleOf(BASE);
  await Deno.mkdir(baseHome);
  try {
    for (let run = -1; run < runs; run++) {
      const a = stock && http ? await part.run(() => stockPair(stock.discovery, http.pk, home)) : undefined;
      const b = stock ? await oursOver(stock.discovery, file, home, bundle) : undefined;
      const c = await oursOver(ours.discovery, file, home, bundle);
      const over = (stock ?? ours).discovery;
      const d = baseBundle ? await oursOver(over, file, baseHome, baseBundle) : undefined;
      if (run < 0) continue; // the first round warms caches
      if (a !== undefined) pair.push(a);
      if (b) overStock.push(b);
      overOurs.push(c);
      if (d) ofBase.push(d);
    }
    report(part.skipped === undefined ? pair : [], overStock, overOurs, part.skipped);
    if (ofBase.length > 0) {
      const speed = (transfers: Transfer[]): number[] => transfers.map(({ mbPerS }) => mbPerS);
      const beside = stock ? overStock : overOurs;
      console.log(
        `  base, over ${stock ? "the stock" : "our"} server  ${shown(speed(ofBase))} MB/s · this build is ${
          shown(ratios(speed(beside), speed(ofBase)), 2)
        } × as fast`,
      );
    }
  } finally {
    await http?.[Symbol.asyncDispose]();
    await stock?.[Symbol.asyncDispose]();
    await ours.end();
    await Deno.remove(home, { recursive: true });
  }
}

function report(
  pair: number[],
  overStock: Transfer[],
  overOurs: Transfer[],
  skipped: string | undefined,
): void {
  const speed = (transfers: Transfer[]): number[] => transfers.map((transfer) => transfer.mbPerS);
  if (pair.length > 0) {
    console.log(`  stock pair, stock server      ${shown(pair)} MB/s`);
    console.log(
      `  ours – stock server – ours    ${shown(speed(overStock))} MB/s · ${
        shown(ratios(speed(overStock), pair), 2)
      } × stock pair`,
    );
  } else {
    console.log(
      overStock.length === 0
        ? "  stock pair and stock server   SKIPPED: DMSG_GO_BIN is not set"
        : `  stock pair                    SKIPPED: ${skipped}\n` +
          `  ours – stock server – ours    ${shown(speed(overStock))} MB/s`,
    );
  }
  const ratio = pair.length > 0 ? ` · ${shown(ratios(speed(overOurs), pair), 2)} × stock pair` : "";
  console.log(`  ours – our server – ours      ${shown(speed(overOurs))} MB/s${ratio}`);
  const last = overOurs;
  const of = (pick: (transfer: Transfer) => number): number => spread(last.map(pick)).median;
  console.log(
    `  CPU s, sender / receiver: ${of((t) => t.senderCpuS).toFixed(2)} / ${
      of((t) => t.receiverCpuS).toFixed(2)
    }` +
      ` · peak MiB: ${of((t) => t.senderMiB).toFixed(0)} / ${of((t) => t.receiverMiB).toFixed(0)}`,
  );
}
