/** A stream as the layer above has it: whom window is given to, and what each way of ending it does. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { NetworkError } from "../../lib/wire/errors.ts";
import { HEADER_BYTES } from "../../lib/yamux/frame.ts";
import { Mux } from "../../lib/yamux/mux.ts";
import type { MuxStream } from "../../lib/yamux/mux_stream.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Connection } from "../fakes/connection.ts";

const WINDOW_BYTES = 1000;

/** A stream of two sessions, and what the sinks of its sides hear. */
async function setUp() {
  const clock = new FakeClock();
  const { ends } = new Connection({ clock, latencyMs: () => 1 });
  const limits = { windowBytes: WINDOW_BYTES };
  let there: MuxStream | undefined;
  const client = new Mux({ duplex: ends[0], role: "client", clock, limits });
  const server = new Mux({
    duplex: ends[1],
    role: "server",
    clock,
    limits,
    onStream: (stream) => void (there = stream),
  });
  const here = client.open();
  await clock.advance(10);
  return { clock, client, server, here, there: there! };
}

const payload = (...bytes: number[]): Uint8Array => Uint8Array.of(...new Uint8Array(HEADER_BYTES), ...bytes);
const many = (bytes: number): Uint8Array => payload(...new Uint8Array(bytes));

/** What a sink hears, in order. */
function heard(stream: MuxStream): (number | string)[] {
  const seen: (number | string)[] = [];
  stream.attach({
    bytes: (view) => seen.push(view.length === 1 ? view[0] : `${view.length} bytes`),
    end: (error) => seen.push(error?.message ?? "end"),
  });
  return seen;
}

/** Writers that wait, and what each was told. */
function writers(stream: MuxStream, ...minBytes: number[]): unknown[] {
  const told: unknown[] = minBytes.map(() => "waits");
  minBytes.forEach((bytes, i) =>
    void stream.writable(bytes).then((room) => told[i] = room, (error: NetworkError) => {
      told[i] = `${error.message}${error.retry ? ", again" : ""}`;
    })
  );
  return told;
}

Deno.test("Who waits for window gets it once it holds as much as was asked for", async () => {
  const { clock, here, there } = await setUp();
  heard(there);
  strictEqual(here.headroomBytes, HEADER_BYTES);
  deepStrictEqual([await here.writable(WINDOW_BYTES), await here.writable(1)], [WINDOW_BYTES, WINDOW_BYTES]);
  await here.send(many(WINDOW_BYTES));
  await clock.advance(10);
  const told = writers(here, 1, 500, 501);
  there.consumed(0);
  there.consumed(499);
  await clock.advance(10);
  deepStrictEqual([told, here.moved], [["waits", "waits", "waits"], 0], "half a window is granted, or none");
  there.consumed(1);
  await clock.advance(10);
  deepStrictEqual([told, here.moved], [[500, 500, "waits"], 1]);
  there.consumed(500);
  await clock.advance(10);
  deepStrictEqual([told, here.moved], [[500, 500, 1000], 2]);
  const pong = here.ping();
  await clock.advance(10);
  strictEqual(await pong, 2);
});

Deno.test("Who waits for window is told why none comes, and nothing is sent from then on", async () => {
  const ways: Record<string, [(streams: Awaited<ReturnType<typeof setUp>>) => unknown, string]> = {
    finish: [({ here }) => here.finish(), "stream is closed for writing"],
    release: [({ here }) => here.release(), "stream is closed"],
    reset: [({ here }) => here.reset(), "stream was reset, again"],
    "the peer's reset": [({ there }) => there.reset(), "stream was reset, again"],
    "the session's end": [({ client }) => client.close(), "session has ended, again"],
  };
  for (const [way, [end, message]] of Object.entries(ways)) {
    const all = await setUp();
    heard(all.here);
    heard(all.there);
    await all.there.send(payload(1));
    await all.here.send(many(WINDOW_BYTES));
    await all.clock.advance(10);
    const told = writers(all.here, 1, WINDOW_BYTES);
    await end(all);
    await all.clock.advance(10);
    deepStrictEqual(told, [message, message], way);
    await all.here.finish(); // what has ended otherwise stays that
    deepStrictEqual(await refusals(all.here), [message, message], way);
    all.here.consumed(1); // what was on its way to a reader is harmless
  }
});

