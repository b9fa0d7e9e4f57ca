import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { ClientAccount, DEFAULT_LIMITS, type ServerLimits } from "../../lib/dmsg/server/limits.ts";
import { pipe } from "../../lib/dmsg/server/pipe.ts";
import { Mux } from "../../lib/yamux/mux.ts";
import type { MuxStream } from "../../lib/yamux/mux_stream.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Connection } from "../fakes/connection.ts";
import { seededRandom } from "../fakes/random.ts";

/** Two clients' streams that meet in a server, as `pipe` joins them. */
async function setUp(limits: Partial<ServerLimits> = {}) {
  const clock = new FakeClock();
  const accounts = [0, 1].map(() => new ClientAccount({ ...DEFAULT_LIMITS, ...limits }, clock));
  const at: MuxStream[] = [];
  const sides = [0, 1].map(() => {
    const { ends } = new Connection({ clock, latencyMs: () => 1 });
    const client = new Mux({ duplex: ends[0], role: "client", clock });
    new Mux({ duplex: ends[1], role: "server", clock, onStream: (stream) => void at.push(stream) });
    return { client, stream: client.open() };
  });
  await clock.advance(10);
  let over = false;
  void pipe(at[0], at[1], clock, accounts[0], accounts[1]).then(() => over = true);
  const [a, b] = sides.map(({ stream }) => end(stream));
  return { clock, accounts, a, b, sides, isOver: () => over };
}

/** What arrives at a client's end; credit is given back unless it is slow. */
function end(stream: MuxStream) {
  const seen = { bytes: 0, ended: false, error: undefined as Error | undefined, slow: false };
  stream.attach({
    bytes: (view) => {
      seen.bytes += view.length;
      if (!seen.slow) stream.consumed(view.length);
    },
    end: (error) => Object.assign(seen, { ended: true, error }),
  });
  const send = async (bytes: number) => {
    for (let left = bytes; left > 0;) {
      const count = Math.min(left, await stream.writable(1));
      await stream.send(new Uint8Array(stream.headroomBytes + count));
      left -= count;
    }
  };
  return { stream, seen, send };
}

const idle = (accounts: ClientAccount[]) =>
  deepStrictEqual(accounts.map(({ heldBytes }) => heldBytes), [0, 0]);

Deno.test("pipe copies more than a window both ways and holds nothing afterwards", async () => {
  const { clock, accounts, a, b } = await setUp();
  const sent = Promise.all([a.send(1_000_000), b.send(700_000)]);
  await clock.advance(2000);
  await sent;
  await clock.advance(100);
  deepStrictEqual([a.seen.bytes, b.seen.bytes], [700_000, 1_000_000]);
  idle(accounts);
});

/** The byte at an offset of a stream whose order and wholeness are looked at. */
const byteAt = (offset: number): number => (offset ^ (offset >> 8) ^ (offset >> 16)) & 0xff;

Deno.test("pipe passes on each byte once and in order, in writes of all sizes, however slowly they are taken", async () => {
  for (const isSlow of [false, true]) {
    const { clock, accounts, a, b } = await setUp();
    const random = seededRandom("pipe");
    let [taken, wrong, unread] = [0, 0, 0];
    b.stream.attach({
      bytes: (view) => {
        for (const byte of view) if (byte !== byteAt(taken++)) wrong++;
        if (isSlow) unread += view.length;
        else b.stream.consumed(view.length);
      },
      end: () => {},
    });
    let sent = 0;
    const send = async (most: number): Promise<void> => {
      const count = Math.min(1 + Math.floor(random.fraction() * most), await a.stream.writable(1));
      const frame = new Uint8Array(a.stream.headroomBytes + count);
      for (let i = 0; i < count; i++) frame[a.stream.headroomBytes + i] = byteAt(sent++);
      await a.stream.send(frame);
    };
    let isOver = false;
    void (async () => {
      for (const most of [50, 3000, 6000, 100_000, 20, 5000]) for (let i = 0; i < 15; i++) await send(most);
      isOver = true;
    })();
    for (let i = 0; !isOver || taken < sent; i++) {
      await clock.advance(2);
      if (i % 20 < 19) continue;
      const some = Math.ceil(unread / 3); // the room that it makes ends within what waits
      b.stream.consumed(some);
      unread -= some;
    }
    b.stream.consumed(unread);
    await clock.advance(100);
    deepStrictEqual([wrong, taken, sent > 500_000], [0, sent, true]);
    idle(accounts);
  }
});

Deno.test("pipe gives all held bytes up when it breaks, those in further buffers too", async () => {
  for (const breaks of ["reader", "sender"] as const) {
    const { clock, accounts, a, b } = await setUp();
    b.seen.slow = true;
    const sending = (async () => {
      for (let i = 0; i < 12; i++) await a.send(50_000);
    })().catch(() => {});
    for (let i = 0; i < 100; i++) await clock.advance(2);
    ok(accounts[0].heldBytes > 128 * 1024, `${accounts[0].heldBytes} bytes wait`);
    (breaks === "reader" ? b : a).stream.reset();
    await clock.advance(100);
    await sending;
    idle(accounts);
  }
});

