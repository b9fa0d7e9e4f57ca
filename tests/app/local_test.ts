import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type MessageView, type SendReport, type SendRequest } from "../../lib/app/app.ts";
import type { Kept } from "../../lib/app/inbox.ts";
import { type LocalApp, openLocalApp } from "../../lib/app/local.ts";
import { type IncomingMessage, Messenger } from "../../lib/app/messages.ts";
import { encodeDmsgChat } from "../../lib/chat/dmsg_chat.ts";
import { encodeEnvelope } from "../../lib/chat/envelope.ts";
import { CHAT_FRAME, encodeChatFrame } from "../../lib/chat/frame.ts";
import { sendId } from "../../lib/chat/send_id.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../lib/store/memory.ts";
import { openStore } from "../../lib/store/open.ts";
import type { Place } from "../../lib/store/place.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { FrameReader } from "../../lib/wire/frame.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { Bench, type BenchClient } from "../dmsg/bench.ts";
import { ChatHub } from "../fakes/chat_hub.ts";
import { quiet } from "../fakes/quiet.ts";
import { seededRandom } from "../fakes/random.ts";
import { diskFull } from "../fakes/faulty_store.ts";
import { ChatWorld, worldTests } from "./chat_world.ts";
import { each } from "./each.ts";
import { keyOf } from "./local_pair.ts";

const [ALICE, BOB, CAROL] = ["alice", "bob", "carol"].map(keyOf);

class World extends ChatWorld {
  static readonly test = worldTests(World);

  /** A program that knows acks, but neither `once` nor ids: the Go one. */
  classic(
    name: string,
    take: (message: IncomingMessage) => Kept | Promise<Kept> = () => true,
  ): { messenger: Messenger; taken: IncomingMessage[] } {
    const network = this.hub.client(keyOf(name));
    const messenger = new Messenger({ network, clock: this.clock, random: seededRandom(name) });
    const taken: IncomingMessage[] = [];
    const commit = each((message) => {
      taken.push(message);
      return take(message);
    });
    const listening = messenger.listen(commit, new AbortController().signal);
    listening.catch(() => {});
    this.atEnd(() => messenger.close());
    return { messenger, taken };
  }

  send(app: LocalApp, text: string, more: Partial<SendRequest> = {}): Promise<SendReport> {
    return this.done(app.send({ to: { pk: BOB, port: 1 }, text, waitMs: 1000, ...more }));
  }

