/**
 * What holds for every {@link App}, however it is made: the maker gives two that can reach each other.
 *
 * @module
 */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import type { App, AppEvent, MessageView, SendReport, SendRequest } from "../../lib/app/app.ts";
import type { MessageSettings } from "../../lib/app/local.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError, UserError } from "../../lib/wire/errors.ts";

/** Two resident apps on one network, on the system's clock. */
export interface AppPair {
  readonly alice: App;
  readonly bob: App;
  /** Takes a party off the network: its streams break and it can't be reached. */
  leave(pk: string): void;
  /** Brings it back. */
  back(pk: string): void;
  /** Ends both and frees everything. */
  close(): Promise<void>;
}

/** Makes a pair with fresh stores. */
export type MakePair = (
  settings?: { readonly alice?: MessageSettings; readonly bob?: MessageSettings },
) => Promise<AppPair>;

/** How long a test waits for something that must happen. */
const PATIENCE_MS = 30_000;

/** Waits until something is true. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!await isTrue()) {
    if (performance.now() > endMs) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Takes events until one fits; that one is the last of the list. */
async function eventsUntil(
  app: App,
  since: number | undefined,
  isLast: (event: AppEvent) => boolean,
): Promise<AppEvent[]> {
  const seen: AppEvent[] = [];
  for await (const event of app.events(since, AbortSignal.timeout(PATIENCE_MS))) {
    seen.push(event);
    if (isLast(event)) return seen;
  }
  throw new Error(`the event did not come, only: ${JSON.stringify(seen)}`);
}

const reason = (expected: string) => (error: unknown) =>
  error instanceof NetworkError && error.reason === expected;
const kind = (expected: string) => (error: unknown) => error instanceof UserError && error.kind === expected;
const texts = (messages: readonly MessageView[]): string[] => messages.map(({ text }) => text);
const isMessage = (text: string) => (event: AppEvent) =>
  event.kind === "message" && event.message.text === text;

