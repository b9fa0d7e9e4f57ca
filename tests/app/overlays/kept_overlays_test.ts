/** Rows of overlays beside the messages of a store: they follow what goes, and outlive the process. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { DASHBOARD, encodeOverlay, LIST } from "../../../lib/overlay/frame.ts";
import type { KeeperState } from "../../../lib/overlay/generation.ts";
import { personName } from "../../../lib/overlay/names.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import type { Place } from "../../../lib/store/place/place.ts";
import { systemClock } from "../../../lib/sys/clock.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { keyOf, type Party, party } from "../local/pair.ts";

const BOB = keyOf("bob");
const saying = { conversation: BOB, waitMs: 0 };
/** A full minute, milliseconds. */
const MINUTE = 60_000 * 28_000_000;

/** Alice alone: what she says to bob is queued. */
const alone = (rows = emptyRows()): Promise<Party> => party(new ChatHub(), "alice", systemClock(), { rows });

async function shopping({ app }: Party): Promise<{ list: string; milk: number }> {
  const { id: list } = await app.overlays.changeList({ ...saying, change: { do: "new", text: "Shopping" } });
  const { position } = await app.overlays.changeList({
    ...saying,
    change: { do: "add", list, text: "secret milk" },
  });
  return { list, milk: position };
}

const rowsOf = async ({ store }: Party): Promise<string> =>
  (await store.values.list(`overlay ${BOB}`)).map(({ value }) => fromUtf8(value)).join("\n");

Deno.test("A restart finds the rows as they were", async () => {
  const rows = emptyRows();
  const first = await alone(rows);
  const { list } = await shopping(first);
  strictEqual((await first.app.overlays.items({ conversation: BOB, list })).total, 1);
  await first.app.close();
  const again = await alone(rows);
  const { rows: items } = await again.app.overlays.items({ conversation: BOB, list });
  deepStrictEqual(items.map(({ text }) => text), ["secret milk"]);
  await again.app.close();
});

Deno.test("What is deleted or forgotten leaves nothing in the rows", async () => {
  const rows = emptyRows();
  const first = await alone(rows);
  const { list, milk } = await shopping(first);
  await first.app.overlays.items({ conversation: BOB, list });
  await first.app.close(); // what waits to be written is written by now
  const alice = await alone(rows);
  ok((await rowsOf(alice)).includes("secret milk"));
  await alice.app.messages.remove({ peer: BOB, position: milk, everywhere: false });
  ok(!(await rowsOf(alice)).includes("secret milk"));
  strictEqual((await alice.app.overlays.items({ conversation: BOB, list })).total, 0);
  await alice.app.messages.forget({ peer: BOB });
  strictEqual(await rowsOf(alice), "");
  strictEqual((await alice.app.overlays.lists({ conversation: BOB })).total, 0);
  await alice.app.close();
});

Deno.test("What we say holds over all that we know of the same thing, however far ahead its clock was", async () => {
  const alice = await alone();
  const { list } = await shopping(alice);
  const hour = Date.now() + 3_600_000;
  const heard = (body: string, id: string) =>
    alice.store.commit([{
      kind: "message",
      message: {
        peer: BOB,
        direction: "in",
        body,
        atNs: 1n,
        state: "received",
        form: "envelope",
        via: "dmsg",
        id,
      },
    }]);
  // Bob names what he speaks of by its message, as every program does.
  const [first] = await alice.app.messages.history({ peer: BOB, limit: 9 });
  const body = encodeOverlay({
    overlay: LIST,
    data: JSON.stringify({ a: "rename", l: "Bob's" }),
    fallback: "[list] renamed",
    parent: personName(alice.pk, first.text),
    extra: { s: hour },
  });
  await heard(body, "1".repeat(16));
  const named = async () =>
    (await alice.app.overlays.lists({ conversation: BOB })).rows.map(({ name, last }) => [name, last.author]);
  deepStrictEqual(await named(), [["Bob's", BOB]]);
  await alice.app.overlays.changeList({ ...saying, change: { do: "rename", id: list, text: "Ours" } });
  deepStrictEqual(await named(), [["Ours", alice.pk]]);
  await alice.app.overlays.changeList({ ...saying, change: { do: "rename", id: list, text: "Ours again" } });
  deepStrictEqual(await named(), [["Ours again", alice.pk]]);
  await alice.app.close();
});

Deno.test("What another program says hangs on the ids that it chose, and what we say of it names those", async () => {
  const alice = await alone();
  const heard = (d: unknown, id: string, parent?: string) =>
    alice.store.commit([{
      kind: "message",
      message: {
        peer: BOB,
        direction: "in",
        body: encodeOverlay({
          overlay: LIST,
          data: JSON.stringify(d),
          fallback: "[list]",
          extra: {},
          ...(parent && { parent }),
        }),
        atNs: 1n,
        state: "received",
        form: "envelope",
        via: "dmsg",
        id,
      },
    }]);
  const [list, milk] = ["a1".repeat(8), "b2".repeat(8)];
  await heard({ a: "add", i: "milk" }, milk, list);
  await heard({ a: "new", l: "Food" }, list);
  const items = async () =>
    (await alice.app.overlays.items({ conversation: BOB, list })).rows.map(({ text, done }) => [text, done]);
  deepStrictEqual(await items(), [["milk", false]]);
  await alice.app.overlays.changeList({ ...saying, change: { do: "check", id: milk } });
  deepStrictEqual(await items(), [["milk", true]]);
  const [{ text }] = (await alice.app.messages.history({ peer: BOB, limit: 9 })).slice(-1);
  ok(text.includes(`"p":"${milk}"`), text);
  await alice.app.close();
});

