/**
 * What holds for every {@link Outbox}, however it is made.
 *
 * @module
 */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type Define, kind, reason, texts, until, WAIT_MS } from "./support.ts";

/** Defines the tests. */
export function outboxContract(test: Define): void {
  test("throws when a peer is away, keeps the message, and sends it again by hand", async (pair, send) => {
    const { alice, bob } = pair;
    pair.leave(bob.pk);
    await rejects(send("hello"), reason("unreachable"));
    const [failed] = await alice.messages.history({ limit: 1 });
    strictEqual(failed.state, "failed");
    ok(failed.reason);
    deepStrictEqual(await alice.outbox.list(), []);
    await alice.outbox.retry({ peer: bob.pk, position: 1 });
    strictEqual((await alice.messages.history({ limit: 1 }))[0].state, "failed");
    pair.back(bob.pk);
    await alice.outbox.retry({ peer: bob.pk, position: 1 });
    deepStrictEqual((await alice.messages.history({ limit: 5 })).map(({ state }) => state), ["received"]);
    deepStrictEqual(texts(await bob.messages.history({ limit: 5 })), ["hello"]);
    await rejects(alice.outbox.retry({ peer: bob.pk, position: 1 }), kind("usage"));
    await rejects(alice.outbox.retry({ peer: bob.pk, position: 2 }), kind("usage"));
  });

  test("queues for a peer that is away, and sends in order once it is back", async (pair, send) => {
    const { alice, bob } = pair;
    pair.leave(bob.pk);
    for (const text of ["one", "two", "three"]) {
      const { state, reason } = await send(text, { queue: true });
      ok(state === "queued" && reason);
    }
    const outbox = await alice.outbox.list();
    deepStrictEqual(outbox.map(({ message }) => [message.text, message.state]), [
      ["one", "pending"],
      ["two", "pending"],
      ["three", "pending"],
    ]);
    ok(outbox[0].attempts >= 1 && Date.parse(outbox[0].due) > Date.now());
    strictEqual((await alice.node.status()).queued, 3);
    await alice.outbox.cancel({ peer: bob.pk, position: 2 });
    await rejects(alice.outbox.cancel({ peer: bob.pk, position: 2 }), kind("usage"));
    pair.back(bob.pk);
    await bob.messages.send({ to: { pk: alice.pk, port: 1 }, text: "I am back", waitMs: WAIT_MS });
    await until(async () => (await alice.outbox.list()).length === 0);
    deepStrictEqual(texts(await bob.messages.history({ limit: 9 })).filter((text) => text !== "I am back"), [
      "one",
      "three",
    ]);
    const ours = (await alice.messages.history({ limit: 9 })).filter(({ outgoing }) => outgoing);
    deepStrictEqual(ours.map(({ state }) => state), ["received", "cancelled", "received"]);
  });

  test("takes a repeated key as one message", async (pair, send) => {
    const { alice, bob } = pair;
    const first = await send("hello", { key: "k" });
    const again = await send("hello", { key: "k" });
    deepStrictEqual([again.state, again.id, again.position], ["acked", first.id, first.position]);
    await rejects(send("another", { key: "k" }), kind("refused"));
    pair.leave(bob.pk);
    await rejects(send("later", { key: "l" }), reason("unreachable"));
    pair.back(bob.pk);
    strictEqual((await send("later", { key: "l" })).state, "acked");
    deepStrictEqual(texts(await alice.messages.history({ limit: 9 })), ["hello", "later"]);
    deepStrictEqual(texts(await bob.messages.history({ limit: 9 })), ["hello", "later"]);
  });
}
