import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { CONTROL_PORT, pingPeer, serveControl } from "../../lib/dmsg/streams/control.ts";
import { Listener } from "../../lib/dmsg/streams/listener.ts";
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";

/** A client that answers, a way to open streams to it, and how often it has heard a ping. */
function answering(): { open(): Duplex; heard: number } {
  const peer = { open, heard: 0 };
  const listener = new Listener(CONTROL_PORT, () => {});
  serveControl({
    listen: (port) => {
      strictEqual(port, CONTROL_PORT);
      return listener;
    },
    heardPing: () => void peer.heard++,
  });
  function open(): Duplex {
    const [ours, theirs] = memoryDuplexPair();
    listener.deliver(theirs as unknown as DmsgStream);
    return ours;
  }
  return peer;
}

Deno.test("Control answers each ping byte with a pong", async () => {
  const stream = answering().open();
  await stream.write(Uint8Array.of(9, 9, 9));
  deepStrictEqual(await stream.read(), Uint8Array.of(10, 10, 10));
  await stream.write(Uint8Array.of(9));
  deepStrictEqual(await stream.read(), Uint8Array.of(10));
});

Deno.test("Control ends a stream at any other byte, after the pongs before it", async () => {
  const peer = answering();
  const stream = peer.open();
  await stream.write(Uint8Array.of(9, 10, 9));
  deepStrictEqual(await stream.read(), Uint8Array.of(10));
  strictEqual(await stream.read(), null);
  strictEqual(peer.heard, 1);
  const other = peer.open();
  await other.write(Uint8Array.of(10, 9));
  strictEqual(await other.read(), null);
  strictEqual(peer.heard, 1, "that was no ping");
});

Deno.test("Control keeps 64 streams and ends the oldest for one more", async () => {
  const peer = answering();
  const streams: Duplex[] = [];
  for (let i = 0; i < 65; i++) {
    streams.push(peer.open());
    await settle(); // a listener lets 20 wait
  }
  const [first, ...others] = streams;
  strictEqual(await first.read(), null);
  for (const stream of others) {
    await stream.write(Uint8Array.of(9));
    deepStrictEqual(await stream.read(), Uint8Array.of(10));
  }
});

Deno.test("A ping is measured, given up after its time, and not mistaken for other bytes", async () => {
  const clock = new FakeClock();
  const [ours, theirs] = memoryDuplexPair();
  const stream = ours as unknown as DmsgStream;
  const answered = pingPeer(stream, clock, 1000);
  await clock.advance(12);
  await theirs.write(Uint8Array.of(10));
  strictEqual(await answered, 12);
  const odd = pingPeer(stream, clock, 1000);
  await theirs.write(Uint8Array.of(10, 10));
  await rejects(odd, /the answer is not a pong/);
  const late = rejects(pingPeer(stream, clock, 1000), (error: NetworkError) => error.reason === "timeout");
  await clock.advance(1000);
  await late;
  const [gone, closed] = memoryDuplexPair();
  closed.close();
  await rejects(pingPeer(gone as unknown as DmsgStream, clock, 1000), NetworkError);
});
