/** What became of messages behind cursors, for many conversations that ask in any order. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ChangedMessages } from "../../../lib/app/overlays/changed_messages.ts";
import { openStore } from "../../../lib/store/open.ts";
import { memoryPlace } from "../../../lib/store/place/memory.ts";
import type { Store } from "../../../lib/store/store.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { below as belowOf, seededRandom } from "../../fakes/random.ts";
import { ANN, BEN, CAT, SECRET, text } from "../../store/support.ts";

const PEERS = [ANN, BEN, CAT];

const opened = (events?: number): Promise<Store> =>
  openStore({
    place: memoryPlace(),
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom(1),
    limits: { events },
  });

Deno.test("The changes of all conversations are read once, whoever asks first", async () => {
  const store = await opened();
  for (const peer of PEERS) await store.commit([text(peer, "a"), text(peer, "b")]);
  const begun = store.events.last();
  for (const peer of PEERS) await store.commit([{ kind: "state", peer, position: 2, state: "read" }]);
  let read = 0;
  const since: Store["events"]["since"] = async (cursor, limit) => {
    const page = await store.events.since(cursor, limit);
    read += page.events.length;
    return page;
  };
  const changed = new ChangedMessages({ ...store, events: { ...store.events, since } });
  const positions = async (peer: string, cursor: number) => [...(await changed.behind(peer, cursor)).changed];
  for (const peer of PEERS) deepStrictEqual(await positions(peer, begun), [2]);
  strictEqual(read, PEERS.length);
  deepStrictEqual(await positions(ANN, begun - 1), [2]);
  const last = store.events.last();
  await store.commit([{ kind: "delete", peer: ANN, position: 1 }]);
  deepStrictEqual(await positions(ANN, begun), [2, 1]);
  deepStrictEqual(await positions(ANN, last), [1]);
  deepStrictEqual(await positions(BEN, last), []);
  ok(read <= PEERS.length + 5, `${read} events`);
  await store.close();
});

Deno.test("The changes behind any cursor are those that were made, or it says that some are missing", async () => {
  const MAX_EVENTS = 100;
  const store = await opened(MAX_EVENTS);
  let changed = new ChangedMessages(store);
  const random = seededRandom(7);
  const below = (count: number): number => belowOf(random, count);
  /** For each event its conversation, and its message; 0 for a conversation that was forgotten. */
  const made: ([peer: string, position: number] | undefined)[] = [];
  const known = new Map(PEERS.map((peer) => [peer, { floor: 0, last: 0 }]));
  let [whole, missing] = [0, 0];
  for (let round = 0; round < 400; round++) {
    const peer = PEERS[below(PEERS.length)];
    const of = known.get(peer)!;
    const act = below(8);
    if (act < 3 || of.last === of.floor) {
      ok((await store.commit([text(peer, "x")])).ok);
      of.last++;
      made.push(undefined);
    } else if (act < 7) {
      const position = of.floor + 1 + below(of.last - of.floor);
      ok((await store.commit([{ kind: "delete", peer, position }])).ok);
      made.push([peer, position]);
    } else {
      ok((await store.commit([{ kind: "forget", peer }])).ok);
      of.floor = of.last;
      made.push([peer, 0]);
    }
    strictEqual(store.events.last(), made.length);
    if (below(40) === 0) changed = new ChangedMessages(store); // as in another process
    if (below(4) > 0) continue;
    const [who, since] = [PEERS[below(PEERS.length)], Math.max(0, made.length - below(256))];
    const found = await changed.behind(who, since);
    strictEqual(found.cursor, made.length);
    if (found.isLost) {
      ok((await store.events.since(since)).lost);
      missing++;
      continue;
    }
    whole++;
    const behind = made.slice(since).filter((one) => one?.[0] === who).map((one) => one![1]);
    const forgotten = behind.lastIndexOf(0);
    strictEqual(found.isForgotten, forgotten >= 0);
    deepStrictEqual(found.changed, new Set(behind.slice(forgotten + 1)));
  }
  ok(whole > 20 && missing > 5, `${whole} whole, ${missing} missing`);
  strictEqual((await changed.behind(ANN, made.length + 1)).isLost, true);
  await store.close();
});

Deno.test("Who asks for the first time in so long that events are gone hears of those that there are", async () => {
  const store = await opened(100);
  const changed = new ChangedMessages(store);
  await store.commit([text(ANN, "a")]);
  strictEqual((await changed.behind(ANN, 1)).isLost, false);
  for (let n = 0; n < 300; n++) await store.commit([text(BEN, `${n}`)]);
  const since = store.events.last();
  await store.commit([{ kind: "delete", peer: ANN, position: 1 }]);
  const { changed: positions, isLost } = await changed.behind(ANN, since);
  deepStrictEqual([[...positions], isLost], [[1], false]);
  strictEqual((await changed.behind(ANN, 1)).isLost, true);
  await store.close();
});
