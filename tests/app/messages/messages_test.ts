import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { CHAT_PORT, type IncomingMessage, Messenger } from "../../../lib/app/messages/messenger.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { systemRandom } from "../../../lib/sys/random.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { Bench, type BenchClient } from "../../dmsg/bench.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { each } from "./each.ts";

/** A key that no test has. */
const NOBODY = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

/** Two parties on one server; `b` is registered and listens. */
class Pair {
  readonly bench = new Bench();
  readonly stop = new AbortController();
  a!: BenchClient;
  b!: BenchClient;
  alice!: Messenger;
  bob!: Messenger;
  readonly taken: IncomingMessage[] = [];
  /** What `listen` of b ended with. */
  ended!: Promise<void>;

  static async of(
    keep: (message: IncomingMessage) => boolean | Promise<boolean> = () => true,
  ): Promise<Pair> {
    const pair = new Pair();
    const { bench } = pair;
    await bench.server(90);
    pair.a = bench.client(1);
    pair.b = await bench.published(2);
    pair.alice = pair.messenger(pair.a);
    pair.bob = pair.messenger(pair.b);
    pair.ended = pair.bob.listen(
      each((message) => {
        pair.taken.push(message);
        return keep(message);
      }),
      pair.stop.signal,
    );
    pair.ended.catch(() => {});
    return pair;
  }

  messenger(client: BenchClient): Messenger {
    const { clock, world } = this.bench;
    return new Messenger({ network: client.dmsg, clock, random: world.random(client.host) });
  }

  /** Sends from a to b. */
  send(text: string, waitMs = 5000): ReturnType<Messenger["send"]> {
    return this.bench.done(this.alice.send({ pk: this.b.dmsg.pk, port: CHAT_PORT }, text, { waitMs }));
  }
}

/** Takes streams to port 1 and does nothing with them, as a peer that never acks. */
async function deafPair(): Promise<{ pair: Pair; frames: () => Promise<string> }> {
  const pair = new Pair();
  const { bench } = pair;
  await bench.server(90);
  pair.a = bench.client(1);
  pair.b = await bench.published(2);
  pair.alice = pair.messenger(pair.a);
  const listener = pair.b.dmsg.listen(CHAT_PORT);
  const frames = async () => {
    const stream = (await bench.done(listener.accept()))!;
    const text = fromUtf8((await bench.done(stream.read()))!.slice());
    stream.close();
    return text;
  };
  return { pair, frames };
}

Deno.test("Messenger tells acked when the peer has kept the message", async () => {
  const pair = await Pair.of();
  const outcome = await pair.send("hello");
  ok(outcome.state === "acked" && outcome.ms > 0 && /^[0-9a-f]{16}$/.test(outcome.id));
  deepStrictEqual(pair.taken, [
    { form: "envelope", body: "hello", wantsAck: true, id: outcome.id, from: pair.a.dmsg.pk },
  ]);
});

Deno.test("Messenger writes no ack before the message is kept, and reads nothing more meanwhile", async () => {
  const kept = Promise.withResolvers<boolean>();
  const pair = await Pair.of(() => kept.promise);
  let settled = 0;
  const sends = ["one", "two"].map((text) =>
    pair.alice.send({ pk: pair.b.dmsg.pk, port: 1 }, text, { waitMs: 5000 })
  );
  for (const send of sends) send.then(() => settled++);
  await pair.bench.until(() => pair.taken.length === 1);
  await pair.bench.clock.advance(1000);
  deepStrictEqual([settled, pair.taken.length], [0, 1]);
  kept.resolve(true);
  const outcomes = await pair.bench.done(Promise.all(sends));
  deepStrictEqual(outcomes.map(({ state }) => state), ["acked", "acked"]);
  deepStrictEqual(pair.taken.map(({ body }) => body), ["one", "two"]);
});

Deno.test("Messenger that does not take a message leaves its sender without an ack", async () => {
  const pair = await Pair.of(() => false);
  const outcome = await pair.send("hello", 200);
  ok(outcome.state === "unconfirmed" && outcome.reason === "timeout");
  strictEqual(pair.taken.length, 1);
});

Deno.test("Messenger stops to listen when a message can't be kept", async () => {
  const pair = await Pair.of(() => {
    throw new Error("disk full");
  });
  const outcome = await pair.send("hello", 200);
  strictEqual(outcome.state, "unconfirmed");
  await rejects(pair.ended, /disk full/);
});

Deno.test("Messenger without a wait sends the plain text, and ends when the server has it", async () => {
  const pair = await Pair.of();
  const outcome = await pair.send("hello", 0);
  ok(outcome.state === "handed-over" && outcome.ms >= 20, "a round trip to the server");
  await pair.bench.until(() => pair.taken.length === 1);
  deepStrictEqual(pair.taken, [{ form: "text", body: "hello", wantsAck: false, from: pair.a.dmsg.pk }]);
});

