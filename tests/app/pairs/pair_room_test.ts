/** One side of a pair over a carrier that the test is: nothing is said to be read that is not kept. */
import { deepStrictEqual, ok } from "node:assert/strict";
import type { FeedEvents, FeedNode } from "../../../lib/app/groups/feeds/feed_node.ts";
import { keepPair, keptPairs, NO_HEAD } from "../../../lib/app/pairs/kept_pairs.ts";
import { PairRoom } from "../../../lib/app/pairs/pair_room.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import { PairEngine } from "../../../lib/pair/engine.ts";
import { pairPort } from "../../../lib/pair/keys.ts";
import { readingOrder } from "../../../lib/pair/opening.ts";
import { newPair } from "../../../lib/pair/record.ts";
import { SEEN_PATH } from "../../../lib/pair/seen.ts";
import { openStore } from "../../../lib/store/open.ts";
import { memoryPlace } from "../../../lib/store/place/memory.ts";
import type { Change, Store } from "../../../lib/store/store.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { seededRandom } from "../../fakes/random.ts";

const [ALICE, BOB] = [1, 2].map((n) => keyPairOf(new Uint8Array(32).fill(n)));
const DAY_NS = 86_400_000_000_000n;
const MESSAGES = 400;
const PATIENCE_MS = 30_000;

const leavesOf = (feed: ReadonlyMap<string, Uint8Array>): FeedLeaf[] =>
  [...feed].map(([path, value]) => ({ path, value }));

/** Bob's room, with alice as an engine beside it. */
class Desk {
  readonly clock = new FakeClock();
  readonly alice = new PairEngine({
    own: ALICE,
    record: newPair(BOB.pk, pairPort(ALICE.pk, BOB.pk), "active"),
    leaves: new Map(),
    secrets: new Map(),
    random: seededRandom("alice"),
  });
  store!: Store;
  room!: PairRoom;
  /** Which of the next commits fail. */
  failing = { from: 0, count: 0 };
  /** Bob's, as he publishes it. */
  readonly feed = new Map<string, Uint8Array>();
  #secrets: ReadonlyMap<bigint, Uint8Array> = new Map();
  /** What happens beside the commit behind so many others. */
  atCommit = { after: -1, run: (): void => {} };
  problems = 0;
  #events!: FeedEvents;

  static async open(): Promise<Desk> {
    const desk = new Desk();
    const store = await openStore({
      place: memoryPlace(),
      secret: BOB.secret,
      clock: desk.clock,
      random: seededRandom("store"),
    });
    await store.commit([keepPair(newPair(ALICE.pk, pairPort(ALICE.pk, BOB.pk), "active"))]);
    desk.store = new Proxy(store, {
      get: (target, name) => {
        if (name === "commit") return (changes: Change[]) => desk.#commit(target, changes);
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await desk.#begin();
    return desk;
  }

  #commit(store: Store, changes: Change[]): ReturnType<Store["commit"]> {
    if (this.atCommit.after-- === 0) this.atCommit.run();
    const { from, count } = this.failing;
    this.failing = { from: from - 1, count: from > 0 ? count : Math.max(0, count - 1) };
    return from > 0 || count === 0 ? store.commit(changes) : Promise.reject(new Error("no space"));
  }

  async #begin(): Promise<void> {
    const [kept] = await keptPairs(this.store, () => {});
    this.room = new PairRoom({
      own: BOB,
      kept: { ...kept, head: NO_HEAD },
      secrets: () => this.#secrets,
      keepSecrets: (secrets) => {
        this.#secrets = new Map(secrets);
        return Promise.resolve();
      },
      store: this.store,
      clock: this.clock,
      random: seededRandom("bob"),
      carry: (events) => {
        this.#events = events;
        return this.#carrier();
      },
      onProblem: () => void this.problems++,
      isBlocked: () => Promise.resolve(false),
    });
  }

  #carrier(): FeedNode {
    const nothing = (): void => {};
    return {
      publish: (changes) => {
        for (const change of changes) {
          if (change.kind === "put") this.feed.set(change.path, change.value);
          else this.feed.delete(change.path);
        }
      },
      follow: nothing,
      allow: nothing,
      also: nothing,
      reread: () => this.show(leavesOf(this.alice.leaves)),
      state: () => undefined,
      servedMs: undefined,
      untilNow: () => nothing,
      parting: () => Promise.resolve(),
      delivered: () => Promise.resolve(false),
      close: () => Promise.resolve(),
    };
  }

  /** A Root of alice's is complete here. */
  show(leaves: readonly FeedLeaf[]): void {
    this.#events.leaves(ALICE.pk, leaves);
    this.#events.filled?.(ALICE.pk);
  }

  /** The newest Root of bob's is complete at alice's. @returns What hers has now that it had not. */
  aliceReads(): FeedLeaf[] {
    const outs = this.alice.handle(
      { kind: "leaves", leaves: readingOrder(leavesOf(this.feed)), isLast: true },
      this.clock.wallNs(),
    );
    return outs.flatMap((out) => out.kind === "put" ? [{ path: out.path, value: out.value }] : []);
  }

