/** The contract of every adapter. Messages where they lie: rows, pages, bodies of any length. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { MAX_BODY_BYTES } from "../../lib/store/store.ts";
import { ANN, BEN, bodies, CAT, contract, text } from "./support.ts";

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
  const some = [{ id: "1", replyTo: "ff" }, { id: "2", reason: "why" }, { replyTo: "ff" }, { reason: "why" }]
    .map((members) => text(CAT, "some", members));
  await keep(...some);
  const kept = some.map(({ message }, i) => ({ ...message, position: i + 1 }));
  deepStrictEqual(await store.messages.newest(CAT, 9), kept);
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

contract("gives several messages of a conversation as it gives each", async (world) => {
  for (let i = 1; i <= 600; i += 100) {
    await world.keep(...Array.from({ length: 100 }, (_, k) => text(ANN, `message ${i + k}`)));
  }
  await world.keep(text(BEN, "another"), { kind: "delete", peer: ANN, position: 3 });
  const positions = [600, 3, 1, 2, 601, 0, 128, 129, 450, 599, 2, 300];
  const check = async (): Promise<void> => {
    const { messages } = world.store;
    const each = await Promise.all(positions.map((position) => messages.get(ANN, position)));
    deepStrictEqual(await messages.many(ANN, positions), each);
  };
  await check();
  await world.reopen();
  await check();
  deepStrictEqual(bodies((await world.store.messages.many(ANN, [1, 600])).map((one) => one!)), [
    "message 1",
    "message 600",
  ]);
  deepStrictEqual(await world.store.messages.many(CAT, [1]), [undefined]);
  await world.keep({ kind: "forget", peer: ANN });
  await world.keep(text(ANN, "new"));
  deepStrictEqual(bodies((await world.store.messages.many(ANN, [601])).map((one) => one!)), ["new"]);
  await check();
});

contract("finds a message by its id and writer", async ({ store, keep }) => {
  await keep(text(ANN, "hers", { id: "x" }), text(ANN, "mine", { id: "x", direction: "out" }));
  await keep(text(BEN, "his", { id: "x" }));
  strictEqual((await store.messages.byId(ANN, "in", "x"))?.body, "hers");
  strictEqual((await store.messages.byId(ANN, "out", "x"))?.body, "mine");
  strictEqual((await store.messages.byId(BEN, "in", "x"))?.body, "his");
  strictEqual(await store.messages.byId(BEN, "out", "x"), undefined);
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

contract("keeps bodies of any frame, in rows and in pages", async (world) => {
  const chars = ["a", "ä", "€", "👋", "\u0001", "\ufffd", '"', "\\"];
  const large = chars.map((char) => char.repeat(Math.floor(65_536 / new TextEncoder().encode(char).length)));
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