Deno.test("Messenger dials once for messages that are sent at the same time, and keeps their order", async () => {
  const pair = await Pair.of();
  const to = { pk: pair.b.dmsg.pk, port: CHAT_PORT };
  const sends = ["1", "2", "3"].map((text) => pair.alice.send(to, text, { waitMs: 5000 }));
  const outcomes = await pair.bench.done(Promise.all(sends));
  deepStrictEqual(outcomes.map(({ state }) => state), ["acked", "acked", "acked"]);
  deepStrictEqual(pair.taken.map(({ body }) => body), ["1", "2", "3"]);
  strictEqual(pair.a.dmsg.usage.streams, 1);
});

Deno.test("Messenger answers on the connection that the peer has made", async () => {
  const pair = await Pair.of();
  await pair.send("hello");
  const heard: string[] = [];
  void pair.alice.listen(each(({ body }) => heard.push(body) > 0), pair.stop.signal);
  const answer = pair.bob.send({ pk: pair.a.dmsg.pk, port: CHAT_PORT }, "hello yourself", { waitMs: 5000 });
  strictEqual((await pair.bench.done(answer)).state, "acked");
  deepStrictEqual(heard, ["hello yourself"]);
});

Deno.test("Messenger that does not listen acks nothing that comes on its connection", async () => {
  const pair = await Pair.of();
  await pair.send("hello");
  const answer = pair.bob.send({ pk: pair.a.dmsg.pk, port: CHAT_PORT }, "hello yourself", { waitMs: 300 });
  const outcome = await pair.bench.done(answer);
  ok(outcome.state === "unconfirmed" && outcome.reason === "timeout");
});

Deno.test("Messenger dials again when the connection has ended", async () => {
  const pair = await Pair.of();
  await pair.send("one");
  pair.bob.close();
  await pair.ended;
  await pair.bench.clock.advance(1000);
  pair.bob = pair.messenger(pair.b);
  void pair.bob.listen(each((message) => pair.taken.push(message) > 0), pair.stop.signal);
  strictEqual((await pair.send("two")).state, "acked");
  deepStrictEqual(pair.taken.map(({ body }) => body), ["one", "two"]);
});

Deno.test("Messenger gives the way to the peer and the ack one time limit together", async () => {
  const clock = new FakeClock();
  const network = {
    dial: () => new Promise<never>(() => {}),
    listen: () => {
      throw new TypeError("nobody listens");
    },
  };
  const messenger = new Messenger({ network, clock, random: systemRandom });
  const late = rejects(
    messenger.send({ pk: NOBODY, port: CHAT_PORT }, "x", { waitMs: 2000 }),
    (error) => error instanceof NetworkError && error.reason === "unreachable",
  );
  await clock.advance(1999);
  strictEqual(clock.pendingTimers, 1);
  await clock.advance(1);
  await late;
});

Deno.test("Messenger takes a fresh connection after one that was silent", async () => {
  const { pair } = await deafPair();
  for (const expected of [1, 2]) {
    const outcome = await pair.send("hello", 1000);
    ok(outcome.state === "unconfirmed" && outcome.reason === "timeout");
    strictEqual(pair.a.dmsg.usage.streams, expected, "the silent one stays for a late ack");
  }
});

Deno.test("Messenger keeps what a peer says on another connection behind what it has said before, and holds up nobody else", async () => {
  const kept = Promise.withResolvers<boolean>();
  const pair = await Pair.of(({ body }) => body === "one" ? kept.promise : true);
  strictEqual((await pair.send("one", 200)).state, "unconfirmed"); // so the next one goes another way
  const second = pair.alice.send({ pk: pair.b.dmsg.pk, port: CHAT_PORT }, "two", { waitMs: 60_000 });
  const carol = pair.messenger(pair.bench.client(3));
  await pair.bench.done(carol.send({ pk: pair.b.dmsg.pk, port: CHAT_PORT }, "hello", { waitMs: 5000 }));
  await pair.bench.clock.advance(1000);
  deepStrictEqual(pair.taken.map(({ body }) => body), ["one", "hello"]);
  kept.resolve(true);
  strictEqual((await pair.bench.done(second)).state, "acked");
  deepStrictEqual(pair.taken.map(({ body }) => body), ["one", "hello", "two"]);
});

Deno.test("Messenger asks after the server when an ack does not come: a dead socket is given up 10 s later", async () => {
  const pair = await Pair.of();
  const { bench, a } = pair;
  strictEqual((await pair.send("one", 1000)).state, "acked");
  for (const { connection } of bench.world.network.connections({ from: a.host })) connection.silence();
  const startMs = bench.clock.nowMs();
  ok((await pair.send("two", 1000)).state === "unconfirmed");
  await bench.until(() => a.events.some(({ kind }) => kind === "session-down"));
  const tookMs = bench.clock.nowMs() - startMs;
  ok(tookMs >= 11_000 && tookMs < 11_100, `took ${tookMs} ms`);
  strictEqual((await pair.send("three", 1000)).state, "acked");
});