Deno.test("What was cancelled in time counts for nothing, until it is sent again", async () => {
  const alice = await alone();
  const { list, milk } = await shopping(alice);
  strictEqual((await alice.app.overlays.items({ conversation: BOB, list })).total, 1);
  await alice.app.outbox.cancel({ peer: BOB, position: milk });
  strictEqual((await alice.app.overlays.items({ conversation: BOB, list })).total, 0);
  await alice.app.close();
});

Deno.test("Rows are made anew when changes were missed, and the old ones serve meanwhile", async () => {
  const rows = emptyRows();
  const first = await alone(rows);
  const { list } = await shopping(first);
  await first.app.close();
  const between = await alone(rows);
  const state: KeeperState = JSON.parse(fromUtf8((await between.store.values.get("overlay states", BOB))!));
  // As after a store was put back from an older copy: it has never given out that cursor.
  const value = utf8(JSON.stringify({ ...state, cursor: 1_000_000 }));
  await between.store.commit([{ kind: "value", room: "overlay states", name: BOB, value }]);
  await between.app.close();
  const again = await alone(rows);
  const part = await again.app.overlays.items({ conversation: BOB, list });
  deepStrictEqual([part.total, part.making?.total], [1, 2]);
  for (
    let turns = 0;
    (await again.app.overlays.items({ conversation: BOB, list })).making !== undefined;
    turns++
  ) {
    ok(turns < 1000, "it ends");
  }
  deepStrictEqual((await again.app.overlays.items({ conversation: BOB, list })).total, 1);
  await again.app.close();
});

Deno.test("First rows that were half made when changes were missed are made from the beginning", async () => {
  const rows = emptyRows();
  const first = await alone(rows);
  const { list, milk } = await shopping(first);
  await first.app.overlays.items({ conversation: BOB, list });
  await first.app.close();
  const again = await alone(rows);
  const { live, old }: KeeperState = JSON.parse(
    fromUtf8((await again.store.values.get("overlay states", BOB))!),
  );
  // As after a kill while they were made, and weeks without a look at them.
  const value = utf8(JSON.stringify({ next: live, old, cursor: 1_000_000 }));
  await again.store.commit([
    { kind: "delete", peer: BOB, position: milk },
    { kind: "value", room: "overlay states", name: BOB, value },
  ]);
  strictEqual((await again.app.overlays.items({ conversation: BOB, list })).total, 0);
  await again.app.close();
});

Deno.test("A bot that floods is thinned here by what the conversation takes, and its last value is right", async () => {
  const hub = new ChatHub();
  const [alice, bob] = [await party(hub, "alice", systemClock()), await party(hub, "bob", systemClock())];
  const { overlays } = alice.app;
  await overlays.setPace({ ...saying, waitMs: 5000, intervalMs: 30_000 });
  const flood = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i++) {
      const data = JSON.stringify({ w: "cpu", k: "number", v: i });
      const extra = { s: MINUTE + i * 1000 };
      const text = encodeOverlay({ overlay: DASHBOARD, data, fallback: `cpu ${i}`, extra });
      await bob.app.messages.send({ to: { pk: alice.pk, port: 1 }, text, waitMs: 5000 });
    }
  };
  const seen = async (): Promise<readonly number[]> => {
    const { rows: [{ history }] } = await overlays.widgets({ conversation: BOB });
    return history;
  };
  await flood(0, 60);
  deepStrictEqual(await seen(), [29, 59]);
  await overlays.setPace({ ...saying, waitMs: 5000, intervalMs: 60_000 });
  deepStrictEqual(await seen(), [59]);
  await flood(60, 61);
  deepStrictEqual(await seen(), [60], "it is not a minute younger");
  await flood(118, 120);
  deepStrictEqual(await seen(), [59, 119]);
  await overlays.setPace({ ...saying, waitMs: 5000, intervalMs: 10_000 });
  deepStrictEqual(await seen(), [9, 19, 29, 39, 49, 59, 60, 119]);
  await Promise.all([alice.app.close(), bob.app.close()]);
});

Deno.test("Overlays that found the disk full the first time work when it is not any more", async () => {
  let isFull = true;
  const place = (at: Place): Place => ({
    ...at,
    write: (writes, guard) =>
      isFull ? Promise.reject(new Error("No space left on device (os error 28)")) : at.write(writes, guard),
  });
  const rows = emptyRows();
  await (await alone(rows)).app.close(); // the store itself is there
  const { app } = await party(new ChatHub(), "alice", systemClock(), { rows, place });
  await rejects(app.overlays.lists({ conversation: BOB }), /the disk is full/);
  isFull = false;
  strictEqual((await app.overlays.lists({ conversation: BOB })).total, 0);
  await app.close();
});