/** Defines the tests. @param name  Who is tested, as the titles begin. */
export function appContract(name: string, make: MakePair): void {
  const test = (
    title: string,
    run: (
      pair: AppPair,
      send: (text: string, more?: Partial<SendRequest>) => Promise<SendReport>,
    ) => Promise<void>,
    settings?: Parameters<MakePair>[0],
  ): void =>
    Deno.test(`${name} ${title}`, async () => {
      const pair = await make(settings);
      const to = { pk: pair.bob.pk, port: 1 };
      try {
        await run(pair, (text, more) => pair.alice.send({ to, text, waitMs: 2000, ...more }));
      } finally {
        await pair.close();
      }
    });

  test("sends a message, and both sides keep and show it", async ({ alice, bob }, send) => {
    const arrived = eventsUntil(bob, undefined, isMessage("hello"));
    const report = await send("hello");
    const { id } = report;
    ok(report.state === "acked" && report.ms >= 0 && report.position === 1);
    match(id!, /^[0-9a-f]{16}$/);
    const common = { position: 1, id, text: "hello", state: "received", via: "dmsg" } as const;
    const [ours] = await alice.history({ peer: bob.pk, limit: 10 });
    const [theirs] = await bob.history({ limit: 10 });
    deepStrictEqual(ours, { ...common, peer: bob.pk, outgoing: true, ts: ours.ts });
    deepStrictEqual(theirs, { ...common, peer: alice.pk, outgoing: false, ts: theirs.ts });
    const event = (await arrived).at(-1)!;
    ok(event.kind === "message" && event.cursor > 0);
    deepStrictEqual(event.message, theirs);
    deepStrictEqual(await bob.conversations(), [{ peer: alice.pk, lastTs: theirs.ts, unread: 1 }]);
  });

  test("keeps the order of what is sent at the same time", async ({ bob }, send) => {
    const all = Array.from({ length: 60 }, (_, i) => `m${i}`);
    const reports = await Promise.all(all.map((text, i) => send(text, { queue: i % 2 === 1 })));
    ok(reports.every(({ state }) => state === "acked"));
    deepStrictEqual(texts(await bob.history({ limit: 100 })), all);
  });

  test("without a wait sends the plain text", async ({ alice, bob }, send) => {
    const { state, id } = await send("hello", { waitMs: 0 });
    deepStrictEqual([state, id], ["handed-over", undefined]);
    await until(async () => (await bob.history({ limit: 1 })).length === 1);
    const [ours] = await alice.history({ limit: 1 });
    deepStrictEqual([ours.state, ours.id], ["sent", undefined]);
  });

  test("carries replies", async ({ bob }, send) => {
    await send("answer", { replyTo: "00ff" });
    strictEqual((await bob.history({ limit: 1 }))[0].replyTo, "00ff");
  });

  test("carries what just fits a frame, and refuses one byte more", async ({ bob }, send) => {
    const empty = '{"type":"chat-msg","id":"0123456789abcdef","body":"","ack":true}'.length;
    const longest = "x".repeat(65_536 - empty);
    strictEqual((await send(longest)).state, "acked");
    strictEqual((await bob.history({ limit: 1 }))[0].text, longest);
    await rejects(send(`${longest}x`), kind("usage"));
    strictEqual((await send("y".repeat(65_536), { waitMs: 0 })).state, "handed-over");
    await until(async () => (await bob.history({ limit: 1 }))[0].text.startsWith("y"));
    await rejects(send("y".repeat(65_537), { waitMs: 0 }), kind("usage"));
    await rejects(send(""), kind("usage"));
    await rejects(send("x", { to: { pk: bob.pk, port: 7 } }), kind("usage"));
  });

  test("throws when a peer is away, keeps the message, and sends it again by hand", async (pair, send) => {
    const { alice, bob } = pair;
    pair.leave(bob.pk);
    await rejects(send("hello"), reason("unreachable"));
    const [failed] = await alice.history({ limit: 1 });
    strictEqual(failed.state, "failed");
    ok(failed.reason);
    deepStrictEqual(await alice.outbox(), []);
    await alice.retry({ peer: bob.pk, position: 1 });
    strictEqual((await alice.history({ limit: 1 }))[0].state, "failed");
    pair.back(bob.pk);
    await alice.retry({ peer: bob.pk, position: 1 });
    deepStrictEqual((await alice.history({ limit: 5 })).map(({ state }) => state), ["received"]);
    deepStrictEqual(texts(await bob.history({ limit: 5 })), ["hello"]);
    await rejects(alice.retry({ peer: bob.pk, position: 1 }), kind("usage"));
    await rejects(alice.retry({ peer: bob.pk, position: 2 }), kind("usage"));
  });

  test("queues for a peer that is away, and sends in order once it is back", async (pair, send) => {
    const { alice, bob } = pair;
    pair.leave(bob.pk);
    for (const text of ["one", "two", "three"]) {
      const { state, reason } = await send(text, { queue: true });
      ok(state === "queued" && reason);
    }
    const outbox = await alice.outbox();
    deepStrictEqual(outbox.map(({ message }) => [message.text, message.state]), [
      ["one", "pending"],
      ["two", "pending"],
      ["three", "pending"],
    ]);
    ok(outbox[0].attempts >= 1 && Date.parse(outbox[0].due) > Date.now());
    strictEqual((await alice.status()).queued, 3);
    await alice.cancel({ peer: bob.pk, position: 2 });
    await rejects(alice.cancel({ peer: bob.pk, position: 2 }), kind("usage"));
    pair.back(bob.pk);
    await bob.send({ to: { pk: alice.pk, port: 1 }, text: "I am back", waitMs: 2000 });
    await until(async () => (await alice.outbox()).length === 0);
    deepStrictEqual(texts(await bob.history({ limit: 9 })).filter((text) => text !== "I am back"), [
      "one",
      "three",
    ]);
    const ours = (await alice.history({ limit: 9 })).filter(({ outgoing }) => outgoing);
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
    deepStrictEqual(texts(await alice.history({ limit: 9 })), ["hello", "later"]);
    deepStrictEqual(texts(await bob.history({ limit: 9 })), ["hello", "later"]);
  });

  test("tells the author what was read, when receipts are on", async ({ alice, bob }, send) => {
    await send("one");
    await send("two");
    strictEqual((await bob.status()).unread, 2);
    await bob.markRead({ peer: alice.pk, position: 1 });
    strictEqual((await bob.conversations())[0].unread, 1);
    const states = async () => (await alice.history({ limit: 9 })).map(({ state }) => state);
    await until(async () => (await states())[0] === "read");
    deepStrictEqual(await states(), ["read", "received"]);
    await bob.markRead({ peer: alice.pk });
    await until(async () => (await states())[1] === "read");
    strictEqual((await bob.status()).unread, 0);
  }, { bob: { receipts: true } });

  test("keeps to itself what was read, when receipts are off", async ({ alice, bob }, send) => {
    await send("one");
    await bob.markRead({ peer: alice.pk });
    await send("two");
    deepStrictEqual((await alice.history({ limit: 9 })).map(({ state }) => state), ["received", "received"]);
  });

  test("takes a message back on both sides", async ({ alice, bob }, send) => {
    const { id, position } = await send("a secret");
    await send("the rest");
    await alice.remove({ peer: bob.pk, position: position!, everywhere: true });
    await until(async () => (await bob.history({ limit: 9 }))[0].state === "deleted");
    for (const app of [alice, bob]) {
      const [message] = await app.history({ limit: 9 });
      deepStrictEqual([message.id, message.text, message.state], [id, "", "deleted"]);
    }
    await bob.remove({ peer: alice.pk, position: 2, everywhere: true });
    strictEqual((await alice.history({ limit: 9 }))[1].text, "the rest", "only its author takes it back");
    await rejects(alice.remove({ peer: bob.pk, position: 9, everywhere: false }), kind("usage"));
  });

  test("reads, searches and forgets conversations", async ({ alice, bob }, send) => {
    for (const text of ["Alpha", "beta", "alphabet"]) await send(text);
    await bob.send({ to: { pk: alice.pk, port: 1 }, text: "gamma", waitMs: 2000 });
    const page = async (request: Parameters<App["history"]>[0]) => texts(await alice.history(request));
    const peer = bob.pk;
    deepStrictEqual(await page({ peer, limit: 2 }), ["alphabet", "gamma"]);
    deepStrictEqual(await page({ peer, limit: 2, before: 3 }), ["Alpha", "beta"]);
    const since = (await alice.history({ peer, limit: 9 }))[2].ts;
    deepStrictEqual(await page({ limit: 9, since }), ["alphabet", "gamma"]);
    deepStrictEqual(texts(await alice.search({ text: "ALPHA", limit: 9 })), ["alphabet", "Alpha"]);
    deepStrictEqual(texts(await alice.search({ text: "alpha", peer: alice.pk, limit: 9 })), []);
    await rejects(alice.history({ limit: 0 }), kind("usage"));
    await rejects(alice.history({ limit: 1, before: 2 }), kind("usage"));
    await rejects(alice.history({ limit: 1, since: "yesterday" }), kind("usage"));
    await alice.forget({ peer });
    deepStrictEqual([await alice.conversations(), await page({ limit: 9 })], [[], []]);
    strictEqual((await send("new")).position, 5, "positions are never used twice");
  });

  test("takes nothing of a blocked peer, and sends it nothing", async ({ alice, bob }, send) => {
    await send("one");
    await bob.decide({ peer: alice.pk, blocked: true });
    const state = await send("two", { waitMs: 150 }).then((report) => report.state, () => "not sent");
    ok(state !== "acked", state);
    deepStrictEqual(texts(await bob.history({ limit: 9 })), ["one"]);
    const to = { pk: alice.pk, port: 1 };
    await rejects(bob.send({ to, text: "x", waitMs: 150 }), kind("refused"));
    await bob.decide({ peer: alice.pk, blocked: false });
    await until(async () =>
      await send("three", { waitMs: 150 }).then(({ state }) => state === "acked", () => false)
    );
    const known = (await bob.peers()).find(({ peer }) => peer === alice.pk);
    deepStrictEqual(known ?? { blocked: false }, known ? { ...known, blocked: false } : { blocked: false });
  });

  test(
    "remembers peers that it has written to, and those that keep one copy",
    async ({ alice, bob }, send) => {
      await send("one");
      deepStrictEqual(await alice.peers(), [{ peer: bob.pk, blocked: false, accepted: true, once: true }]);
      await alice.decide({ peer: bob.pk, accepted: false });
      deepStrictEqual(await alice.peers(), [{ peer: bob.pk, blocked: false, accepted: false, once: true }]);
    },
  );

  test("gives every reader all events, without gap or repeat", async ({ alice, bob }, send) => {
    const all = Array.from({ length: 30 }, (_, i) => `m${i}`);
    const isLast = (event: AppEvent) => event.kind === "state" && event.position === all.length;
    const readers = [0, 1, 2].map(() => eventsUntil(alice, 0, isLast));
    for (const text of all) await send(text);
    const [first, ...others] = await Promise.all(readers);
    // A message is shown as it stands when its event is read; all else is the same for everybody.
    const essence = (events: readonly AppEvent[]) =>
      events.map((event) => event.kind === "message" ? [event.cursor, event.message.text] : event);
    for (const other of others) deepStrictEqual(essence(other), essence(first));
    const cursors = first.map(({ cursor }) => cursor);
    deepStrictEqual(cursors, [...new Set(cursors)].sort((a, b) => a - b));
    deepStrictEqual(
      first.flatMap((event) => event.kind === "message" ? [event.message.text] : []),
      all,
    );
    // In pieces: each goes on behind the cursor of the last one.
    const pieces: AppEvent[] = [];
    while (pieces.length < first.length) {
      pieces.push(...await eventsUntil(alice, pieces.at(-1)?.cursor ?? 0, () => true));
    }
    deepStrictEqual(essence(pieces), essence(first));
    const heard = await eventsUntil(bob, 0, isMessage("m29"));
    deepStrictEqual(heard.flatMap((event) => event.kind === "message" ? [event.message.text] : []), all);
  });

  test(
    "tells a reader whose cursor is of other events, and gives it everything",
    async ({ alice, bob }, send) => {
      for (const text of ["one", "two", "three"]) await send(text);
      const isThree = isMessage("three");
      const ours = await eventsUntil(alice, 0, isThree);
      const theirs = await eventsUntil(bob, 0, isThree);
      const [{ cursor }] = theirs;
      // One of another store, one beyond the end, one with a check that no event has.
      for (const foreign of [cursor, 999_000_000_000, ours[1].cursor + 1]) {
        const [first, ...rest] = await eventsUntil(alice, foreign, isThree);
        const { ts: _, ...lost } = first;
        deepStrictEqual(lost, { kind: "lost", foreign: true, cursor: 0 });
        deepStrictEqual(rest.map((event) => event.cursor), ours.map((event) => event.cursor));
      }
      const [next] = await eventsUntil(alice, ours[1].cursor, isThree);
      strictEqual(next.cursor, ours[2].cursor);
    },
  );

  test("ends a reader of events at its signal", async ({ alice }) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    const seen = [];
    for await (const event of alice.events(undefined, stop.signal)) seen.push(event);
    deepStrictEqual(seen, []);
  });

  test("tells how it stands", async ({ alice, bob }, send) => {
    await send("one");
    const ours = await alice.status();
    const { pk, conversations, unread, queued, inbound, outbound, outboundFailed, lastRx } = ours;
    deepStrictEqual(
      { pk, conversations, unread, queued, inbound, outbound, outboundFailed, lastRx },
      {
        pk: alice.pk,
        conversations: 1,
        unread: 0,
        queued: 0,
        inbound: 0,
        outbound: 1,
        outboundFailed: 0,
        lastRx: undefined,
      },
    );
    ok(ours.connections > 0 && ours.peers.length === 1 && ours.peers[0] === bob.pk);
    ok(ours.pid > 0 && ours.uptimeSec >= 0 && ours.lastSend && Array.isArray(ours.servers));
    const theirs = await bob.status();
    ok(theirs.inbound === 1 && theirs.unread === 1 && theirs.lastRx);
  });

  test("opens and takes streams", async ({ alice, bob }) => {
    const listener = await bob.listen(80);
    await rejects(bob.listen(80), kind("busy"));
    const dialled = await alice.dial({ pk: bob.pk, port: 80 });
    const taken = (await listener.accept())!;
    strictEqual(taken.remote.pk, alice.pk);
    deepStrictEqual(dialled.remote, { pk: bob.pk, port: 80 });
    ok(await dialled.ping() >= 0);
    await dialled.write(utf8("ping"));
    strictEqual(fromUtf8((await taken.read())!.slice()), "ping");
    await taken.write(utf8("pong"));
    strictEqual(fromUtf8((await dialled.read())!.slice()), "pong");
    await dialled.closeWrite();
    strictEqual(await taken.read(), null);
    taken.close();
    dialled.close();
    listener.close();
    strictEqual(await listener.accept(), null);
    await rejects(alice.dial({ pk: bob.pk, port: 81 }), reason("refused"));
  });

  test("speaks with dmsg chat on port 9001", async ({ alice, bob }, send) => {
    const { state } = await send("from the other chat", { to: { pk: bob.pk, port: 9001 } });
    strictEqual(state, "handed-over");
    await until(async () => (await bob.history({ limit: 1 })).length === 1);
    const [message] = await bob.history({ limit: 1 });
    deepStrictEqual([message.text, message.via, message.reason], [
      "from the other chat",
      "dmsg-chat",
      undefined,
    ]);
    // The answer goes where the message came from.
    const answer = await bob.send({ to: { pk: alice.pk, port: 1 }, text: "answer", waitMs: 2000 });
    strictEqual(answer.state, "handed-over");
    await until(async () => texts(await alice.history({ limit: 9 })).includes("answer"));
    strictEqual((await alice.history({ limit: 1 }))[0].via, "dmsg-chat");
    await rejects(send("x", { to: { pk: bob.pk, port: 9001 }, key: "k" }), kind("usage"));
  });
}
