/**
 * Our commands as whole processes: the cold send beside an empty program, and peak memory beside the yardsticks.
 *
 * @module
 */
import { generateKeyPair } from "../lib/crypto/keys.ts";
import { CARRIERS } from "../lib/dmsg/carriers/mod.ts";
import { DmsgClient } from "../lib/dmsg/client.ts";
import { DiscoveryClient } from "../lib/dmsg/discovery/client.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { haveIdentity } from "../tests/script/have_identity.ts";
import {
  BASE,
  bundleOf,
  listening,
  measured,
  ourNetwork,
  programArgs,
  type Run,
  yardstickArgs,
} from "./processes.ts";
import { ratios, shown, spread } from "./stats.ts";

/** (3) The cold send. @param runs  How often each form runs, interleaved with the yardstick. */
export async function benchColdSend(bundle: string, runs: number): Promise<void> {
  console.log(`\n(3) One whole \`send --wait\` process to its ack on loopback, ${runs} runs`);
  const home = await Deno.makeTempDir();
  const network = await ourNetwork(home, bundle);
  const listener = await listening(home, network.discovery, bundle);
  haveIdentity(home, "sender");
  const send = ["send", "--identity", "sender", "--discovery", network.discovery, listener.pk, "hello"];
  const baseHome = `${home}/base`; // an older build may not read what a newer one has kept
  const baseBundle = BASE && await bundleOf(BASE);
  if (baseBundle) haveIdentity(baseHome, "sender");
  const empty: Run[] = [];
  const source: Run[] = [];
  const bundled: Run[] = [];
  const base: Run[] = [];
  try {
    for (let run = -2; run < runs; run++) {
      const older = () => measured([...programArgs(baseBundle), ...send], baseHome);
      const isOdd = run % 2 !== 0; // who comes first pays for what was before it: they take turns
      const before = baseBundle && isOdd ? await older() : undefined;
      const a = await measured(yardstickArgs("empty_once.ts"), home);
      const b = await measured([...programArgs(), ...send], home);
      const c = await measured([...programArgs(bundle), ...send], home);
      const d = before ?? (baseBundle && await older());
      for (const each of d ? [b, c, d] : [b, c]) {
        if (each.code !== 0) throw new Error(`send ended with ${each.code}: ${each.stdout}`);
      }
      if (run < 0) continue; // the first rounds warm caches
      empty.push(a);
      source.push(b);
      bundled.push(c);
      if (d) base.push(d);
    }
  } finally {
    await listener.end();
    await network.end();
    await Deno.remove(home, { recursive: true });
  }
  const ms = (list: Run[]): number[] => list.map((run) => run.ms);
  const line = (name: string, list: Run[]): void =>
    console.log(`  ${name} ${shown(ms(list))} ms · ${shown(ratios(ms(list), ms(empty)), 2)} × empty_once`);
  console.log(`  empty_once          ${shown(ms(empty))} ms`);
  line("send, from source  ", source);
  line("send, bundle       ", bundled);
  if (base.length > 0) {
    line("send, base         ", base);
    console.log(`  bundle × base: ${shown(ratios(ms(bundled), ms(base)), 2)} of its time`);
  }
  console.log(
    `  peak memory, MiB: empty_once ${shown(empty.map((r) => r.peakMiB))} · send ${
      shown(bundled.map((r) => r.peakMiB))
    }`,
  );
}

/** Waits until a figure stands still: three looks in a row within half a MiB. */
async function settled(look: () => number): Promise<number> {
  let last = look();
  for (let same = 0; same < 3;) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const now = look();
    same = Math.abs(now - last) < 0.5 ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** (4) Memory of the programs that stay. */
export async function benchMemory(bundle: string, runs: number): Promise<void> {
  console.log(`\n(4) Memory, MiB, ${runs} runs`);
  const home = await Deno.makeTempDir();
  try {
    const empty: number[] = [];
    const idle: number[] = [];
    const baseIdle: number[] = [];
    const baseBundle = BASE && await bundleOf(BASE);
    for (let run = 0; run < runs; run++) {
      empty.push((await measured(yardstickArgs("empty_wait.ts"), home)).peakMiB);
      const network = await ourNetwork(home, bundle);
      const listener = await listening(home, network.discovery, bundle);
      await settled(listener.memoryMiB);
      idle.push(listener.peakMiB());
      await listener.end();
      if (baseBundle) {
        const other = await listening(`${home}/base`, network.discovery, baseBundle);
        await settled(other.memoryMiB);
        baseIdle.push(other.peakMiB());
        await other.end();
      }
      await network.end();
    }
    const above = idle.map((mib, i) => mib - empty[i]);
    console.log(`  empty_wait, peak     ${shown(empty, 1)}`);
    console.log(`  idle listen, peak    ${shown(idle, 1)} · ${shown(above, 1)} above empty_wait`);
    if (baseIdle.length > 0) {
      console.log(
        `  idle listen of base  ${shown(baseIdle, 1)} · this build × base ${
          shown(ratios(idle, baseIdle), 2)
        }`,
      );
    }
    await serveWithSessions(home, bundle);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** `serve` with 100 sessions of clients in this process. */
async function serveWithSessions(home: string, bundle: string): Promise<void> {
  const network = await ourNetwork(home, bundle);
  const before = await settled(network.memoryMiB);
  const clock = systemClock();
  const clients: DmsgClient[] = [];
  for (let i = 0; i < 100; i++) {
    const client = new DmsgClient({
      pair: generateKeyPair(systemRandom),
      discovery: new DiscoveryClient({ urls: [network.discovery], fetch, clock }),
      carriers: CARRIERS,
      clock,
      random: systemRandom,
    });
    client.publish();
    clients.push(client);
  }
  while (clients.some((client) => client.servers.length === 0)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const after = await settled(network.memoryMiB);
  const peak = network.peakMiB();
  console.log(
    `  serve: ${before.toFixed(1)} idle, ${after.toFixed(1)} with 100 sessions, peak ${peak.toFixed(1)}`,
  );
  await Promise.all(clients.map((client) => client.close()));
  await network.end();
}

/** (4) No growth: `listen` and `serve` over many messages. */
export async function benchGrowth(bundle: string, messages: number): Promise<void> {
  console.log(`\n(4) Growth over ${messages.toLocaleString("en")} acked messages through one connection`);
  const { flood } = await import("./messages.ts");
  const home = await Deno.makeTempDir();
  const network = await ourNetwork(home, bundle);
  const listener = await listening(home, network.discovery, bundle);
  try {
    const marks: [listen: number, serve: number][] = [];
    await flood(network.discovery, listener.pk, messages, 64, (done) => {
      if (done % (messages / 10) === 0) marks.push([listener.memoryMiB(), network.memoryMiB()]);
    });
    for (const [name, column] of [["listen", 0], ["serve ", 1]] as const) {
      const first = spread(marks.slice(1, 4).map((mark) => mark[column])).median;
      const last = spread(marks.slice(-3).map((mark) => mark[column])).median;
      console.log(`  ${name}: ${first.toFixed(1)} MiB after 20–40 %, ${last.toFixed(1)} MiB at the end`);
    }
  } finally {
    await listener.end();
    await network.end();
    await Deno.remove(home, { recursive: true });
  }
}
