/**
 * A store that has seen much: how it grows, how large it is after messages and deletions, and how long an ack waits
 * while it is tidied.
 *
 * @module
 */
import { openJournalFiles } from "../lib/app/journal_files.ts";
import { loadNativeAead } from "../lib/crypto/aead.ts";
import { openStore } from "../lib/store/open.ts";
import { openKvPlace } from "../lib/store/place/kv.ts";
import type { Store } from "../lib/store/store.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { type LogFile, openLogFile } from "../lib/sys/files/log_file.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { percentile } from "./stats.ts";
import { benchMessage, SECRET } from "./store_messages.ts";

/** Messages; `DMSG_BENCH_SCALE=0.01` makes them 10,000. */
const MESSAGES = Math.ceil(1_000_000 * Number(Deno.env.get("DMSG_BENCH_SCALE") ?? 1));
const BURST = 64;
/** Peers that write by turns. */
const PEERS = Array.from({ length: 20 }, (_, i) => `02${i.toString(16).padStart(2, "0").repeat(32)}`);
/** Each of so many messages is deleted by itself. */
const DELETED = 10;

/** Fills, deletes, forgets and tidies a store, and prints what that costs. */
export async function benchWorn(): Promise<void> {
  const folder = await Deno.makeTempDir();
  const open = async (): Promise<Store> => {
    const files = { openLogFile, directory: folder, durability: "power" as const };
    const setAside = () => Promise.reject(new Error("nothing is damaged"));
    return openStore({
      place: await openKvPlace(`${folder}/store/store.kv`),
      journal: await openJournalFiles({ ...files, files: { setAside } }),
      secret: SECRET,
      clock: systemClock(),
      random: systemRandom,
    });
  };
  const size = async (): Promise<number> => {
    let bytes = 0;
    for await (const { name } of Deno.readDir(`${folder}/store`)) {
      bytes += (await Deno.stat(`${folder}/store/${name}`)).size;
    }
    return bytes;
  };
  try {
    await loadNativeAead(); // as in a program to which so much was sent
    let store = await open();
    const empty = await size();
    const filling = await fill(store, 0, MESSAGES);
    await store.close();
    const full = await size();
    store = await open();
    // Known ids are read by a start, and no part of tidying.
    const from = performance.now();
    await store.sweep(); // as a program that stays does when it begins
    const startMs = performance.now() - from;
    const first = await acked(store, PEERS[0], 2 * MESSAGES - 1, 1);
    const bare = await openLogFile(`${folder}/bare`, 64 << 20);
    const wearing = await wear(store, bare);
    bare.close();
    await store.close();
    const worn = await size();
    store = await open();
    const again = await fill(store, MESSAGES, MESSAGES >> 1);
    await store.close();
    const filledAgain = await size();
    const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    console.log(`\nA worn store: ${MESSAGES.toLocaleString("en")} messages of ${PEERS.length} peers`);
    console.log(
      `  growth for each message         ${((full - empty) / MESSAGES).toFixed(0)} bytes, ${
        mib(full)
      } in all`,
    );
    console.log(`  an ack while it is filled       ${waits(filling)}`);
    console.log(`  tidying at a start, known ids   ${startMs.toFixed(0)} ms`);
    console.log(`  the first ack behind it         ${first.toFixed(1)} ms`);
    console.log(`  an ack while it is tidied       ${waits(wearing.times)}`);
    console.log(`  the disk alone, beside it       ${waits(wearing.bareTimes)}`);
    console.log(`  after deletions, half forgotten ${mib(worn)}, ${(worn / full).toFixed(2)} × the full one`);
    console.log(
      `  with half as many on top        ${mib(filledAgain)}, ${
        (filledAgain / full).toFixed(2)
      } × the full one`,
    );
    console.log(`  an ack then                     ${waits(again)}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @returns How long each burst waited, milliseconds. */
async function fill(store: Store, from: number, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let at = from; at < from + count; at += BURST) {
    const peer = PEERS[(at / BURST) % PEERS.length];
    times.push(await acked(store, peer, at, BURST));
  }
  return times;
}

async function acked(store: Store, peer: string, at: number, count: number): Promise<number> {
  const changes = Array.from({ length: count }, (_, i) => {
    const { kind, message } = benchMessage(at + i);
    return { kind, message: { ...message, peer } };
  });
  const from = performance.now();
  const result = await store.commit(changes);
  if (!result.ok) throw new Error(`a burst was refused: ${result.reason}`);
  return performance.now() - from;
}

/** Deletes some messages, forgets half of the peers and sweeps, while a peer goes on writing, a message every 5 ms; between
 * them the disk is asked for a sync of its own. */
async function wear(store: Store, bare: LogFile): Promise<{ times: number[]; bareTimes: number[] }> {
  const times: number[] = [];
  const bareTimes: number[] = [];
  let isTidying = true;
  const writing = (async () => {
    for (let at = 2 * MESSAGES; isTidying; at++) {
      times.push(await acked(store, PEERS[0], at, 1));
      const from = performance.now();
      bare.append(new Uint8Array(400));
      await bare.sync();
      bareTimes.push(performance.now() - from);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  for (const peer of PEERS) {
    const [newest] = await store.messages.newest(peer, 1);
    const last = newest?.position ?? 0;
    for (let position = 1; position <= last; position += DELETED) {
      await store.commit([{ kind: "delete", peer, position }]); // as people do it
    }
  }
  for (const peer of PEERS.slice(PEERS.length >> 1)) await store.commit([{ kind: "forget", peer }]);
  await store.sweep();
  isTidying = false;
  await writing;
  return { times, bareTimes };
}

const waits = (times: readonly number[]): string =>
  [50, 99, 99.9].map((p) => `p${p} ${percentile(times, p).toFixed(1)} ms`).join(" · ") +
  ` of ${times.length}`;
