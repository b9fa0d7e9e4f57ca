/**
 * Sending through an owner: whole `send` processes beside an empty program, and sends of one client of its socket.
 *
 * @module
 */
import { openApp } from "../lib/owner/open.ts";
import { ownerPaths } from "../lib/owner/path.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { systemRandom } from "../lib/sys/random.ts";
import {
  listening,
  measured,
  ourNetwork,
  programArgs,
  resident,
  type Run,
  yardstickArgs,
} from "./processes.ts";
import { percentile, ratios, shown } from "./stats.ts";

/** Sends of one measurement. */
const SENDS = 2000;

/** Measures and prints. @param runs  How often the process runs, interleaved with the yardstick. */
export async function benchOwner(bundle: string, runs: number): Promise<void> {
  console.log(`\nSending through an owner on loopback, ${runs} processes, ${SENDS} sends`);
  const home = await Deno.makeTempDir();
  const network = await ourNetwork(home, bundle);
  const listener = await listening(home, network.discovery, bundle);
  const identity = ["--identity", "sender", "--discovery", network.discovery];
  const owner = resident([...programArgs(bundle), "daemon", "--json", ...identity], home);
  await owner.line("stdout", /\n/);
  try {
    await processes([...programArgs(bundle), "send", ...identity, listener.pk, "hello"], home, runs);
    await socket(`${home}/.local/share/dmsg/identities/sender`, listener.pk);
  } finally {
    await owner.end();
    await listener.end();
    await network.end();
    await Deno.remove(home, { recursive: true });
  }
}

async function processes(args: readonly string[], home: string, runs: number): Promise<void> {
  const empty: Run[] = [];
  const sent: Run[] = [];
  for (let run = -2; run < runs; run++) {
    const a = await measured(yardstickArgs("empty_once.ts"), home);
    const b = await measured(args, home);
    if (b.code !== 0) throw new Error(`send ended with ${b.code}: ${b.stdout}`);
    if (run < 0) continue; // the first rounds warm caches
    empty.push(a);
    sent.push(b);
  }
  const [emptyMs, sentMs] = [empty, sent].map((list) => list.map(({ ms }) => ms));
  const above = sentMs.map((ms, i) => ms - emptyMs[i]);
  console.log(`  empty_once      ${shown(emptyMs)} ms`);
  console.log(
    `  send, bundle    ${shown(sentMs)} ms · ${shown(ratios(sentMs, emptyMs), 2)} × empty_once, ${
      shown(above)
    } ms above`,
  );
}

/** Over one connection to the owner's socket, one at a time and 64 at a time. */
async function socket(directory: string, pk: string): Promise<void> {
  for (const atOnce of [1, 64]) {
    const { rate, times } = await sends(directory, pk, SENDS, atOnce);
    const [p50, p99] = [50, 99].map((p) => percentile(times, p).toFixed(2));
    console.log(
      `  ${String(atOnce).padStart(2)} at a time    ${
        rate.toFixed(0)
      } a second · p50 ${p50} ms · p99 ${p99} ms`,
    );
  }
}

/** Sends one text to port 1 and waits for its ack. */
type Send = (request: { to: { pk: string; port: number }; text: string; waitMs: number }) => Promise<
  { readonly state: string }
>;

/** What opens an owner's client: this build's, or that of another one, whose App has `send` itself. */
type OpenClient = (options: Parameters<typeof openApp>[0]) => Promise<
  { readonly messages?: { send: Send }; send?: Send; close(): Promise<void> }
>;

/**
 * The client of a build's own library: what an owner speaks may have changed.
 * @param checkout  Where the build lies; this one by default.
 */
export async function clientOf(checkout?: string): Promise<OpenClient> {
  if (checkout === undefined) return openApp;
  const library = await import(`${checkout}/lib/owner/open.ts`);
  return library.openApp as OpenClient;
}

/**
 * Sends through the owner of an identity.
 * @param directory  Of the identity.
 * @param open  See {@link clientOf}.
 * @returns Sends a second, and the time of each, milliseconds.
 */
export async function sends(
  directory: string,
  pk: string,
  count: number,
  atOnce: number,
  open: OpenClient = openApp,
): Promise<{ rate: number; times: number[] }> {
  const app = await open({
    paths: ownerPaths(directory, "unix"),
    command: "bench",
    resident: false,
    clock: systemClock(),
    random: systemRandom,
    signal: new AbortController().signal,
    open: () => Promise.reject(new Error("no owner runs")),
  });
  const send: Send = (request) => app.messages ? app.messages.send(request) : app.send!(request);
  try {
    const times: number[] = [];
    let started = 0;
    const worker = async (): Promise<void> => {
      while (started++ < count) {
        const from = performance.now();
        const { state } = await send({ to: { pk, port: 1 }, text: "a message", waitMs: 60_000 });
        if (state !== "acked") throw new Error(`a send was ${state}`);
        times.push(performance.now() - from);
      }
    };
    const from = performance.now();
    await Promise.all(Array.from({ length: atOnce }, worker));
    return { rate: (count * 1000) / (performance.now() - from), times };
  } finally {
    await app.close();
  }
}