  /** Alice has written to bob, under an epoch, and he was away for two days. */
  async away(): Promise<string[]> {
    this.alice.handle({ kind: "say", text: "hello" }, this.clock.wallNs());
    this.show(leavesOf(this.alice.leaves));
    await this.until(
      "bob hears hello",
      async () => (await this.store.messages.newest(ALICE.pk, 1)).length === 1,
    );
    await this.room.handle({ kind: "say", text: "hello yourself" });
    this.aliceReads();
    const texts = Array.from({ length: MESSAGES }, (_, i) => `m${i}`);
    for (const text of texts) this.alice.handle({ kind: "say", text }, this.clock.wallNs());
    ok(this.alice.waiting >= MESSAGES);
    this.clock.setWall(this.clock.wallNs() + 2n * DAY_NS);
    return texts;
  }

  async close(): Promise<void> {
    await this.room.close();
    await this.store.close();
  }

  /** Waits for what other threads do, too. */
  async until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
    for (const late = Date.now() + PATIENCE_MS; !await is(); await settle()) ok(Date.now() < late, what);
  }

  /** What bob has of alice's. */
  async heard(): Promise<string[]> {
    const all = await this.store.messages.newest(ALICE.pk, 3 * MESSAGES);
    return all.filter(({ direction, body }) => direction === "in" && body !== "hello").map(({ body }) =>
      String(body)
    );
  }
}

Deno.test("A Root that comes while another is read erases nothing that the other needs", async () => {
  const desk = await Desk.open();
  const texts = await desk.away();
  // While he reads he announces another generation; alice, who has read that, says so at once.
  let said: FeedLeaf[] = [];
  desk.atCommit = {
    after: 3,
    run: () =>
      void desk.room.handle({ kind: "tick" }).then(() => {
        said = desk.aliceReads();
        desk.show(said);
      }),
  };
  desk.show(leavesOf(desk.alice.leaves));
  await desk.until("alice says what she has read", () => said.some(({ path }) => path === SEEN_PATH));
  await desk.until("bob says that he has read", () => {
    desk.aliceReads();
    return desk.alice.waiting === 0;
  });
  deepStrictEqual(await desk.heard(), texts);
  await desk.close();
});

Deno.test("A feed is read when what came of it is kept", async () => {
  const desk = await Desk.open();
  for (const text of ["one", "two"]) {
    desk.alice.handle({ kind: "say", text }, desk.clock.wallNs());
    const first = desk.room.read(PATIENCE_MS); // began before; from the second on the feed was read already
    desk.show(leavesOf(desk.alice.leaves));
    deepStrictEqual(await first, true);
    deepStrictEqual(await desk.room.read(PATIENCE_MS), true);
    deepStrictEqual((await desk.heard()).at(-1), text);
  }
  await desk.close();
});

Deno.test("What could not be kept is not said to be read, and is read again", async () => {
  const desk = await Desk.open();
  const texts = await desk.away();
  desk.failing = { from: 3, count: 2 };
  desk.show(leavesOf(desk.alice.leaves));
  await desk.until("a commit fails", () => desk.problems > 0);
  desk.alice.handle({ kind: "say", text: "later" }, desk.clock.wallNs());
  desk.show(leavesOf(desk.alice.leaves).slice(-1));
  await desk.until("bob says that he has read", async () => {
    await desk.clock.advance(30_000);
    desk.aliceReads();
    return desk.alice.waiting === 0;
  });
  deepStrictEqual(await desk.heard(), [...texts, "later"]);
  await desk.close();
});

Deno.test("What is more than one commit holds is read, and known to be read", async () => {
  const desk = await Desk.open();
  await desk.away();
  // 400 short messages, and as many bytes as a commit holds.
  const long = Array.from({ length: 26 }, (_, i) => `${i} ${"x".repeat(32_000)}`);
  for (const text of long) desk.alice.handle({ kind: "say", text }, desk.clock.wallNs());
  desk.show(leavesOf(desk.alice.leaves));
  for (let n = 0; n < MESSAGES; n++) await desk.room.handle({ kind: "say", text: `bob ${n}` });
  await desk.until("bob says that he has read", () => {
    desk.aliceReads();
    return desk.alice.waiting === 0;
  });
  deepStrictEqual((await desk.heard()).slice(-long.length), long);
  desk.show(leavesOf(desk.alice.leaves));
  await desk.until("bob knows that alice has read", () => desk.room.waiting === 0);
  await desk.room.handle({ kind: "tick" }); // behind what was to be kept
  const all = await desk.store.messages.newest(ALICE.pk, 3 * MESSAGES);
  const states = all.filter(({ direction }) => direction === "out").map(({ state }) => state);
  deepStrictEqual(states, Array(MESSAGES + 1).fill("received"));
  deepStrictEqual((await keptPairs(desk.store, () => {}))[0].record, desk.room.record);
  await desk.close();
});
