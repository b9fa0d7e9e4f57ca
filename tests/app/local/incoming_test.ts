/** What comes from peers: acks, bursts, strangers, receipts. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Incoming } from "../../../lib/app/messages/incoming.ts";
import { Messenger } from "../../../lib/app/messages/messenger.ts";
import { PeerBook } from "../../../lib/app/peers/peer_book.ts";
import { encodeDmsgChat } from "../../../lib/chat/dmsg_chat.ts";
import { encodeEnvelope } from "../../../lib/chat/envelope.ts";
import { CHAT_FRAME, encodeChatFrame } from "../../../lib/chat/frame.ts";
import type { Place } from "../../../lib/store/place/place.ts";
import { concat, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { FrameReader } from "../../../lib/wire/frame.ts";
import { seededRandom } from "../../fakes/random.ts";
import { keyOf, party } from "./pair.ts";
import { ALICE, BOB, CAROL, texts, World } from "./world.ts";

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
    while ((await bob.node.status()).inbound < 10_000) await world.pass(10);
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
  await world.done(bob.peers.decide({ peer: ALICE, accepted: true }));
  strictEqual(await send("m20"), "acked");
});

World.test("What an unknown sender says in one burst counts message by message", async (world) => {
  const bob = await world.open("bob", { settings: { acceptFirst: true } });
  const stream = await world.done(world.hub.client(ALICE).dial({ pk: BOB, port: 1 }));
  const burst = (from: number, to: number): Uint8Array =>
    concat(...Array.from({ length: to - from }, (_, i) => encodeChatFrame(utf8(`m${from + i}`))));
  await world.done(stream.write(burst(0, 30)));
  await world.pass(1000);
  deepStrictEqual((await texts(bob)).length, 20);
  await world.done(bob.peers.decide({ peer: ALICE, accepted: true }));
  await world.done(stream.write(burst(30, 60)));
  await world.pass(1000);
  deepStrictEqual((await texts(bob)).length, 50);
});

World.test("A burst that is on its way when its sender is blocked is kept by nobody", async (world) => {
  const { store } = await world.done(party(world.hub, "bob", world.clock));
  const book = new PeerBook(store);
  const kept: string[] = [];
  const incoming = new Incoming({
    store,
    book,
    clock: world.clock,
    settings: {},
    onProblem: (error) => {
      throw error;
    },
    onKept: (from) => kept.push(from),
    onLateAck: () => Promise.resolve(),
  });
  const burst = ["one", "two"].map((body) => ({ from: ALICE, body, form: "text", wantsAck: false }) as const);
  deepStrictEqual(await incoming.take(burst), [true, true]);
  await book.commit([{ kind: "peer", peer: ALICE, facts: { blocked: true } }]);
  deepStrictEqual(await incoming.take(burst), [false, false]);
  strictEqual((await store.messages.newest(ALICE, 9)).length, 2);
  deepStrictEqual(kept, [ALICE, ALICE]);
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
  await world.done(bob.peers.decide({ peer: keyOf("stranger 7"), accepted: true }));
  const say = async (name: string) => {
    const { messenger } = world.classic(name);
    return (await world.done(messenger.send({ pk: BOB, port: 1 }, "hi", { waitMs: 100 }))).state;
  };
  deepStrictEqual([await say("carol"), await say("dave")], ["acked", "unconfirmed"]);
  await world.done(bob.messages.forget({ peer: keyOf("stranger 8") }));
  deepStrictEqual([await say("erin"), await say("frank")], ["acked", "unconfirmed"]);
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
  deepStrictEqual((await alice.messages.history({ limit: 9 })).map(({ text, state }) => [text, state]), [
    ["hello", "received"],
    ["mine", "received"],
  ]);
  await world.done(messenger.notify(to, [{ kind: "read", id: id! }, { kind: "delete", id: "bobs" }]));
  await world.pass(0);
  deepStrictEqual((await alice.messages.history({ limit: 9 })).map(({ text, state }) => [text, state]), [
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
  deepStrictEqual(
    (await bob.messages.history({ limit: 9 })).map(({ peer, text, reason }) => [peer, text, reason]),
    [
      [ALICE, "I am carol", "it names another key as its sender"],
      [ALICE, "no, alice", undefined],
    ],
  );
});

World.test("Who can't be let in because the store can't be read is a problem that is told", async (world) => {
  const problems: string[] = [];
  let isDown = false;
  const bob = await world.open("bob", {
    onProblem: ({ message }) => void problems.push(message),
    place: (place) => ({
      ...place,
      read: (keys) => isDown ? Promise.reject(new Error("the server does not answer")) : place.read(keys),
    }),
  });
  isDown = true;
  const stream = await world.done(world.hub.client(ALICE).dial({ pk: BOB, port: 1 }));
  strictEqual(await world.done(stream.read().catch(() => null)), null, "the stream is closed");
  deepStrictEqual(problems, ["Cannot read the messages in memory: the storage failed"]);
  isDown = false;
  strictEqual((await world.done(bob.messages.history({ peer: ALICE, limit: 9 }))).length, 0);
});