Deno.test("pipe passes a FIN on and leaves the other direction open", async () => {
  const { clock, accounts, a, b, isOver, sides } = await setUp();
  await Promise.all([a.send(1000).then(() => a.stream.finish()), clock.advance(10)]);
  await clock.advance(100);
  deepStrictEqual([b.seen.bytes, b.seen.ended, b.seen.error], [1000, true, undefined]);
  await Promise.all([b.send(500), clock.advance(10)]);
  await clock.advance(100);
  strictEqual(a.seen.bytes, 500);
  strictEqual(isOver(), false);
  await Promise.all([b.stream.finish(), clock.advance(10)]);
  await clock.advance(100);
  deepStrictEqual([a.seen.ended, isOver()], [true, true]);
  deepStrictEqual(sides.map(({ client }) => client.streamCount), [0, 0]);
  idle(accounts);
});

Deno.test("pipe resets both ends when one is reset", async () => {
  const { clock, a, b, isOver } = await setUp();
  a.stream.reset();
  await clock.advance(10);
  deepStrictEqual([b.seen.ended, b.seen.error !== undefined, isOver()], [true, true, true]);
  await rejects(b.stream.writable(1));
});

Deno.test("pipe stops reading a sender whose reader is slow, and gives the held bytes up when it breaks", async () => {
  const { clock, accounts, a, b } = await setUp();
  b.seen.slow = true;
  const sent = a.send(2_000_000).catch(() => {});
  await clock.advance(1000);
  strictEqual(b.seen.bytes, 262_144, "the reader's window");
  ok(accounts[0].heldBytes > 0 && accounts[0].heldBytes <= 262_144, `${accounts[0].heldBytes} bytes held`);
  b.stream.reset();
  await clock.advance(100);
  await sent;
  ok(a.seen.error);
  idle(accounts);
});

Deno.test("pipe resets a stream whose client is over its buffer limit", async () => {
  const { clock, accounts, a, b } = await setUp({ maxBufferedBytesPerClient: 100_000 });
  b.seen.slow = true;
  const sent = a.send(500_000).catch(() => {});
  await clock.advance(1000);
  await sent;
  ok(a.seen.error && b.seen.error);
  idle(accounts);
});

Deno.test("pipe lets a client send at its rate", async () => {
  const { clock, a, b } = await setUp({ maxBytesPerSecondPerClient: 100_000 });
  const sent = a.send(1_000_000);
  await clock.advance(4000);
  ok(b.seen.bytes > 300_000 && b.seen.bytes < 800_000, `${b.seen.bytes} bytes in 4 s`);
  await clock.advance(10_000);
  await sent;
  strictEqual(b.seen.bytes, 1_000_000);
});

Deno.test("pipe resets a half-open stream after 5 minutes of silence, counted from the FIN", async () => {
  const { clock, a, b, isOver } = await setUp();
  await clock.advance(10 * 60_000);
  a.stream.finish();
  await clock.advance(4 * 60_000);
  strictEqual(isOver(), false, "silence before the FIN does not count");
  await Promise.all([b.send(1), clock.advance(10)]);
  await clock.advance(4 * 60_000);
  strictEqual(isOver(), false, "a byte starts the 5 minutes again");
  await clock.advance(61_000);
  strictEqual(isOver(), true);
  ok(a.seen.error);
});

Deno.test("pipe gives up an end that is gone behind its FIN: all of it arrives, and what still comes is reset", async () => {
  for (const how of ["session", "reset"] as const) {
    for (const talks of [false, true]) {
      const { clock, accounts, a, b, isOver, sides } = await setUp();
      b.seen.slow = true;
      const sent = a.send(400_000).then(() => a.stream.finish());
      await clock.advance(500);
      await sent;
      if (how === "session") sides[0].client.close();
      else a.stream.reset();
      await clock.advance(500);
      deepStrictEqual([b.seen.bytes, b.seen.ended, isOver()], [262_144, false, false], "its reader is slow");
      b.seen.slow = false;
      b.stream.consumed(262_144);
      await clock.advance(500);
      deepStrictEqual([b.seen.bytes, b.seen.ended, b.seen.error, isOver()], [400_000, true, undefined, true]);
      idle(accounts);
      if (talks) {
        await Promise.all([b.send(1), clock.advance(10)]);
        await rejects(b.stream.writable(1), /reset/);
      } else {
        await Promise.all([b.stream.finish(), clock.advance(10)]);
      }
      strictEqual(sides[1].client.streamCount, 0);
    }
  }
});

Deno.test("pipe gives up at once what has ended when the other end is gone with bytes that nobody took", async () => {
  const { clock, accounts, a, b, isOver, sides } = await setUp();
  const timers = clock.pendingTimers;
  a.seen.slow = true;
  await Promise.all([b.send(400_000).then(() => b.stream.finish()), clock.advance(500)]);
  await Promise.all([a.stream.finish(), clock.advance(10)]);
  a.stream.reset();
  await clock.advance(500);
  deepStrictEqual([b.seen.ended, isOver(), sides[1].client.streamCount], [true, true, 0]);
  idle(accounts);
  ok(clock.pendingTimers <= timers, `${clock.pendingTimers} timers, before ${timers}`);
});