  /** A process that ends without a word: its store stays as it is at this moment. */
  crash(pk: string, rows: MemoryRows): MemoryRows {
    const left = { rows: new Map(rows.rows), writes: rows.writes };
    this.hub.crash(pk);
    return left;
  }
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const states = async (app: LocalApp): Promise<string[]> =>
  (await app.history({ limit: 99 })).filter(({ outgoing }) => outgoing).map(({ state }) => state);
const texts = async (app: LocalApp): Promise<string[]> =>
  (await app.history({ limit: 999 })).map(({ text }: MessageView) => text);
const bodies = (taken: readonly IncomingMessage[]): string[] => taken.map(({ body }) => body);

World.test("Messages that come together are kept in one write, also 10,000 tiny ones", async (world) => {
  let writes = 0;
  const counting = (place: Place): Place => ({
    ...place,
    write: (...args) => {
      writes++;
      return place.write(...args);
    },
  });
  const bob = await world.open("bob", { place: counting });
  const [before, stream] = [writes, await world.done(world.hub.client(ALICE).dial({ pk: BOB, port: 1 }))];
  const frame = encodeChatFrame(utf8("x"));
  const burst = new Uint8Array(10_000 * frame.length);
  for (let i = 0; i < 10_000; i++) burst.set(frame, i * frame.length);
  await world.done(stream.write(burst));
  await world.done((async () => {
    while ((await bob.status()).inbound < 10_000) await world.pass(10);
  })());
  strictEqual(writes - before < 500, true, `${writes - before} writes`);
});

World.test("A repeat in a burst is acked and kept once, and another text under its id refused", async (world) => {
  const bob = await world.open("bob");
  const stream = await world.done(world.hub.client(ALICE).dial({ pk: BOB, port: 1 }));
  const frames = ([["one", "1"], ["two", "2"], ["one", "1"], ["other", "2"], ["three", "3"]] as const).map((
    [body, id],
  ) => encodeChatFrame(encodeEnvelope({ type: "chat-msg", id, body, ack: true })));
  await world.done(stream.write(concat(...frames)));
  const acked: string[] = [];
  const reader = new FrameReader(CHAT_FRAME);
  while (acked.length < 4) {
    reader.push(
      (await world.done(stream.read()))!,
      (payload) => acked.push(JSON.parse(fromUtf8(payload)).id) > 0,
    );
  }
  deepStrictEqual(acked, ["1", "2", "1", "3"]);
  deepStrictEqual(await texts(bob), ["one", "two", "three"]);
});

World.test("A lost ack leaves a message to a classic peer unconfirmed, until a hand sends it again", async (world) => {
  const alice = await world.open("alice");
  const { taken } = world.classic("bob");
  strictEqual((await world.send(alice, "first")).state, "acked");
  world.hub.muted.add(BOB);
  const { state, reason } = await world.send(alice, "hello", { queue: true });
  deepStrictEqual([state, reason], ["unconfirmed", "timeout"]);
  world.hub.muted.delete(BOB);
  await world.pass(30 * MINUTE_MS);
  deepStrictEqual([bodies(taken), await alice.outbox()], [["first", "hello"], []]);
  deepStrictEqual(await states(alice), ["received", "unconfirmed"]);
  await world.done(alice.retry({ peer: BOB, position: 2 }));
  deepStrictEqual(await states(alice), ["received", "received"]);
  deepStrictEqual(bodies(taken), ["first", "hello", "hello"], "a classic peer shows it twice");
  strictEqual(taken[2].id, taken[1].id);
});

World.test("A lost ack makes a queued message come again at a peer that keeps one copy", async (world) => {
  const alice = await world.open("alice");
  const bob = await world.open("bob");
  await world.send(alice, "first");
  world.hub.muted.add(BOB);
  const { state, reason } = await world.send(alice, "hello", { queue: true });
  deepStrictEqual([state, reason], ["queued", "timeout"]);
  strictEqual((await alice.outbox())[0].message.state, "sent");
  world.hub.muted.delete(BOB);
  await world.pass(10_000);
  deepStrictEqual(await states(alice), ["received", "received"]);
  deepStrictEqual([await texts(bob), await alice.outbox()], [["first", "hello"], []]);
});

World.test("A message that is not queued is not sent again, whoever the peer is", async (world) => {
  const alice = await world.open("alice");
  const bob = await world.open("bob");
  await world.send(alice, "first");
  world.hub.muted.add(BOB);
  strictEqual((await world.send(alice, "hello")).state, "unconfirmed");
  world.hub.muted.delete(BOB);
  await world.pass(MINUTE_MS);
  deepStrictEqual(await states(alice), ["received", "unconfirmed"]);
  await world.done(alice.retry({ peer: BOB, position: 2 }));
  deepStrictEqual([await states(alice), await texts(bob)], [["received", "received"], ["first", "hello"]]);
});

World.test("A message that never left is tried again with any peer, later and later", async (world) => {
  const alice = await world.open("alice");
  strictEqual((await world.send(alice, "hello", { queue: true })).state, "queued");
  const { taken } = world.classic("bob");
  world.hub.away.add(BOB);
  await world.pass(60 * MINUTE_MS);
  const tries = world.hub.dials.length;
  ok(tries >= 12 && tries <= 18, `${tries} tries in an hour`);
  world.hub.away.delete(BOB);
  await world.pass(10 * MINUTE_MS);
  deepStrictEqual([bodies(taken), await states(alice)], [["hello"], ["received"]]);
});

World.test("A message that waits for 7 days is given up", async (world) => {
  const alice = await world.open("alice");
  await world.send(alice, "hello", { queue: true });
  await world.pass(8 * DAY_MS);
  const [message] = await alice.history({ limit: 1 });
  deepStrictEqual([message.state, message.reason, await alice.outbox()], [
    "failed",
    "it waited for 7 days",
    [],
  ]);
});

World.test("Messages leave in their order once the peer makes a connection", async (world) => {
  const alice = await world.open("alice");
  for (const text of ["one", "two", "three"]) await world.send(alice, text, { queue: true });
  await world.pass(20 * MINUTE_MS);
  const { messenger, taken } = world.classic("bob");
  await world.done(messenger.send({ pk: ALICE, port: 1 }, "I am back", { waitMs: 1000 }));
  await world.pass(0);
  deepStrictEqual(bodies(taken), ["one", "two", "three"]);
});

World.test("Messages leave once our own network is back", async (world) => {
  const alice = await world.open("alice");
  const { taken } = world.classic("bob");
  const gone = new NetworkError("no discovery", { retry: true, reason: "no-network" });
  world.hub.failures.set(ALICE, gone);
  strictEqual((await world.send(alice, "hello", { queue: true })).reason, "no discovery");
  await world.pass(20 * MINUTE_MS);
  world.hub.failures.delete(ALICE);
  alice.networkEvent({ kind: "session-up", server: "server", hybrid: false });
  await world.pass(0);
  deepStrictEqual(bodies(taken), ["hello"]);
  const [event] = (await Array.fromAsync(alice.events(0, AbortSignal.timeout(50)))).slice(-3)
    .filter(({ kind }) => kind === "network");
  ok(event.kind === "network" && event.name === "session-up");
});

World.test("An ack that comes late still tells that a message arrived", async (world) => {
  const alice = await world.open("alice");
  const kept = Promise.withResolvers<boolean>();
  world.classic("bob", () => kept.promise);
  strictEqual((await world.send(alice, "hello")).state, "unconfirmed");
  kept.resolve(true);
  await world.pass(0);
  deepStrictEqual(await states(alice), ["received"]);
});

World.test("An ack without the sign forgets that a peer keeps one copy", async (world) => {
  const alice = await world.open("alice");
  const bob = await world.open("bob");
  await world.send(alice, "one");
  strictEqual((await alice.peers())[0].once, true);
  await bob.close();
  world.classic("bob");
  await world.send(alice, "two");
  strictEqual((await alice.peers())[0].once, false);
});

/** What a crash leaves at each moment, and what the next process makes of it. */
const CRASHES: readonly {
  readonly title: string;
  readonly queue: boolean;
  readonly once: boolean;
  readonly when: "kept" | "written";
  readonly state: string;
  readonly copies: number;
}[] = [
  { title: "a queued message, kept", queue: true, once: false, when: "kept", state: "received", copies: 1 },
  {
    title: "a queued message, written",
    queue: true,
    once: false,
    when: "written",
    state: "unconfirmed",
    copies: 1,
  },
  {
    title: "a queued message, written to one that keeps one copy",
    queue: true,
    once: true,
    when: "written",
    state: "received",
    copies: 1,
  },
  { title: "a message, kept", queue: false, once: false, when: "kept", state: "unconfirmed", copies: 0 },
  {
    title: "a message, written",
    queue: false,
    once: false,
    when: "written",
    state: "unconfirmed",
    copies: 1,
  },
  {
    title: "a message, written to one that keeps one copy",
    queue: false,
    once: true,
    when: "written",
    state: "received",
    copies: 1,
  },
];

for (const { title, queue, once, when, state, copies } of CRASHES) {
  World.test(`A crash of the sender: ${title}`, async (world) => {
    const rows = emptyRows();
    const alice = await world.open("alice", { rows });
    const bob = once ? await world.open("bob") : undefined;
    const classic = once ? undefined : world.classic("bob");
    await world.send(alice, "first");
    if (when === "kept") world.hub.away.add(BOB);
    const dialling = when === "kept" ? hangDials(world.hub) : () => {};
    world.hub.muted.add(BOB);
    void alice.send({ to: { pk: BOB, port: 1 }, text: "hello", waitMs: 5000, queue }).catch(() => {});
    await world.pass(500);
    const left = world.crash(ALICE, rows);
    dialling();
    world.hub.away.delete(BOB);
    world.hub.muted.delete(BOB);
    const next = await world.open("alice", { rows: left });
    await world.pass(MINUTE_MS);
    deepStrictEqual(await states(next), ["received", state]);
    const arrived = bob ? await texts(bob) : bodies(classic!.taken);
    strictEqual(arrived.filter((text) => text === "hello").length, copies);
    deepStrictEqual(await next.outbox(), []);
  });
}

/** Dials hang from now on, as those to a peer that is away do for 20 s. @returns Ends it. */
function hangDials(hub: ChatHub): () => void {
  hub.cut(ALICE);
  hub.hanging = true;
  return () => hub.hanging = false;
}

World.test("A crash of the receiver loses nothing that it has acked, and it knows a repeat", async (world) => {
  const rows = emptyRows();
  const bob = await world.open("bob", { rows });
  const { messenger } = world.classic("alice");
  const to = { pk: BOB, port: 1 };
  const send = (text: string, id: string) => world.done(messenger.send(to, text, { waitMs: 1000, id }));
  strictEqual((await send("hello", "id1")).state, "acked");
  await world.done(bob.remove({ peer: ALICE, position: 1, everywhere: false }));
  const left = world.crash(BOB, rows);
  const next = await world.open("bob", { rows: left });
  strictEqual((await send("hello", "id1")).state, "acked", "a repeat is acked in silence");
  strictEqual(
    (await send("another", "id1")).state,
    "unconfirmed",
    "the same id with another body is refused",
  );
  deepStrictEqual((await next.history({ limit: 9 })).map(({ state }) => state), ["deleted"]);
  await world.clock.advance(31 * DAY_MS);
  strictEqual((await send("another", "id1")).state, "acked", "ids are remembered for 30 days");
});

World.test("A message that can't be kept is not acked, and the app goes on", async (world) => {
  let broken = false;
  const problems: string[] = [];
  const bob = await world.open("bob", {
    place: (place) => ({
      ...place,
      write: (...args) => broken ? Promise.reject(diskFull()) : place.write(...args),
    }),
    onProblem: ({ message }) => problems.push(message),
  });
  const alice = await world.open("alice");
  await world.send(alice, "one");
  broken = true;
  const { state } = await world.send(alice, "two", { queue: true });
  strictEqual(state, "queued");
  ok(problems.length > 0 && /disk is full/.test(problems[0]));
  await rejects(world.done(bob.send({ to: { pk: ALICE, port: 1 }, text: "x", waitMs: 100 })), /disk is full/);
  broken = false;
  await world.pass(10_000);
  deepStrictEqual([await texts(bob), await states(alice)], [["one", "two"], ["received", "received"]]);
});

World.test("A message that its sender can't keep does not leave", async (world) => {
  let broken = false;
  const alice = await world.open("alice", {
    place: (place) => ({
      ...place,
      write: (...args) => broken ? Promise.reject(diskFull()) : place.write(...args),
    }),
  });
  const { taken } = world.classic("bob");
  broken = true;
  await rejects(world.send(alice, "one"), /disk is full/);
  await world.pass(1000);
  deepStrictEqual([taken, world.hub.dials], [[], []]);
});

World.test("Accept-first keeps 20 messages of an unknown sender, and all of an accepted one", async (world) => {
  const bob = await world.open("bob", { settings: { acceptFirst: true } });
  const { messenger } = world.classic("alice");
  const send = async (text: string, id = text) =>
    (await world.done(messenger.send({ pk: BOB, port: 1 }, text, { waitMs: 100, id }))).state;
  const outcomes = [];
  for (let i = 0; i < 22; i++) outcomes.push(await send(`m${i}`));
  deepStrictEqual(outcomes, [...Array(20).fill("acked"), "unconfirmed", "unconfirmed"]);
  strictEqual(await send("m3"), "acked", "a repeat of what is kept");
  strictEqual((await texts(bob)).length, 20);
  await world.done(bob.decide({ peer: ALICE, accepted: true }));
  strictEqual(await send("m20"), "acked");
});

World.test("Accept-first keeps something of 200 unknown senders", async (world) => {
  const bob = await world.open("bob", { settings: { acceptFirst: true } });
  const states: string[] = [];
  for (let i = 0; i < 201; i++) {
    const network = world.hub.client(keyOf(`stranger ${i}`));
    const messenger = new Messenger({ network, clock: world.clock, random: seededRandom(i) });
    states.push((await world.done(messenger.send({ pk: BOB, port: 1 }, "hi", { waitMs: 100 }))).state);
    messenger.close();
  }
  deepStrictEqual([states.indexOf("unconfirmed"), states.lastIndexOf("acked")], [200, 199]);
  await world.done(bob.decide({ peer: keyOf("stranger 7"), accepted: true }));
  const { messenger } = world.classic("carol");
  strictEqual((await world.done(messenger.send({ pk: BOB, port: 1 }, "hi", { waitMs: 100 }))).state, "acked");
});

World.test("Whom we write to is accepted", async (world) => {
  const alice = await world.open("alice", { settings: { acceptFirst: true } });
  const { messenger } = world.classic("bob");
  await world.send(alice, "hello");
  const to = { pk: ALICE, port: 1 };
  for (let i = 0; i < 25; i++) {
    strictEqual((await world.done(messenger.send(to, `m${i}`, { waitMs: 100 }))).state, "acked");
  }
});

World.test("Receipts and retractions count for the right author's messages only", async (world) => {
  const alice = await world.open("alice");
  const { messenger } = world.classic("bob");
  const mallory = world.classic("carol").messenger;
  const { id } = await world.send(alice, "hello");
  const to = { pk: ALICE, port: 1 };
  await world.done(messenger.send(to, "mine", { waitMs: 100, id: "bobs" }));
  for (const kind of ["read", "delete"] as const) {
    await world.done(mallory.notify(to, [{ kind, id: id! }, { kind, id: "bobs" }]));
  }
  await world.done(messenger.notify(to, [{ kind: "delete", id: id! }, { kind: "read", id: "bobs" }]));
  await world.pass(0);
  deepStrictEqual((await alice.history({ limit: 9 })).map(({ text, state }) => [text, state]), [
    ["hello", "received"],
    ["mine", "received"],
  ]);
  await world.done(messenger.notify(to, [{ kind: "read", id: id! }, { kind: "delete", id: "bobs" }]));
  await world.pass(0);
  deepStrictEqual((await alice.history({ limit: 9 })).map(({ text, state }) => [text, state]), [
    ["hello", "read"],
    ["", "deleted"],
  ]);
});

World.test("A peer of dmsg chat that names another key is kept under its own", async (world) => {
  const bob = await world.open("bob");
  const stream = await world.done(world.hub.client(ALICE).dial({ pk: BOB, port: 9001 }));
  const say = (sender: string, message: string) =>
    stream.write(encodeChatFrame(encodeDmsgChat({ sender, message, ts: "now", network: "dmsg" })));
  await stream.write(encodeChatFrame(utf8("not JSON")));
  await say(CAROL, "I am carol");
  await say(ALICE, "no, alice");
  await world.pass(0);
  deepStrictEqual((await bob.history({ limit: 9 })).map(({ peer, text, reason }) => [peer, text, reason]), [
    [ALICE, "I am carol", "it names another key as its sender"],
    [ALICE, "no, alice", undefined],
  ]);
});

World.test("A message of dmsg chat is queued like any other, and never written twice by itself", async (world) => {
  const alice = await world.open("alice");
  const to = { pk: BOB, port: 9001 };
  strictEqual((await world.send(alice, "hello", { to, queue: true })).state, "queued");
  const bob = await world.open("bob");
  await world.pass(MINUTE_MS);
  deepStrictEqual([await texts(bob), await states(alice)], [["hello"], ["sent"]]);
});

World.test("A peer that is blocked while messages wait for it gets none", async (world) => {
  const alice = await world.open("alice");
  await world.send(alice, "hello", { queue: true });
  await world.done(alice.decide({ peer: BOB, blocked: true }));
  const { taken } = world.classic("bob");
  await world.pass(30 * MINUTE_MS);
  deepStrictEqual([taken, await states(alice)], [[], ["pending"]]);
  await world.done(alice.decide({ peer: BOB, blocked: false }));
  await world.pass(30 * MINUTE_MS);
  deepStrictEqual([bodies(taken), await states(alice)], [["hello"], ["received"]]);
});

World.test("A message that is taken back while it waits never leaves", async (world) => {
  const alice = await world.open("alice");
  for (const text of ["one", "two"]) await world.send(alice, text, { queue: true });
  await world.done(alice.remove({ peer: BOB, position: 1, everywhere: true }));
  const { taken } = world.classic("bob");
  await world.pass(MINUTE_MS);
  deepStrictEqual([bodies(taken), await states(alice)], [["two"], ["deleted", "received"]]);
  await world.done(alice.forget({ peer: BOB }));
  deepStrictEqual(await alice.conversations(), []);
});

World.test("A full outbox refuses one message more, by its size alone", async (world) => {
  const alice = await world.open("alice", { outboxBytes: 600 });
  for (let i = 0; i < 300; i++) await world.send(alice, "m", { queue: true });
  await rejects(
    world.send(alice, "m".repeat(301), { queue: true }),
    /outbox of this peer is full: this is not/,
  );
  strictEqual((await world.send(alice, "m".repeat(300), { queue: true })).state, "queued");
});

World.test("A message is tried for as long as the configuration says", async (world) => {
  const alice = await world.open("alice", { outboxAgeNs: 2n * BigInt(DAY_MS) * 1_000_000n });
  await world.send(alice, "later", { queue: true });
  await world.pass(DAY_MS);
  deepStrictEqual(await states(alice), ["pending"]);
  await world.pass(DAY_MS + MINUTE_MS);
  deepStrictEqual((await alice.history({ limit: 1 }))[0].reason, "it waited for 2 days");
});

World.test("A thousand messages at once are kept and leave in order", async (world) => {
  const alice = await world.open("alice");
  const { taken } = world.classic("bob");
  const all = Array.from({ length: 1000 }, (_, i) => `m${i}`);
  const to = { pk: BOB, port: 1 };
  const reports = await world.done(Promise.all(all.map((text) => alice.send({ to, text, waitMs: 60_000 }))));
  ok(reports.every(({ state }) => state === "acked"));
  deepStrictEqual(bodies(taken), all);
});

World.test("A one-shot app keeps what comes on its connection, and listens to nothing", async (world) => {
  const alice = await world.open("alice", { resident: false });
  const bob = await world.open("bob");
  await world.send(alice, "hello");
  const answer = await world.done(
    bob.send({ to: { pk: ALICE, port: 1 }, text: "hello yourself", waitMs: 500 }),
  );
  deepStrictEqual([answer.state, await texts(alice)], ["acked", ["hello", "hello yourself"]]);
  await alice.close();
  const late = bob.send({ to: { pk: ALICE, port: 1 }, text: "late", waitMs: 500 });
  await rejects(world.done(late), { reason: "refused" });
});

World.test("A closed app leaves what is under way unconfirmed, and what is queued in the store", async (world) => {
  const rows = emptyRows();
  const alice = await world.open("alice", { rows });
  world.classic("bob", () => new Promise<boolean>(() => {}));
  const sent = alice.send({ to: { pk: BOB, port: 1 }, text: "direct", waitMs: 60_000 });
  await world.pass(10);
  const away = { to: { pk: CAROL, port: 1 }, text: "queued", waitMs: 100, queue: true };
  await world.done(alice.send(away));
  await world.done(alice.close());
  strictEqual((await sent).state, "unconfirmed");
  await alice.closed;
  const next = await world.open("alice", { rows });
  deepStrictEqual((await next.outbox()).map(({ message }) => message.text), ["queued"]);
  deepStrictEqual((await next.history({ peer: BOB, limit: 9 })).map(({ state }) => state), ["unconfirmed"]);
});

World.test("A send is given up at its signal; the message stays", async (world) => {
  const alice = await world.open("alice");
  world.classic("bob", () => new Promise<boolean>(() => {}));
  const give = new AbortController();
  const sent = alice.send({ to: { pk: BOB, port: 1 }, text: "x", waitMs: 5000 }, give.signal);
  await world.pass(10);
  give.abort(new Error("given up"));
  await rejects(sent, /given up/);
  deepStrictEqual(await states(alice), ["pending"]);
  await world.pass(6000);
  deepStrictEqual(await states(alice), ["unconfirmed"]);
});

World.test("A message with a key has the id that follows from it", async (world) => {
  const alice = await world.open("alice");
  const { taken } = world.classic("bob");
  const { id } = await world.send(alice, "hello", { key: "backup 2026-11-23" });
  deepStrictEqual([id, taken[0].id], Array(2).fill(sendId(BOB, "backup 2026-11-23")));
  await world.send(alice, "fast", { key: "k", waitMs: 0 });
  await world.pass(0);
  deepStrictEqual([taken[1].form, taken[1].id], ["envelope", sendId(BOB, "k")]);
  await rejects(world.send(alice, "x", { key: "" }), { kind: "usage" });
});

Deno.test("Two apps talk over dmsg, and what was queued leaves when the peer comes", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [await bench.published(1), await bench.published(2)];
  const open = async (client: BenchClient) => {
    const { clock } = bench;
    const random = seededRandom(client.host);
    const store = await openStore({ place: memoryPlace(), secret: new Uint8Array(32), clock, random });
    return await openLocalApp({ client: client.dmsg, store, clock, random, resident: true, pid: 1 });
  };
  // Slower than bench.done: time must not pass while the stores' ciphers are at work.
  const done = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    promise.then(() => settled = true, () => settled = true);
    for (await quiet(); !settled; await quiet()) await bench.clock.advance(10);
    return await promise;
  };
  const alice = await done(open(a));
  const to = { pk: b.dmsg.pk, port: 1 };
  const queued = await done(alice.send({ to, text: "early", waitMs: 1000, queue: true }));
  strictEqual(queued.state, "queued");
  const bob = await done(open(b));
  await done(bob.send({ to: { pk: alice.pk, port: 1 }, text: "hello", waitMs: 5000 }));
  while ((await done(alice.outbox())).length > 0) await bench.clock.advance(100);
  strictEqual((await done(alice.send({ to, text: "late", waitMs: 5000 }))).state, "acked");
  deepStrictEqual(await texts(bob), ["hello", "early", "late"]);
  await done(Promise.all([alice.close(), bob.close()]));
});

World.test("A message that is taken back while the peer is away says that it is gone here", async (world) => {
  const alice = await world.open("alice");
  const bob = await world.open("bob");
  await world.send(alice, "oops");
  world.hub.leave(BOB);
  const failure = new NetworkError("Cannot ask the discovery", { retry: true, reason: "no-network" });
  world.hub.failures.set(ALICE, failure);
  const taken = () => world.done(alice.remove({ peer: BOB, position: 1, everywhere: true }));
  await rejects(taken, (error: NetworkError) =>
    error.reason === "no-network" &&
    /^The text is deleted here; .*do it again.*; Cannot ask the discovery$/.test(error.message));
  deepStrictEqual(await states(alice), ["deleted"]);
  world.hub.back(BOB);
  world.hub.failures.delete(ALICE);
  await taken();
  await world.pass(100);
  strictEqual((await bob.history({ limit: 1 }))[0].state, "deleted");
});
