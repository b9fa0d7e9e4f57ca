/** The contract of every adapter. Conversations: what is unread, silent, forgotten. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../lib/store/place/memory.ts";
import { deriveSealKey, NAMES_INFO, openSeal, SEAL_INFO } from "../../lib/store/place/sealed.ts";
import { Vault } from "../../lib/store/place/vault.ts";
import { HEAD_KEY, Names } from "../../lib/store/rows/keys.ts";
import { type ConversationRecord, decodeRecord, encodeRecord } from "../../lib/store/rows/records.ts";
import type { Change } from "../../lib/store/store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, bodies, CAT, contract, SECRET, text } from "./support.ts";

contract("counts what is unread", async ({ store, keep }) => {
  const unread = async () => (await store.messages.conversations())[0]?.unread;
  await keep(...Array.from({ length: 150 }, (_, i) => text(ANN, `${i}`)));
  await keep(...Array.from({ length: 150 }, (_, i) => text(ANN, `${i}`)));
  await keep(text(ANN, "mine", { direction: "out" }));
  strictEqual(await unread(), 300);
  await keep({ kind: "read", peer: ANN, position: 10 });
  strictEqual(await unread(), 290);
  await keep({ kind: "read", peer: ANN, position: 5 });
  strictEqual(await unread(), 290, "never moves back");
  await keep(text(ANN, "new"), { kind: "read", peer: ANN, position: 301 });
  strictEqual(await unread(), 1);
  await keep({ kind: "read", peer: ANN, position: 10_000 });
  strictEqual(await unread(), 0);
  const mine = ["one", "two"].map((body) => text(CAT, body, { direction: "out" }));
  await keep(text(BEN, "one"), text(BEN, "two"), ...mine);
  await keep({ kind: "state", peer: CAT, position: 2, state: "sent" }, {
    kind: "read",
    peer: BEN,
    position: 1,
  });
  const ben = (await store.messages.conversations()).find(({ peer }) => peer === BEN);
  strictEqual(ben?.unread, 1, "what is changed with it is of another conversation");
});

contract(
  "passes over what is silent where lines are counted, listed and found, and nowhere else",
  async ({ store, keep }) => {
    const silent = (peer: string, atNs: bigint, count: number) =>
      Array.from({ length: count }, (_, i) => text(peer, `(silent) word ${i}`, { atNs }));
    await keep(text(ANN, "word", { atNs: 5n }), ...silent(ANN, 9n, 300), text(BEN, "b", { atNs: 7n }));
    await keep(
      text(ANN, "mine", { atNs: 6n, direction: "out" }),
      ...silent(ANN, 9n, 300),
      ...silent(CAT, 1n, 2),
    );
    const list = async () =>
      (await store.messages.conversations()).map(({ peer, last, lastAtNs, unread, readTo }) => [
        peer,
        last,
        lastAtNs,
        unread,
        readTo,
      ]);
    const before = [[BEN, 1, 7n, 1, 0], [ANN, 602, 6n, 1, 0], [CAT, 2, 1n, 0, 0]];
    deepStrictEqual(await list(), before);
    const lines = async (position: number) =>
      (await store.messages.before(ANN, position, 10, { lines: true })).map(({ body }) => body);
    deepStrictEqual(await lines(603), ["word", "mine"]);
    deepStrictEqual(await lines(302), ["word"]);
    deepStrictEqual(await store.messages.newest(CAT, 1, { lines: true }), []);
    strictEqual((await store.messages.newest(ANN, 5)).length, 5);
    deepStrictEqual((await store.messages.search("word")).map(({ body }) => body), ["word"]);
    await keep({ kind: "read", peer: ANN, position: 1 });
    deepStrictEqual((await list())[1], [ANN, 602, 6n, 0, 602], "what lies behind is not looked at again");
  },
);

contract(
  "what was silent leaves no line when it is deleted, and is never unread",
  async ({ store, keep }) => {
    const lines = async () => (await store.messages.newest(ANN, 9, { lines: true })).map(({ body }) => body);
    const unread = async () => (await store.messages.conversations())[0].unread;
    await keep(text(ANN, "one"), text(ANN, "(silent) two"), text(ANN, "three"));
    await keep({ kind: "delete", peer: ANN, position: 2 });
    deepStrictEqual([await lines(), await unread()], [["one", "three"], 2]);
    await keep({ kind: "read", peer: ANN, position: 1 });
    strictEqual(await unread(), 1);
    await keep({ kind: "delete", peer: ANN, position: 2 }, { kind: "delete", peer: ANN, position: 3 });
    deepStrictEqual(await lines(), ["one", ""], "a line that was deleted stays one");
    const reasons = (await store.messages.newest(ANN, 9)).map(({ reason }) => reason);
    deepStrictEqual(reasons, [undefined, "silent", undefined]);
  },
);

contract("what another message stands for is not unread beside it", async ({ store, keep }) => {
  const unread = async () => (await store.messages.conversations())[0].unread;
  const replaced = (position: number) => ({ kind: "delete", peer: ANN, position, replaced: true }) as const;
  await keep(text(ANN, "read"), text(ANN, "sealed"), text(ANN, "other"));
  await keep({ kind: "read", peer: ANN, position: 1 });
  await keep(text(ANN, "opened"), replaced(2));
  strictEqual(await unread(), 2);
  await keep(replaced(2), replaced(1), { kind: "delete", peer: ANN, position: 2 });
  strictEqual(await unread(), 2, "once, and nothing of what was read");
  strictEqual((await store.messages.get(ANN, 2))?.reason, "replaced", "also when it is deleted behind that");
  await keep({ kind: "read", peer: ANN, position: 3 });
  strictEqual(await unread(), 1);
});

contract("lists conversations, the latest first", async ({ store, keep }) => {
  await keep(text(ANN, "a", { atNs: 3n }), text(BEN, "b", { atNs: 9n }), text(CAT, "c", { atNs: 5n }));
  deepStrictEqual(await store.messages.conversations(), [
    { peer: BEN, last: 1, lastAtNs: 9n, readTo: 0, unread: 1 },
    { peer: CAT, last: 1, lastAtNs: 5n, readTo: 0, unread: 1 },
    { peer: ANN, last: 1, lastAtNs: 3n, readTo: 0, unread: 1 },
  ]);
  for (const one of await store.messages.conversations()) {
    deepStrictEqual(await store.messages.conversation(one.peer), one);
  }
  await keep({ kind: "forget", peer: CAT });
  strictEqual(await store.messages.conversation(CAT), undefined);
});

contract("forgets a conversation at once, and its rows later", async (world) => {
  const { keep } = world;
  const big = "x".repeat(100_000);
  for (let i = 0; i < 3; i++) await keep(...Array.from({ length: 120 }, (_, k) => text(ANN, `${i} ${k}`)));
  await keep(
    text(ANN, big),
    text(ANN, "queued", { direction: "out", queue: { dueNs: 0n } }),
    text(BEN, "b"),
  );
  await keep({ kind: "forget", peer: ANN });
  for (let i = 0; i < 2; i++) {
    const { messages, outbox } = world.store;
    deepStrictEqual(await messages.newest(ANN, 10), []);
    strictEqual(await messages.get(ANN, 5), undefined);
    deepStrictEqual((await messages.conversations()).map(({ peer }) => peer), [BEN]);
    deepStrictEqual(await messages.search("x"), []);
    deepStrictEqual(await outbox.list(), []);
    const at = { peer: ANN, state: "sent", dueNs: 0n, attempts: 1 } as const;
    for (const position of [0, 5, 361, 362, 363]) {
      for (const kind of ["state", "delete", "queue", "unqueue"] as const) {
        deepStrictEqual(await world.store.commit([{ ...at, kind, position }]), {
          ok: false,
          reason: "missing",
        });
      }
    }
    await world.store.sweep();
    await world.reopen();
  }
  deepStrictEqual((await keep(text(ANN, "again"))).positions, [363], "positions are never used twice");
  deepStrictEqual(bodies(await world.store.messages.newest(ANN, 10)), ["again"]);
  strictEqual((await world.store.messages.conversations()).find(({ peer }) => peer === ANN)?.unread, 1);
});

contract(
  "searches without regard to case, newest first, and stops at the limit",
  async ({ store, keep }) => {
    const atNs = (n: number) => ({ atNs: BigInt(n) });
    await keep(
      text(ANN, "Straße nach ΟΔΟΣ", atNs(1)),
      text(BEN, "strasse", atNs(2)),
      text(ANN, "é", atNs(3)),
    );
    for (let i = 0; i < 3; i++) {
      await keep(
        ...Array.from({ length: 120 }, (_, k) => text(ANN, `lunch ${i * 120 + k}`, atNs(10 + i * 120 + k))),
      );
    }
    await keep(text(BEN, "LUNCH for Ben", atNs(9)), text(CAT, `${"x".repeat(70_000)} Lunch`, atNs(200)));
    const search = async (query: string, options?: { peer?: string; limit?: number }) =>
      bodies(await store.messages.search(query, options)).map((body) => body.slice(-16));
    deepStrictEqual(await search("STRASSE"), ["strasse", "Straße nach ΟΔΟΣ"]);
    deepStrictEqual(await search("οδος"), ["Straße nach ΟΔΟΣ"]);
    deepStrictEqual(await search("E\u0301"), ["é"]);
    deepStrictEqual(await search("lunch", { limit: 2 }), ["lunch 359", "lunch 358"]);
    strictEqual((await search("lunch", { limit: 1000 })).length, 362);
    strictEqual((await search("lunch", { limit: 171 })).at(-1), "xxxxxxxxxx Lunch");
    deepStrictEqual(await search("lunch", { peer: BEN }), ["LUNCH for Ben"]);
    deepStrictEqual(await search("lunch 7", { limit: 3, peer: ANN }), ["lunch 79", "lunch 78", "lunch 77"]);
    deepStrictEqual(await search("no such thing"), []);
    deepStrictEqual(await search(""), []);
  },
);

contract("finds the latest, also where the newest message is of a clock that was set back", async (world) => {
  const { keep } = world;
  const at = (peer: string, day: number) => text(peer, `found ${day}`, { atNs: BigInt(day) });
  await keep(at(ANN, 5), at(ANN, 1), at(BEN, 2), at(BEN, 3), at(CAT, 4));
  const newest = async (limit: number) => bodies(await world.store.messages.search("found", { limit }));
  const latest = async () =>
    (await world.store.messages.latest()).map(({ peer, latestNs }) => [peer, latestNs]);
  deepStrictEqual(await latest(), [[ANN, 5n], [CAT, 4n], [BEN, 3n]]);
  deepStrictEqual(await newest(2), ["found 5", "found 4"]);
  await world.reopen();
  deepStrictEqual(await newest(2), ["found 5", "found 4"]);
  await keep({ kind: "forget", peer: ANN }, at(ANN, 1));
  deepStrictEqual(await latest(), [[CAT, 4n], [BEN, 3n], [ANN, 1n]]);
  deepStrictEqual(await newest(2), ["found 4", "found 3"]);
});

contract("counts what is unread as it is behind what is kept in the same moment", async ({ store, keep }) => {
  const unread = async () => (await store.messages.conversation(ANN))!.unread;
  await keep(...[1, 2, 3, 4].map((i) => text(ANN, `${i}`)));
  const replaced = (position: number): Change => ({ kind: "delete", peer: ANN, position, replaced: true });
  const together = await Promise.all([
    store.commit([replaced(3)]),
    store.commit([{ kind: "read", peer: ANN, position: 2 }]),
  ]);
  deepStrictEqual([together.map(({ ok }) => ok), await unread()], [[true, true], 1]);
  // The same where they lie in pages by then.
  for (let i = 0; i < 4; i++) await keep(...Array.from({ length: 100 }, (_, k) => text(ANN, `${i} ${k}`)));
  await store.sweep();
  await keep(replaced(7), text(ANN, "one more"), { kind: "read", peer: ANN, position: 5 });
  deepStrictEqual(await unread(), 399);
});

Deno.test("A conversation of a build that kept no latest time is looked through", async () => {
  const rows = emptyRows();
  const place = memoryPlace(rows);
  const parts = { secret: SECRET, clock: new FakeClock(), random: seededRandom(1) };
  const store = await openStore({ place, ...parts });
  await store.commit([text(ANN, "found 5", { atNs: 5n }), text(ANN, "found 1", { atNs: 1n })]);
  await store.commit([text(BEN, "found 3", { atNs: 3n }), text(BEN, "found 4", { atNs: 4n })]);
  await store.close();
  await withoutLatest(rows, ANN);
  const next = await openStore({ place: memoryPlace(rows), ...parts });
  deepStrictEqual(bodies(await next.messages.search("found", { limit: 2 })), ["found 5", "found 4"]);
  await next.commit([text(ANN, "found 2", { atNs: 2n })]);
  deepStrictEqual(bodies(await next.messages.search("found", { limit: 3 })), [
    "found 5",
    "found 4",
    "found 3",
  ]);
  await next.close();
});

/** Takes the latest time out of a conversation's row. */
async function withoutLatest(rows: MemoryRows, peer: string): Promise<void> {
  const random = seededRandom(2);
  const place = memoryPlace(rows);
  const vault = new Vault(place, await openSeal(deriveSealKey(SECRET, SEAL_INFO), random), random);
  const key = new Names(deriveSealKey(SECRET, NAMES_INFO)).conversation(peer);
  const [plain] = await vault.plain([key]);
  const { latestNs: _latest, ...record } = decodeRecord<ConversationRecord>(plain!);
  const { stamp } = await place.stamped(HEAD_KEY);
  await place.write([
    ...await vault.sealed(key, encodeRecord(record)),
    { key: HEAD_KEY, value: (await place.stamped(HEAD_KEY)).value },
  ], { key: HEAD_KEY, stamp });
}