Deno.test("Messenger does not write a message again when the connection ends without an ack", async () => {
  const { pair, frames } = await deafPair();
  const sent = pair.alice.send({ pk: pair.b.dmsg.pk, port: CHAT_PORT }, "hello", {
    waitMs: 5000,
    id: "00ff",
  });
  const frame = await frames();
  strictEqual(
    frame,
    fromUtf8(encodeChatFrame(utf8('{"type":"chat-msg","id":"00ff","body":"hello","ack":true}'))),
  );
  deepStrictEqual(await pair.bench.done(sent), { state: "unconfirmed", id: "00ff", reason: "no ack" });
  await pair.bench.clock.advance(1000);
  strictEqual(pair.a.dmsg.usage.streams, 0);
});

Deno.test("Messenger tells who can't be reached, and who refuses", async () => {
  const pair = await Pair.of();
  const to = (pk: string, port: number) =>
    pair.bench.done(pair.alice.send({ pk, port }, "x", { waitMs: 500 }));
  const reason = (expected: string) => (error: unknown) =>
    error instanceof NetworkError && error.reason === expected;
  await rejects(to(pair.bench.client(3).dmsg.pk, CHAT_PORT), reason("unreachable"));
  await rejects(to(pair.b.dmsg.pk, 99), reason("refused"));
});

Deno.test("Messenger gives a send up at its signal, and a closed one dials no more", async () => {
  const pair = await Pair.of(() => new Promise<boolean>(() => {}));
  const give = new AbortController();
  const { pk } = pair.b.dmsg;
  const sent = pair.alice.send({ pk, port: CHAT_PORT }, "x", { waitMs: 5000, signal: give.signal });
  await pair.bench.until(() => pair.taken.length === 1);
  give.abort(new Error("given up"));
  await rejects(sent, /given up/);
  pair.alice.close();
  await rejects(pair.send("y"), (error: unknown) => match(String(error), /closed/) === undefined);
});

Deno.test("Messenger listens until its signal, and only once on a client", async () => {
  const pair = await Pair.of();
  await rejects(pair.messenger(pair.b).listen(each(() => true), pair.stop.signal), { code: 400 });
  pair.stop.abort();
  await pair.ended;
  await pair.messenger(pair.b).listen(each(() => true), pair.stop.signal);
});

Deno.test("Messenger hears what peers say about messages, in turn with the messages", async () => {
  const pair = await Pair.of();
  const heard: string[] = [];
  const { clock, world } = pair.bench;
  const carol = await pair.bench.published(3);
  const messenger = new Messenger({
    network: carol.dmsg,
    clock,
    random: world.random("carol"),
    once: true,
    onNotice: (from, notice) => void heard.push(`${from === pair.a.dmsg.pk} ${notice.kind} ${notice.id}`),
  });
  void messenger.listen(
    each(async ({ id }) => {
      await Promise.resolve();
      return heard.push(`message ${id}`) > 0;
    }),
    pair.stop.signal,
  );
  const to = { pk: carol.dmsg.pk, port: CHAT_PORT };
  const outcome = await pair.bench.done(pair.alice.send(to, "x", { waitMs: 1000, id: "one" }));
  ok(outcome.state === "acked" && outcome.once, "its acks say that an id is kept once");
  await pair.bench.done(pair.alice.notify(to, [{ kind: "delete", id: "one" }, { kind: "read", id: "two" }]));
  await pair.bench.until(() => heard.length === 3);
  deepStrictEqual(heard, ["message one", "true deleted one", "true read two"]);
});

Deno.test("Messenger takes no connection of a peer that it does not admit, and drops one of it", async () => {
  const pair = await Pair.of();
  const { clock, world } = pair.bench;
  const carol = await pair.bench.published(3);
  let admits = true;
  const peers: string[] = [];
  const messenger = new Messenger({
    network: carol.dmsg,
    clock,
    random: world.random("carol"),
    admit: () => Promise.resolve(admits),
    onPeer: (from) => peers.push(from),
  });
  void messenger.listen(each(() => true), pair.stop.signal);
  const to = { pk: carol.dmsg.pk, port: CHAT_PORT };
  const send = async () => (await pair.bench.done(pair.alice.send(to, "x", { waitMs: 1000 }))).state;
  strictEqual(await send(), "acked");
  deepStrictEqual(peers, [pair.a.dmsg.pk]);
  admits = false;
  messenger.drop(pair.a.dmsg.pk);
  await pair.bench.until(() => pair.a.dmsg.usage.streams === 0);
  ok(await send().catch(() => "not sent") !== "acked");
  strictEqual(peers.length, 1);
});

Deno.test("Messenger writes nothing when it is told so at the last moment", async () => {
  const pair = await Pair.of();
  const to = { pk: pair.b.dmsg.pk, port: CHAT_PORT };
  let written = false;
  const delivered = pair.alice.deliver(to, { text: "x", id: "1", ack: true }, {
    waitMs: 1000,
    beforeWrite: () => Promise.reject(new Error("not now")),
    onWritten: () => written = true,
  });
  await rejects(pair.bench.done(delivered), /not now/);
  await pair.bench.clock.advance(1000);
  deepStrictEqual([written, pair.taken], [false, []]);
});
