/** A session as the layer above has it: what it refuses, and what waits for a sink. */
import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { NetworkError } from "../../lib/wire/errors.ts";
import type { YamuxLimits } from "../../lib/yamux/session.ts";
import { Mux } from "../../lib/yamux/mux.ts";
import type { MuxStream } from "../../lib/yamux/mux_stream.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Connection } from "../fakes/connection.ts";

/** A client and a server; the server's streams are gathered, or refused. */
function setUp(limits: Partial<YamuxLimits> = {}, takes = true) {
  const clock = new FakeClock();
  const { ends } = new Connection({ clock, latencyMs: () => 1 });
  const at: MuxStream[] = [];
  const client = new Mux({ duplex: ends[0], role: "client", clock, limits });
  const onStream = takes ? (stream: MuxStream) => void at.push(stream) : undefined;
  const server = new Mux({ duplex: ends[1], role: "server", clock, limits, onStream });
  return { clock, client, server, at };
}

/** Counts what waits, up to so many bytes. */
function counter(most: number) {
  return {
    held: 0,
    hold(bytes: number): boolean {
      if (this.held + bytes > most) return false;
      this.held += bytes;
      return true;
    },
    release(bytes: number): void {
      this.held -= bytes;
    },
  };
}

const isRetry = (error: unknown): boolean => error instanceof NetworkError && error.retry;
const payload = (bytes: number, of = 7): Uint8Array => new Uint8Array(12 + bytes).fill(of, 12);
/** What a sink has heard. */
function heard(stream: MuxStream) {
  const seen = { bytes: [] as number[], ends: [] as (string | undefined)[] };
  stream.attach({
    bytes: (view) => seen.bytes.push(...view),
    end: (error) => seen.ends.push(error?.message),
  });
  return seen;
}

Deno.test("Mux tells how long a round trip took, and of one that the session's end cuts off", async () => {
  const { clock, client } = setUp();
  const pong = client.ping();
  await clock.advance(10);
  strictEqual(await pong, 2);
  const cut = client.ping();
  client.close();
  await rejects(cut, /session/);
});

Deno.test("Mux refuses opens beyond the backlog and after its end, and answers no ping then", async () => {
  const { clock, client } = setUp({ backlog: 2 });
  client.open();
  client.open();
  throws(() => client.open(), /takes no more streams/);
  throws(() => client.open(), isRetry);
  await clock.advance(10);
  client.open(); // the others were acknowledged
  client.close();
  await client.closed;
  strictEqual(client.ended, true);
  throws(() => client.open(), /^NetworkError: session has ended$/);
  await rejects(client.ping(), /^NetworkError: session has ended$/);
});

Deno.test("Mux tells once that bytes of the peer have come, also of one that only greets", async () => {
  const clock = new FakeClock();
  const { ends } = new Connection({ clock, latencyMs: () => 1 });
  let first = 0;
  const client = new Mux({ duplex: ends[0], role: "client", clock, onFirstBytes: () => void first++ });
  const server = new Mux({ duplex: ends[1], role: "server", clock });
  await clock.advance(10);
  strictEqual(first, 0);
  for (let i = 0; i < 2; i++) {
    server.greet();
    await clock.advance(10);
    deepStrictEqual([first, client.ended], [1, false]);
  }
});

Deno.test("Mux that takes no streams resets them; one that does has no backlog of those that it handed over", async () => {
  const refusing = setUp({}, false);
  const seen = heard(refusing.client.open());
  await refusing.clock.advance(10);
  deepStrictEqual(seen.ends, ["stream was reset"]);
  strictEqual(refusing.server.streamCount, 0);
  const taking = setUp({ backlog: 2 });
  for (let i = 0; i < 5; i++) {
    taking.client.open();
    await taking.clock.advance(10);
  }
  strictEqual(taking.at.length, 5);
  strictEqual(taking.server.streamCount, 5);
});

Deno.test("What waits for a sink is counted until it is handed over, released or reset", async () => {
  for (const [how, left] of [["attach", 0], ["release", 0], ["reset", 0], ["wait", 300]] as const) {
    const { clock, client, at } = setUp();
    const stream = client.open();
    await stream.send(payload(100, 1));
    await clock.advance(10);
    const count = counter(1000);
    at[0].countWaiting(count); // what came before counts as well
    await stream.send(payload(200, 2));
    await clock.advance(10);
    strictEqual(count.held, 300);
    if (how === "attach") {
      deepStrictEqual(heard(at[0]).bytes, [...payload(100, 1).slice(12), ...payload(200, 2).slice(12)]);
    } else if (how !== "wait") at[0][how]();
    strictEqual(count.held, left, how);
  }
});

Deno.test("A stream of which more waits than the count allows is reset, and nothing of it stays counted", async () => {
  const { clock, client, at } = setUp();
  const stream = client.open();
  const seen = heard(stream);
  await clock.advance(10);
  const count = counter(250);
  at[0].countWaiting(count);
  for (let i = 0; i < 3; i++) await stream.send(payload(100));
  await clock.advance(10);
  deepStrictEqual([seen.ends, count.held], [["stream was reset"], 0]);
  ok(!client.ended);
});

Deno.test("A stream that has ended while nobody was attached says so once, with what came before", async () => {
  const { clock, client, server, at } = setUp();
  const stream = client.open();
  await stream.send(payload(100));
  await stream.finish();
  await clock.advance(10);
  server.close();
  await server.closed;
  deepStrictEqual(heard(at[0]), { bytes: [...payload(100).slice(12)], ends: [undefined] });
});

Deno.test("A reset behind the peer's end is heard by who asked for it, not by the sink; nothing is sent from then on", async () => {
  const { clock, client, at } = setUp();
  const stream = client.open();
  const seen = heard(stream);
  let gone = 0;
  stream.onceGone(() => gone++);
  await clock.advance(10);
  await at[0].finish();
  await rejects(at[0].send(payload(1)), /closed for writing/);
  await rejects(at[0].writable(1), /closed for writing/);
  await clock.advance(10);
  deepStrictEqual([seen.ends, gone], [[undefined], 0]);
  at[0].reset();
  await clock.advance(10);
  deepStrictEqual([seen.ends, gone], [[undefined], 1]);
  await rejects(stream.send(payload(1)), isRetry);
  await rejects(stream.writable(1), isRetry);
});
