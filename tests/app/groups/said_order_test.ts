/** What was said on both sides of a partition stands in one order at all members, and is told in that of its coming. */
import { deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";
import { isNotice } from "../../../lib/app/groups/room/notices.ts";
import { newestAsSaid } from "../../../lib/app/groups/room/said_order.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import type { MessageView } from "../../../lib/app/messages/messages.ts";
import type { Store } from "../../../lib/store/store.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

const test = worldTests(GroupWorld);

for (const kind of ["public", "private"] as const) {
  test(`After a partition all members of a ${kind} group read one order, and no cursor misses anything`, async (world) => {
    const rows = { alice: emptyRows(), bob: emptyRows(), carol: emptyRows() };
    const open = (name: keyof typeof rows): Promise<LocalApp> => world.member(name, rows[name]);
    const alice = await open("alice");
    const { group, invite: link } = await world.done(
      alice.groups.create({ name: "ops", kind, join: "link" }),
    );
    const [bob, carol] = [await open("bob"), await open("carol")];
    for (const app of [bob, carol]) await world.done(app.groups.join({ link }));
    await world.pass(5_000);
    const say = async (app: LocalApp, text: string): Promise<void> => {
      await world.done(app.groups.send({ group, text, waitMs: 0 }));
      await world.pass(1_500);
    };
    await say(alice, "together");
    // Alice and Bob talk, Carol is cut off; then she talks alone, and only Bob is there when she comes back.
    await world.done(carol.close());
    await say(alice, "one");
    await say(bob, "two");
    for (const app of [alice, bob]) await world.done(app.close());
    const alone = await open("carol");
    const cursor = await world.done(alone.events.cursor()) ?? 0;
    for (const text of ["three", "four"]) await say(alone, text);
    const apps = [alone, await open("bob"), await open("alice")];
    await world.pass(60_000);
    await say(apps[2], "five");
    await world.pass(5_000);

    const texts = async (app: LocalApp, limit: number, asSaid: boolean): Promise<string[]> => {
      const messages = await world.done(app.messages.history({ peer: group, limit, lines: true, asSaid }));
      return messages.filter((message) => !isNotice(message)).map(({ text }) => text);
    };
    const said = ["together", "one", "two", "three", "four", "five"];
    for (const app of apps) {
      deepStrictEqual(await texts(app, 100, true), said);
      deepStrictEqual(await texts(app, 3, true), said.slice(-3));
    }
    const came = await texts(alone, 100, false);
    deepStrictEqual([...came].sort(), [...said].sort());
    notDeepStrictEqual(came, said, "to Carol came last what was said before her");
    const told: string[] = [];
    for await (const event of alone.events.follow(cursor, new AbortController().signal)) {
      if (event.kind === "message" && !isNotice(event.message)) told.push(event.message.text);
      if (told.length === said.length - 1) break;
    }
    deepStrictEqual(told.sort(), said.slice(1).sort());
  });
}

test("A message that a ban hid and that stands again is told once", async (world) => {
  const alice = await world.member("alice", emptyRows());
  const { group, invite: link } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "link" }),
  );
  const bob = await world.member("bob", emptyRows());
  await world.done(bob.groups.join({ link }));
  await world.pass(5_000);
  for (const text of ["one", "two"]) await world.done(bob.groups.send({ group, text, waitMs: 2_000 }));
  await world.pass(5_000);
  const told = async (): Promise<string[]> =>
    (await world.done(alice.messages.history({ peer: group, limit: 100, lines: true, asSaid: true })))
      .filter((message) => !isNotice(message)).map(({ text, state }) => `${state} ${text}`);
  deepStrictEqual(await told(), ["received one", "received two"]);
  await world.done(alice.groups.decide({ group, action: "ban", peer: bob.pk }));
  await world.pass(5_000);
  deepStrictEqual(await told(), ["deleted ", "deleted "]);
  await world.done(alice.groups.decide({ group, action: "unban", peer: bob.pk }));
  await world.done(alice.groups.decide({ group, action: "add", peer: bob.pk }));
  await world.pass(120_000);
  deepStrictEqual(await told(), ["received one", "received two"]);
  // In the order of their coming as well, and page by page.
  const read = async (request: { limit: number; before?: number; after?: number }) =>
    (await world.done(alice.messages.history({ peer: group, lines: true, ...request })))
      .filter((message) => !isNotice(message));
  const words = (messages: MessageView[]) => messages.map(({ text, state }) => `${state} ${text}`);
  const came = await read({ limit: 100 });
  deepStrictEqual(words(came).sort(), ["received one", "received two"]);
  const newest = await read({ limit: 1 });
  deepStrictEqual(newest, came.slice(1));
  deepStrictEqual(await read({ limit: 1, before: newest[0].position }), came.slice(0, 1));
  deepStrictEqual(await read({ limit: 10, after: 0 }), came);
});

test("Who comes late does not read last what its writer's feed held and ours has no room for", async () => {
  // Bob's feed came first, then Alice's; ours kept the leaves of the newest ones. What was deleted has no leaf either.
  const [alice, bob] = ["02".padEnd(66, "a"), "03".padEnd(66, "b")];
  const came = [
    ...["b1", "b2", "b3", "b4"].map((text) => ({ text, tail: `${bob}/${Number(text[1]) * 10}/0` })),
    ...["a1", "a2", "a3", "a4", "a5"].map((text) => ({
      text,
      tail: `${alice}/${Number(text[1]) * 10 + 1}/0`,
    })),
  ];
  const kept = came.filter(({ text }) => ["b3", "b4", "a3", "a5"].includes(text));
  const store = {
    messages: {
      newest: () => Promise.resolve(came.map(({ tail }) => ({ id: tail }))),
    },
    values: {
      list: () =>
        Promise.resolve(kept.map(({ tail }) => ({ name: `msgs/${tail}`, value: new Uint8Array(0) }))),
    },
  } as unknown as Pick<Store, "messages" | "values">;
  const said = await newestAsSaid(store, "group", 100, true);
  const textOf = new Map(came.map(({ text, tail }) => [tail, text]));
  deepStrictEqual(said.map(({ id }) => textOf.get(id!)), [
    "b1",
    "b2",
    "b3",
    "a1",
    "a2",
    "a3",
    "a4",
    "b4",
    "a5",
  ]);
});

test("Who comes late to many who talk reads the newest of all, however few are asked for", async () => {
  const [alice, bob] = ["02".padEnd(66, "a"), "03".padEnd(66, "b")];
  const from = (author: string, first: number, last: number): string[] =>
    Array.from({ length: last - first }, (_, i) => `${author}/${10_000 + first + i}/0`);
  // Bob's feed came first; of Alice's ours has room for the last ten.
  const came = [...from(bob, 980, 1000), ...from(alice, 300, 1000)];
  const kept = [...from(bob, 980, 1000), ...from(alice, 990, 1000)];
  const looked: number[] = [];
  const newest = (_: string, limit: number) => {
    looked.push(limit);
    return Promise.resolve(came.slice(-limit).map((id) => ({ id })));
  };
  const list = () =>
    Promise.resolve(kept.map((tail) => ({ name: `msgs/${tail}`, value: new Uint8Array(0) })));
  const store = { messages: { newest }, values: { list } } as unknown as Pick<Store, "messages" | "values">;
  const said = await newestAsSaid(store, "group", 4, true);
  const both = [998, 999].flatMap((n) => [`${alice}/${10_000 + n}/0`, `${bob}/${10_000 + n}/0`]);
  deepStrictEqual(said.map(({ id }) => id), both);
  deepStrictEqual(looked, [500, 1000]);
});