async function refusals(stream: MuxStream): Promise<unknown[]> {
  const told = writers(stream, 1);
  await rejects(stream.send(payload(1)), (error: NetworkError) => {
    told.push(`${error.message}${error.retry ? ", again" : ""}`);
    return true;
  });
  return told;
}

Deno.test("A finished stream goes on reading, and may be finished again", async () => {
  const { clock, here, there } = await setUp();
  const [ours, theirs] = [heard(here), heard(there)];
  await here.finish();
  await here.finish();
  await there.send(payload(1));
  await clock.advance(10);
  await there.finish();
  await clock.advance(10);
  deepStrictEqual([ours, theirs], [[1, "end"], ["end"]]);
});

Deno.test("A released stream hears nothing more, and credits what its peer still sends", async () => {
  const { clock, client, server, here, there } = await setUp();
  const [ours, theirs] = [heard(here), heard(there)];
  here.release();
  await clock.advance(10);
  for (let i = 0; i < 5; i++) {
    await there.send(many(await there.writable(WINDOW_BYTES / 2)));
    await clock.advance(10);
  }
  await there.finish();
  await clock.advance(10);
  deepStrictEqual([ours, theirs], [[], ["end"]]);
  deepStrictEqual([client.streamCount, server.streamCount], [0, 0]);
});

Deno.test("A reset is heard by both sides, once, and an end behind it by none", async () => {
  const { clock, client, here, there } = await setUp();
  const [ours, theirs] = [heard(here), heard(there)];
  let gone = 0;
  here.onceGone(() => gone++);
  here.reset();
  deepStrictEqual([ours, gone], [["stream was reset"], 1], "at once");
  await clock.advance(10);
  client.close();
  await clock.advance(10);
  deepStrictEqual([ours, theirs, gone], [["stream was reset"], ["stream was reset"], 1]);
});

Deno.test("Each sink hears what comes while it is attached; what one puts back comes first to the next", async () => {
  const { clock, here, there } = await setUp();
  const first = heard(there);
  await here.send(payload(1));
  await clock.advance(10);
  const second = heard(there);
  await here.send(payload(2));
  await clock.advance(10);
  there.putBack(Uint8Array.of(3));
  await here.send(payload(4, 5, 6));
  await clock.advance(10);
  const third = heard(there);
  there.putBack(new Uint8Array(0));
  const fourth = heard(there);
  await here.finish();
  await clock.advance(10);
  deepStrictEqual([first, second, third, fourth], [[1], [2], ["4 bytes"], ["end"]]);
});

Deno.test("What waits is counted off once, however often its stream is ended, and an end is told behind it", async () => {
  for (const ways of [["release", "reset"], ["reset", "release"], ["reset", "reset"]] as const) {
    const { clock, here, there } = await setUp();
    let held = 0;
    const count = {
      hold: (bytes: number) => (held += bytes, true),
      release: (bytes: number) => void (held -= bytes),
    };
    await here.send(payload(1, 2, 3));
    await here.finish();
    await clock.advance(10);
    there.countWaiting(count);
    strictEqual(held, 3);
    for (const way of ways) there[way]();
    strictEqual(held, 0, ways.join());
  }
  const { clock, here, there } = await setUp();
  await here.send(payload(9));
  await here.finish();
  await clock.advance(10);
  there.countWaiting({ hold: () => true, release: () => {} });
  const seen = heard(there);
  there.countWaiting({ hold: () => false, release: () => {} }); // nothing waits any more
  deepStrictEqual(seen, [9, "end"]);
});
