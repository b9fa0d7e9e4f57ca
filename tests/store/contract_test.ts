/** One contract, every adapter. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { StoreLimits } from "../../lib/store/open.ts";
import { MAX_BODY_BYTES } from "../../lib/store/store.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { ANN, BEN, bodies, CAT, DAY_MS, KINDS, text, withWorld, type World } from "./support.ts";

for (const kind of KINDS) {
  const contract = (title: string, run: (world: World) => Promise<void>, limits?: StoreLimits) =>
    Deno.test({
      name: `${kind.name} store ${title}${kind.missing ? ` (skipped: ${kind.missing})` : ""}`,
      ignore: kind.missing !== undefined,
      fn: () => withWorld(kind, run, limits),
    });

  contract("gives back every member of a message", async ({ store, keep, clock }) => {
    const full = text(ANN, "ça va? 👋\u0000\ufeff", {
      direction: "out",
      id: "0011223344556677",
      state: "failed",
      reason: "refused",
      replyTo: "ff",
      via: "dmsg-chat",
      atNs: clock.wallNs(),
    });
    deepStrictEqual(await keep(full, text(ANN, "")), { ok: true, cursor: 2, positions: [1, 2] });
    deepStrictEqual(await store.messages.newest(ANN, 10), [
      { ...full.message, position: 1 },
      { ...text(ANN, "").message, position: 2 },
    ]);
    deepStrictEqual(await store.messages.get(ANN, 1), { ...full.message, position: 1 });
    strictEqual(await store.messages.get(ANN, 3), undefined);
    strictEqual(await store.messages.get(BEN, 1), undefined);
    deepStrictEqual(await store.messages.newest(BEN, 10), []);
  });

  contract("pages back through rows and pages, also after a restart", async (world) => {
    const all: string[] = [];
    for (let i = 1; i <= 700; i += 50) {
      const some = Array.from({ length: 50 }, (_, k) => `message ${i + k}`);
      all.push(...some);
      await world.keep(...some.map((body, k) => text(ANN, body, { atNs: BigInt(i + k) })));
    }
    for (const again of [false, true]) {
      if (again) await world.reopen();
      const { messages } = world.store;
      deepStrictEqual(bodies(await messages.newest(ANN, 50)), all.slice(-50));
      deepStrictEqual(bodies(await messages.newest(ANN, 10_000)), all);
      for (const position of [701, 700, 500, 451, 450, 300, 129, 128, 2, 1]) {
        const before = await messages.before(ANN, position, 40);
        deepStrictEqual(bodies(before), all.slice(Math.max(0, position - 41), position - 1), `${position}`);
      }
      for (const position of [1, 128, 129, 444, 445, 700]) {
        strictEqual((await messages.get(ANN, position))?.body, `message ${position}`);
      }
    }
  });

  contract("keeps small values by room and name, in the same commit as messages", async (world) => {
    const value = (room: string, name: string, bytes?: number[]) =>
      ({ kind: "value", room, name, value: bytes && Uint8Array.from(bytes) }) as const;
    const group = text("6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50", "hi", { id: "a/1/1", via: "group" });
    await world.keep(group, value("one", "b", [1, 2]), value("one", "a", []), value("two", "b", [3]));
    await world.keep(value("one", "b", [4]), value("two", "b"), value("two", "none"));
    const refused = await world.store.commit([value("one", "c", [5]), group]);
    strictEqual(refused.ok, false);
    for (const again of [false, true]) {
      if (again) await world.reopen();
      const { values, messages } = world.store;
      const [a, b] = [{ name: "a", value: new Uint8Array(0) }, { name: "b", value: Uint8Array.of(4) }];
      deepStrictEqual(await values.list("one"), [a, b]);
      deepStrictEqual(await values.list("two"), []);
      deepStrictEqual(await values.get("one", "b"), Uint8Array.of(4));
      strictEqual(await values.get("two", "b"), undefined);
      strictEqual((await messages.newest(group.message.peer, 1))[0].via, "group");
    }
  });

  contract("finds a message by its id and writer", async ({ store, keep }) => {
    await keep(text(ANN, "hers", { id: "x" }), text(ANN, "mine", { id: "x", direction: "out" }));
    await keep(text(BEN, "his", { id: "x" }));
    strictEqual((await store.messages.byId(ANN, "in", "x"))?.body, "hers");
    strictEqual((await store.messages.byId(ANN, "out", "x"))?.body, "mine");
    strictEqual((await store.messages.byId(BEN, "in", "x"))?.body, "his");
    strictEqual(await store.messages.byId(BEN, "out", "x"), undefined);
  });

  contract("keeps an id once, remembers it for 30 days, and refuses it for another body", async (world) => {
    const { clock, keep } = world;
    await keep(text(ANN, "a", { id: "1" }));
    const again = (body: string) => world.store.commit([text(ANN, body, { id: "1" })]);
    for (let day = 0; day < 30; day += 10) {
      deepStrictEqual(await again("a"), { ok: false, reason: "repeat", position: 1 });
      deepStrictEqual(await again("b"), { ok: false, reason: "conflict", position: 1 });
      strictEqual(await world.store.seen.check(ANN, "in", "1", "a"), "repeat");
      strictEqual(await world.store.seen.check(ANN, "in", "1", "b"), "conflict");
      strictEqual(await world.store.seen.check(ANN, "out", "1", "b"), "new");
      strictEqual(await world.store.seen.check(BEN, "in", "1", "b"), "new");
      if (day === 0) await keep({ kind: "delete", peer: ANN, position: 1 });
      if (day === 10) await keep({ kind: "forget", peer: ANN });
      await clock.advance(10 * DAY_MS - (day === 20 ? 1 : 0));
      await world.reopen();
      await world.store.sweep();
    }
    strictEqual((await again("a")).ok, false);
    await clock.advance(1);
    strictEqual(await world.store.seen.check(ANN, "in", "1", "b"), "new");
    await keep(text(ANN, "b", { id: "1" }));
    await clock.advance(29 * DAY_MS);
    await world.store.sweep();
    strictEqual((await again("a")).ok, false);
  });

  contract("remembers an id without a message", async ({ store, keep }) => {
    const seen = { kind: "seen", peer: ANN, direction: "in", id: "1", body: "a" } as const;
    await keep(seen);
    deepStrictEqual(await store.commit([seen]), { ok: false, reason: "repeat", position: 0 });
    deepStrictEqual(await store.commit([text(ANN, "b", { id: "1" })]), {
      ok: false,
      reason: "conflict",
      position: 0,
    });
    strictEqual(await store.messages.byId(ANN, "in", "1"), undefined);
  });

  contract("knows ids that were written together, in each process and for 30 days", async (world) => {
    const { clock, keep } = world;
    const message = (n: number, body = `${n}`) => text(ANN, body, { id: `id ${n}` });
    await keep(...Array.from({ length: 100 }, (_, n) => message(n)));
    await keep(message(100));
    for (const opens of [0, 1]) {
      if (opens > 0) await world.reopen();
      const { store } = world;
      for (const n of [0, 57, 99, 100]) {
        deepStrictEqual(await store.commit([message(n)]), { ok: false, reason: "repeat", position: n + 1 });
        const other = await store.commit([message(n, "other")]);
        deepStrictEqual(other, { ok: false, reason: "conflict", position: n + 1 });
        strictEqual((await store.messages.byId(ANN, "in", `id ${n}`))?.body, `${n}`);
      }
      strictEqual(await store.seen.check(ANN, "in", "id 101", "101"), "new");
      strictEqual(await store.seen.check(BEN, "in", "id 1", "1"), "new");
    }
    // Many questions make the store learn all ids; the answers stay the same.
    for (let n = 0; n < 100; n++) {
      strictEqual(await world.store.seen.check(ANN, "in", `id ${n}`, `${n}`), "repeat");
    }
    for (let n = 101; n < 150; n++) ok((await world.store.commit([message(n)])).ok);
    deepStrictEqual(await world.store.commit([message(57)]), { ok: false, reason: "repeat", position: 58 });
    await clock.advance(30 * DAY_MS);
    strictEqual(await world.store.seen.check(ANN, "in", "id 57", "57"), "new");
    await world.store.sweep();
    await clock.advance(31 * DAY_MS);
    await world.store.sweep();
    await world.reopen();
    strictEqual(await world.store.seen.check(ANN, "in", "id 57", "57"), "new");
    ok((await world.store.commit([message(57)])).ok);
  });

  contract("lets commits go first while it is swept", async ({ store, keep }) => {
    const peers = Array.from({ length: 8 }, (_, n) => `02${n}${"f".repeat(63)}`);
    for (const peer of peers) await keep(...Array.from({ length: 50 }, (_, n) => text(peer, `${n}`)));
    await keep(...peers.map((peer) => ({ kind: "forget", peer }) as const));
    const order: string[] = [];
    const sweeping = store.sweep().then(() => order.push("swept"));
    await store.messages.newest(ANN, 1); // it has begun
    ok((await store.commit([text(ANN, "at once")])).ok);
    order.push("kept");
    await sweeping;
    deepStrictEqual(order, ["kept", "swept"]);
  });

  contract("writes all changes of a commit or none", async ({ store, keep }) => {
    await keep(text(ANN, "a", { id: "1" }));
    const result = await store.commit([
      text(BEN, "b"),
      { kind: "peer", peer: BEN, facts: { once: true } },
      text(ANN, "a", { id: "1" }),
    ]);
    deepStrictEqual(result, { ok: false, reason: "repeat", position: 1 });
    deepStrictEqual(await store.messages.newest(BEN, 1), []);
    deepStrictEqual(await store.peers.all(), []);
    strictEqual(store.events.last(), 1);
  });

  contract("moves a message, in a row and in a page", async (world) => {
    const many = Array.from(
      { length: 150 },
      (_, i) => text(ANN, `m${i}`, { direction: "out", state: "sent" }),
    );
    await world.keep(...many);
    await world.keep(...many);
    await world.reopen();
    const { store, keep } = world;
    for (const position of [3, 300]) {
      const state = { kind: "state", peer: ANN, position } as const;
      await keep({ ...state, state: "failed", reason: "timeout", from: ["sent"] });
      deepStrictEqual(await store.commit([{ ...state, state: "read", from: ["received"] }]), {
        ok: false,
        reason: "state",
      });
      strictEqual((await store.messages.get(ANN, position))?.reason, "timeout");
      await keep({ ...state, state: "read" });
      const { reason, state: now } = (await store.messages.get(ANN, position))!;
      deepStrictEqual([now, reason], ["read", undefined]);
      await keep({ kind: "delete", peer: ANN, position });
      deepStrictEqual(await store.commit([{ ...state, state: "read" }]), { ok: false, reason: "state" });
      const { body, state: last } = (await store.messages.get(ANN, position))!;
      deepStrictEqual([body, last], ["", "deleted"]);
    }
    deepStrictEqual(await store.commit([{ kind: "delete", peer: ANN, position: 301 }]), {
      ok: false,
      reason: "missing",
    });
    deepStrictEqual(await store.commit([{ kind: "delete", peer: BEN, position: 1 }]), {
      ok: false,
      reason: "missing",
    });
    strictEqual((await store.messages.newest(ANN, 1000)).length, 300);
  });

  contract("keeps facts of peers and takes them away", async ({ store, keep }) => {
    await keep({ kind: "peer", peer: BEN, facts: { blocked: true } });
    await keep({ kind: "peer", peer: ANN, facts: { once: true, nick: "Ann" } });
    await keep({ kind: "peer", peer: ANN, facts: { once: undefined, accepted: true } });
    deepStrictEqual(await store.peers.get(ANN), { nick: "Ann", accepted: true });
    deepStrictEqual(await store.peers.get(CAT), {});
    deepStrictEqual(await store.peers.all(), [
      { peer: ANN, facts: { nick: "Ann", accepted: true } },
      { peer: BEN, facts: { blocked: true } },
    ]);
    await keep({ kind: "peer", peer: BEN, facts: { blocked: undefined } });
    strictEqual((await store.peers.all()).length, 1);
  });

  contract("keeps the outbox in order, plans it, empties it", async (world) => {
    const { clock, keep } = world;
    const nowNs = clock.wallNs();
    const out = (peer: string, body: string, dueNs: bigint) =>
      text(peer, body, { direction: "out", state: "pending", queue: { dueNs } });
    await keep(out(ANN, "one", nowNs), out(BEN, "two", nowNs + 5n), out(ANN, "three", nowNs));
    await world.reopen();
    const { outbox } = world.store;
    deepStrictEqual((await outbox.forPeer(ANN)).map(({ position, bytes }) => [position, bytes]), [[1, 3], [
      2,
      5,
    ]]);
    const due = async (at: bigint) =>
      (await outbox.due(at)).map(({ peer, position }) => `${peer[2]}${position}`).sort();
    deepStrictEqual(await due(nowNs), ["a1"]);
    deepStrictEqual(await due(nowNs + 5n), ["a1", "b1"]);
    await keep({ kind: "queue", peer: ANN, position: 1, dueNs: nowNs + 9n, attempts: 1 });
    deepStrictEqual(await due(nowNs + 5n), ["b1"], "later ones wait for the first");
    const [first] = await outbox.forPeer(ANN);
    deepStrictEqual(first, {
      peer: ANN,
      position: 1,
      addedNs: nowNs,
      dueNs: nowNs + 9n,
      attempts: 1,
      bytes: 3,
    });
    await keep({ kind: "unqueue", peer: ANN, position: 1 }, {
      kind: "state",
      peer: ANN,
      position: 1,
      state: "sent",
    });
    deepStrictEqual(await due(nowNs), ["a2"]);
    for (const kind of ["unqueue", "queue"] as const) {
      const change = { kind, peer: ANN, position: 1, dueNs: 0n, attempts: 0 };
      deepStrictEqual(await world.store.commit([change]), { ok: false, reason: "missing" });
    }
    await keep({ kind: "delete", peer: ANN, position: 2 });
    deepStrictEqual(await outbox.forPeer(ANN), []);
    strictEqual((await outbox.list()).length, 1);
  });

  contract("limits a peer's outbox by entries and bytes", async ({ store, keep }) => {
    const out = (body: string) => text(ANN, body, { direction: "out", queue: { dueNs: 0n } });
    await keep(out("1234"), out("5"));
    deepStrictEqual(await store.commit([out("678901")]), { ok: false, reason: "full" });
    await keep(out("6"));
    deepStrictEqual(await store.commit([out("")]), { ok: false, reason: "full" });
    await keep({ kind: "unqueue", peer: ANN, position: 1 });
    await keep(out("12345678"));
    strictEqual((await store.outbox.list()).length, 3);
  }, { outboxEntries: 3, outboxBytes: 10 });

  contract("goes on behind a cursor without gap or repeat", async (world) => {
    const { keep } = world;
    const seen: number[] = [];
    const stop = world.store.events.watch((cursor) => seen.push(cursor));
    await keep(text(ANN, "a", { id: "1" }), { kind: "network", name: "up", detail: { servers: 2 } });
    await keep({ kind: "seen", peer: ANN, direction: "in", id: "2", body: "" });
    await keep({ kind: "read", peer: ANN, position: 9 });
    await keep({ kind: "state", peer: ANN, position: 1, state: "read" });
    await keep({ kind: "peer", peer: ANN, facts: { once: true } });
    await keep(text(BEN, "b"), { kind: "delete", peer: ANN, position: 1 }, { kind: "forget", peer: BEN });
    stop();
    deepStrictEqual(seen, [2, 3, 4, 5, 8]);
    await world.reopen();
    const { events } = world.store;
    const all = [];
    for (let cursor = 0; cursor < events.last();) {
      const page = await events.since(cursor, 3);
      strictEqual(page.lost, false);
      all.push(...page.events);
      cursor = page.cursor;
    }
    deepStrictEqual(all.map(({ cursor, kind }) => [cursor, kind]), [
      [1, "message"],
      [2, "network"],
      [3, "read"],
      [4, "state"],
      [5, "peer"],
      [7, "deleted"],
      [8, "forgotten"],
    ]);
    const [message, network, read, state, peer] = all;
    strictEqual(message.kind === "message" && message.message.state, "deleted", "as it is now");
    const atNs = world.clock.wallNs();
    deepStrictEqual(network, { kind: "network", name: "up", detail: { servers: 2 }, cursor: 2, atNs });
    deepStrictEqual(read, { kind: "read", peer: ANN, position: 1, cursor: 3, atNs });
    deepStrictEqual(state, {
      kind: "state",
      peer: ANN,
      position: 1,
      id: "1",
      state: "read",
      cursor: 4,
      atNs,
    });
    deepStrictEqual(peer, { kind: "peer", peer: ANN, facts: { once: true }, cursor: 5, atNs });
    deepStrictEqual(await events.since(8), { events: [], cursor: 8, lost: false });
    for (const wrong of [9, -1, 0.5]) {
      await rejects(events.since(wrong), (error) => error instanceof UserError && error.kind === "usage");
    }
  });

  contract("tells nobody of restored messages", async ({ store, keep }) => {
    await keep(text(ANN, "a"));
    const { cursor } = await keep({ ...text(ANN, "b", { id: "1" }), restored: true });
    await keep(text(ANN, "c"));
    strictEqual(cursor, 1);
    deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["a", "b", "c"]);
    const { events } = await store.events.since(0);
    deepStrictEqual(events.map((event) => event.kind === "message" && event.message.body), ["a", "c"]);
    deepStrictEqual(await store.seen.check(ANN, "in", "1", "b"), "repeat");
  });

  contract("brings back what was forgotten, and not what was deleted", async ({ store, keep }) => {
    const [one, two] = ["1", "2"].map((id) => ({ ...text(ANN, `text ${id}`, { id }), restored: true }));
    await keep(one, two);
    await keep({ kind: "delete", peer: ANN, position: 2 });
    deepStrictEqual(await store.commit([two]), { ok: false, reason: "repeat", position: 2 });
    await keep({ kind: "forget", peer: ANN });
    deepStrictEqual(await store.commit([text(ANN, "text 1", { id: "1" })]), {
      ok: false,
      reason: "repeat",
      position: 1,
    });
    await keep(one, two);
    deepStrictEqual(await store.commit([one]), { ok: false, reason: "repeat", position: 3 });
    const other = { ...text(ANN, "another", { id: "1" }), restored: true };
    strictEqual((await store.commit([other])).ok, false);
    deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["text 1", "text 2"]);
  });

  contract("drops the oldest events and says so", async ({ store, keep, clock }) => {
    const up = { kind: "network", name: "up", detail: {} } as const;
    for (let i = 0; i < 40; i++) await keep(...Array.from({ length: 10 }, () => up));
    const { events, lost } = await store.events.since(0, 1000);
    strictEqual(lost, true);
    strictEqual(events.length >= 100 && events.length < 160, true, `${events.length} are kept`);
    strictEqual(events[events.length - 1].cursor, 400);
    strictEqual((await store.events.since(300)).lost, false);
    await clock.advance(30 * DAY_MS);
    await keep(up);
    await store.sweep();
    deepStrictEqual(await store.events.since(0), {
      events: [{ ...up, cursor: 401, atNs: clock.wallNs() }],
      cursor: 401,
      lost: true,
    });
  }, { events: 100 });

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

  contract("keeps bodies of any frame, in rows and in pages", async (world) => {
    const chars = ["a", "ä", "€", "👋", "\u0001", "\ufffd", '"', "\\"];
    const large = chars.map((char) =>
      char.repeat(Math.floor(65_536 / new TextEncoder().encode(char).length))
    );
    const longest = "\ufffd".repeat(65_536);
    for (const [i, body] of [...large, longest].entries()) {
      await world.keep(text(ANN, body, { id: `${i}${body.slice(0, 20_000)}` }));
    }
    for (let i = 0; i < 2; i++) {
      const found = bodies(await world.store.messages.newest(ANN, 1000)).slice(0, 9);
      strictEqual(found.join() === [...large, longest].join(), true);
      const filler = Array.from({ length: 150 }, () => text(ANN, "filler"));
      await world.keep(...filler);
      await world.keep(...filler);
      await world.reopen();
    }
    await world.keep({ kind: "delete", peer: ANN, position: 9 });
    strictEqual((await world.store.messages.get(ANN, 9))?.body, "");
    strictEqual((await world.store.messages.get(ANN, 8))?.body, large[7]);
    await rejects(world.store.commit([text(ANN, "x".repeat(MAX_BODY_BYTES + 1))]), RangeError);
    await rejects(world.store.commit(Array.from({ length: 20 }, () => text(ANN, large[0]))), RangeError);
    await rejects(world.store.commit([text(ANN, "x", { id: "" })]), RangeError);
    strictEqual((await world.store.messages.newest(ANN, 1000)).length, 609);
  });

  contract("gives each of many calls at once its own result", async ({ store }) => {
    const calls = Array.from(
      { length: 60 },
      (_, i) => store.commit([text(i % 2 ? ANN : BEN, `${i}`, { id: `${i % 50}` })]),
    );
    const results = await Promise.all(calls);
    results.slice(0, 50).forEach((result, i) =>
      deepStrictEqual(result, { ok: true, cursor: i + 1, positions: [Math.floor(i / 2) + 1] })
    );
    results.slice(50).forEach((result, i) =>
      deepStrictEqual(result, { ok: false, reason: "conflict", position: Math.floor(i / 2) + 1 })
    );
    strictEqual((await store.messages.newest(ANN, 100)).length, 25);
  });

  contract("refuses calls after it was closed", async (world) => {
    const late = world.store.commit([text(ANN, "in time")]);
    await world.store.close();
    await world.store.close();
    strictEqual((await late).ok, true);
    await rejects(world.store.commit([text(ANN, "late")]), TypeError);
    await world.reopen();
    deepStrictEqual(bodies(await world.store.messages.newest(ANN, 9)), ["in time"]);
  });
}
