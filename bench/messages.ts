/**
 * Acked messages through one connection: how many a second, and how long one takes.
 *
 * @module
 */
import { Messenger } from "../lib/app/messages/messenger.ts";
import { generateKeyPair } from "../lib/crypto/keys.ts";
import { CARRIERS } from "../lib/dmsg/carriers/mod.ts";
import { DmsgClient } from "../lib/dmsg/client.ts";
import { DiscoveryClient } from "../lib/dmsg/discovery/client.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { hasFile, listening, ourNetwork } from "./processes.ts";
import { percentile, ratios, shown } from "./stats.ts";

/** What a sender is made of. */
interface SenderParts {
  readonly Messenger: typeof Messenger;
  readonly DmsgClient: typeof DmsgClient;
  readonly DiscoveryClient: typeof DiscoveryClient;
  readonly CARRIERS: typeof CARRIERS;
}

/** Where a build has its messenger; an older one has it in the second place. */
const MESSENGERS = ["lib/app/messages/messenger.ts", "lib/app/messages.ts"];

/**
 * The sender of a build's own library.
 * @param checkout  Where the build lies; this one by default.
 */
export async function senderOf(checkout?: string): Promise<SenderParts> {
  if (checkout === undefined) return { Messenger, DmsgClient, DiscoveryClient, CARRIERS };
  const [file] = MESSENGERS.filter((name) => hasFile(`${checkout}/${name}`));
  return {
    ...await import(`${checkout}/${file}`),
    ...await import(`${checkout}/lib/dmsg/client.ts`),
    ...await import(`${checkout}/lib/dmsg/discovery.ts`),
    ...await import(`${checkout}/lib/dmsg/carriers/mod.ts`),
  };
}

/** How messages went through one connection, once it was there. */
export interface Sent {
  /** The time of each, in milliseconds. */
  readonly times: number[];
  /** How many a second. */
  readonly rate: number;
}

/**
 * Sends messages to a listener and waits for each ack. One goes ahead of them and is not counted: finding and dialling
 * the peer takes as long as hundreds of messages, and would make the rate one of how many are sent.
 * @param atOnce  How many are under way at the same time.
 * @param onDone  Called after each with how many are done.
 * @param parts  The sender; this build's by default.
 */
export async function flood(
  discovery: string,
  pk: string,
  count: number,
  atOnce: number,
  onDone: (done: number) => void = () => {},
  parts?: SenderParts,
): Promise<Sent> {
  const { Messenger, DmsgClient, DiscoveryClient, CARRIERS } = parts ?? await senderOf();
  const clock = systemClock();
  const client = new DmsgClient({
    pair: generateKeyPair(systemRandom),
    discovery: new DiscoveryClient({ urls: [discovery], fetch, clock }),
    carriers: CARRIERS,
    clock,
    random: systemRandom,
  });
  const messenger = new Messenger({ network: client, clock, random: systemRandom });
  const times: number[] = [];
  let started = 0;
  const send = async (): Promise<void> => {
    const outcome = await messenger.send({ pk, port: 1 }, "a message of common length", { waitMs: 60_000 });
    if (outcome.state !== "acked") throw new Error(`message ${times.length} was ${outcome.state}`);
  };
  const worker = async (): Promise<void> => {
    while (started++ < count) {
      const from = performance.now();
      await send();
      times.push(performance.now() - from);
      onDone(times.length);
    }
  };
  await send();
  const from = performance.now();
  await Promise.all(Array.from({ length: atOnce }, worker));
  const rate = (count * 1000) / (performance.now() - from);
  messenger.close();
  await client.close();
  return { times, rate };
}

/** (2) Acked messages. */
export async function benchMessages(bundle: string, runs: number): Promise<void> {
  console.log(`\n(2) Acked messages to a \`listen\` process through \`serve\`, one connection, ${runs} runs`);
  const home = await Deno.makeTempDir();
  const network = await ourNetwork(home, bundle);
  const listener = await listening(home, network.discovery, bundle);
  const one: number[] = [];
  const many: number[] = [];
  const p50: number[] = [];
  const p99: number[] = [];
  try {
    for (let run = -1; run < runs; run++) {
      const { rate, times } = await flood(network.discovery, listener.pk, 2000, 1);
      const crowd = await flood(network.discovery, listener.pk, 10_000, 64);
      if (run < 0) continue;
      one.push(rate);
      many.push(crowd.rate);
      p50.push(percentile(times, 50));
      p99.push(percentile(times, 99));
    }
  } finally {
    await listener.end();
    await network.end();
    await Deno.remove(home, { recursive: true });
  }
  console.log(`  one at a time   ${shown(one)} a second · p50 ${shown(p50, 2)} ms · p99 ${shown(p99, 2)} ms`);
  console.log(`  64 at a time    ${shown(many)} a second · ${shown(ratios(many, one), 2)} × one at a time`);
}
