/**
 * What holds for every {@link Messages}, however it is made.
 *
 * @module
 */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import type { App } from "../../../lib/app/app.ts";
import { encodeBody } from "../../../lib/chat/body.ts";
import { type Define, eventsUntil, isMessage, kind, texts, until, WAIT_MS } from "./support.ts";

/** Defines the tests. */
export function messagesContract(test: Define): void {
  test("sends a message, and both sides keep and show it", async ({ alice, bob }, send) => {
    const arrived = eventsUntil(bob, undefined, isMessage("hello"));
    const report = await send("hello");
    const { id } = report;
    ok(report.state === "acked" && report.ms >= 0 && report.position === 1);
    match(id!, /^[0-9a-f]{16}$/);
    const common = { position: 1, id, text: "hello", state: "received", via: "dmsg" } as const;
    const [ours] = await alice.messages.history({ peer: bob.pk, limit: 10 });
    const [theirs] = await bob.messages.history({ limit: 10 });
    deepStrictEqual(ours, { ...common, peer: bob.pk, outgoing: true, ts: ours.ts });
    deepStrictEqual(theirs, { ...common, peer: alice.pk, outgoing: false, ts: theirs.ts });
    const event = (await arrived).at(-1)!;
    ok(event.kind === "message" && event.cursor > 0);
    deepStrictEqual(event.message, theirs);
    const { peer, position: last, ts: lastTs } = theirs;
    const conversation = { peer, lastTs, unread: 1, last, readTo: 0 };
    deepStrictEqual(await bob.messages.conversations(), [conversation]);
  });

  test("keeps the order of what is sent at the same time", async ({ bob }, send) => {
    const all = Array.from({ length: 60 }, (_, i) => `m${i}`);
    const reports = await Promise.all(all.map((text, i) => send(text, { queue: i % 2 === 1 })));
    ok(reports.every(({ state }) => state === "acked"));
    deepStrictEqual(texts(await bob.messages.history({ limit: 100 })), all);
  });

  test("without a wait sends the plain text", async ({ alice, bob }, send) => {
    const { state, id } = await send("hello", { waitMs: 0 });
    deepStrictEqual([state, id], ["handed-over", undefined]);
    await until(async () => (await bob.messages.history({ limit: 1 })).length === 1);
    const [ours] = await alice.messages.history({ limit: 1 });
    deepStrictEqual([ours.state, ours.id], ["sent", undefined]);
  });

  test("carries replies", async ({ bob }, send) => {
    await send("answer", { replyTo: "00ff" });
    strictEqual((await bob.messages.history({ limit: 1 }))[0].replyTo, "00ff");
  });

  test("carries what just fits a frame, and refuses one byte more", async ({ bob }, send) => {
    const empty = '{"type":"chat-msg","id":"0123456789abcdef","body":"","ack":true}'.length;
    const longest = "x".repeat(65_536 - empty);
    strictEqual((await send(longest)).state, "acked");
    strictEqual((await bob.messages.history({ limit: 1 }))[0].text, longest);
    await rejects(send(`${longest}x`), kind("usage"));
    strictEqual((await send("y".repeat(65_536), { waitMs: 0 })).state, "handed-over");
    await until(async () => (await bob.messages.history({ limit: 1 }))[0].text.startsWith("y"));
    await rejects(send("y".repeat(65_537), { waitMs: 0 }), kind("usage"));
    await rejects(send(""), kind("usage"));
    await rejects(send("x", { to: { pk: bob.pk, port: 7 } }), kind("usage"));
  });

  test("tells the author what was read, when receipts are on", async ({ alice, bob }, send) => {
    await send("one");
    await send("two");
    strictEqual((await bob.node.status()).unread, 2);
    await bob.messages.markRead({ peer: alice.pk, position: 1 });
    strictEqual((await bob.messages.conversations())[0].unread, 1);
    const states = async () => (await alice.messages.history({ limit: 9 })).map(({ state }) => state);
    await until(async () => (await states())[0] === "read");
    deepStrictEqual(await states(), ["read", "received"]);
    await bob.messages.markRead({ peer: alice.pk });
    await until(async () => (await states())[1] === "read");
    strictEqual((await bob.node.status()).unread, 0);
  }, { bob: { receipts: true } });

  test("keeps to itself what was read, when receipts are off", async ({ alice, bob }, send) => {
    await send("one");
    await bob.messages.markRead({ peer: alice.pk });
    await send("two");
    deepStrictEqual((await alice.messages.history({ limit: 9 })).map(({ state }) => state), [
      "received",
      "received",
    ]);
  });

  test("takes a message back on both sides", async ({ alice, bob }, send) => {
    const { id, position } = await send("a secret");
    await send("the rest");
    await alice.messages.remove({ peer: bob.pk, position: position!, everywhere: true });
    await until(async () => (await bob.messages.history({ limit: 9 }))[0].state === "deleted");
    for (const app of [alice, bob]) {
      const [message] = await app.messages.history({ limit: 9 });
      deepStrictEqual([message.id, message.text, message.state], [id, "", "deleted"]);
    }
    await bob.messages.remove({ peer: alice.pk, position: 2, everywhere: true });
    strictEqual(
      (await alice.messages.history({ limit: 9 }))[1].text,
      "the rest",
      "only its author takes it back",
    );
    await rejects(alice.messages.remove({ peer: bob.pk, position: 9, everywhere: false }), kind("usage"));
  });

  test("searches in what people read, and not in the names of members", async ({ alice }, send) => {
    const toPreview = "who has the <Käse>?";
    await send(encodeBody({ kind: "reply", toSender: "02ab", toPreview, text: 'I "have"' }));
    await send(encodeBody({ kind: "forward", from: "ops", text: "passed on" }));
    await send(encodeBody({ kind: "file", id: "f1", name: "plan.pdf", size: 7n }));
    await send("the text of a reply");
    const found = async (text: string): Promise<number[]> =>
      (await alice.messages.search({ text, limit: 9 })).map(({ position }) => position);
    for (
      const [text, positions] of Object.entries({
        ...{ "text": [4], "reply": [4], "skychat": [], "to_sender": [], "02ab": [], "name": [], "{": [] },
        ...{ "<käse>": [1], 'i "HAVE"': [1], '"': [1], "<": [1], "ops": [2], "passed": [2], "PLAN.": [3] },
      })
    ) deepStrictEqual([text, await found(text)], [text, positions]);
  });

  test("reads, searches and forgets conversations", async ({ alice, bob }, send) => {
    for (const text of ["Alpha", "beta", "alphabet"]) await send(text);
    await bob.messages.send({ to: { pk: alice.pk, port: 1 }, text: "gamma", waitMs: WAIT_MS });
    const page = async (request: Parameters<App["messages"]["history"]>[0]) =>
      texts(await alice.messages.history(request));
    const peer = bob.pk;
    deepStrictEqual(await page({ peer, limit: 2 }), ["alphabet", "gamma"]);
    deepStrictEqual(await page({ peer, limit: 2, before: 3 }), ["Alpha", "beta"]);
    const since = (await alice.messages.history({ peer, limit: 9 }))[2].ts;
    deepStrictEqual(await page({ limit: 9, since }), ["alphabet", "gamma"]);
    deepStrictEqual(texts(await alice.messages.search({ text: "ALPHA", limit: 9 })), ["alphabet", "Alpha"]);
    deepStrictEqual(texts(await alice.messages.search({ text: "alpha", peer: alice.pk, limit: 9 })), []);
    await rejects(alice.messages.history({ limit: 0 }), kind("usage"));
    await rejects(alice.messages.history({ limit: 1, before: 2 }), kind("usage"));
    await rejects(alice.messages.history({ limit: 1, since: "yesterday" }), kind("usage"));
    await alice.messages.forget({ peer });
    deepStrictEqual([await alice.messages.conversations(), await page({ limit: 9 })], [[], []]);
    strictEqual((await send("new")).position, 5, "positions are never used twice");
  });

  test("speaks with dmsg chat on port 9001", async ({ alice, bob }, send) => {
    const { state } = await send("from the other chat", { to: { pk: bob.pk, port: 9001 } });
    strictEqual(state, "handed-over");
    await until(async () => (await bob.messages.history({ limit: 1 })).length === 1);
    const [message] = await bob.messages.history({ limit: 1 });
    deepStrictEqual([message.text, message.via, message.reason], [
      "from the other chat",
      "dmsg-chat",
      undefined,
    ]);
    // The answer goes where the message came from.
    const answer = await bob.messages.send({
      to: { pk: alice.pk, port: 1 },
      text: "answer",
      waitMs: WAIT_MS,
    });
    strictEqual(answer.state, "handed-over");
    await until(async () => texts(await alice.messages.history({ limit: 9 })).includes("answer"));
    strictEqual((await alice.messages.history({ limit: 1 }))[0].via, "dmsg-chat");
    await rejects(send("x", { to: { pk: bob.pk, port: 9001 }, key: "k" }), kind("usage"));
  });
}
