/**
 * One process over a filled store: prints a line of JSON with its times. Started by store.ts, which measures its
 * memory from outside.
 *
 * @module
 */
import { openStore } from "../lib/store/open.ts";
import { openKvPlace } from "../lib/store/place/kv.ts";
import { systemClock } from "../lib/sys/clock.ts";
import { systemRandom } from "../lib/sys/random.ts";
import { benchMessage, PEER, SECRET } from "./store_messages.ts";

/** What the process measures, milliseconds each. */
export interface StoreTimes {
  /** From nothing to an open store. */
  readonly open: number;
  /** The newest 50 messages, asked for again and again. */
  readonly newest: number[];
  /** 50 messages, 100 pages of 50 back. */
  readonly back: number[];
  /** Searches: frequent words, rare ones, and one that is not there. */
  readonly search: number[];
  /** One message kept, one after the other. */
  readonly commit: number[];
  /** 200 messages kept at once, for each message. */
  readonly burst: number[];
}

const [path, countText] = Deno.args;
const count = Number(countText);

async function times(rounds: number, run: (round: number) => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await run(round);
    all.push(performance.now() - start);
  }
  return all;
}

if (import.meta.main) {
  const start = performance.now();
  const place = await openKvPlace(path);
  const store = await openStore({ place, secret: SECRET, clock: systemClock(), random: systemRandom });
  const open = performance.now() - start;
  const { messages } = store;
  const words = [
    "lunch",
    "Train",
    "STATION",
    `number ${count >> 1}`,
    "number 3 ",
    "not to be found anywhere",
    "ÄRGER",
  ];
  const found: StoreTimes = {
    open,
    newest: await times(100, () => messages.newest(PEER, 50)),
    back: await times(50, () => messages.before(PEER, Math.max(51, count - 5000), 50)),
    search: await times(42, (round) => messages.search(words[round % words.length], { limit: 50 })),
    commit: await times(500, (round) => store.commit([benchMessage(count + round)])),
    burst: (await times(5, (round) =>
      Promise.all(
        Array.from({ length: 200 }, (_, i) => store.commit([benchMessage(count + 1000 + 200 * round + i)])),
      ))).map((ms) => ms / 200),
  };
  await store.close();
  console.log(JSON.stringify(found));
}
