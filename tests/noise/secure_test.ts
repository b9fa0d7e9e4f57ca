/** What is written to a sealed stream arrives. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type AeadMaker, nobleAead } from "../../lib/crypto/aead.ts";
import { SecureStream } from "../../lib/noise/secure.ts";
import { MAX_FRAME_BYTES, RECORD_OVERHEAD_BYTES, Sealer } from "../../lib/noise/transport.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { settle } from "../fakes/clock.ts";
import { MemoryConduit } from "../fakes/conduit.ts";
import { below, seededRandom } from "../fakes/random.ts";
import { equalBytes, k1, k2, pair, pattern, readAll } from "./secure_pair.ts";

Deno.test("Any writes arrive whole and in order, whatever the window, the pieces and the reader's pace", async () => {
  const sizes = fc.array(fc.oneof(fc.nat(60), fc.nat(5000), fc.constantFrom(4070, 4071, 20_000)), {
    maxLength: 8,
  });
  const windows = fc.constantFrom(4096, 4200, 9000, 65_536, 262_144);
  await fc.assert(
    fc.asyncProperty(sizes, windows, fc.integer(), async (lengths, windowBytes, seed) => {
      const random = seededRandom(seed);
      const { writer, reader, near, far } = pair({
        windowBytes,
        chunk: () => 1 + below(random, 5000),
      });
      const texts = lengths.map((length, i) => pattern(Math.min(length, windowBytes * 6), i));
      const reading = readAll(reader, async () => random.fraction() < 0.2 ? await settle() : undefined);
      for (const text of texts) await writer.write(text);
      await writer.closeWrite();
      equalBytes(await reading, concat(...texts));
      strictEqual(far.consumedBytes, far.received, "everything is credited in the end");
      strictEqual(near.wasReset || far.wasReset, false);
    }),
    { seed: 11, numRuns: 40 },
  );
});

Deno.test("Long frames arrive whole once both sides have agreed on them, in the middle of a stream as well", async () => {
  const sizes = fc.array(fc.oneof(fc.nat(5000), fc.constantFrom(32_742, 32_743, 130_240, 200_000)), {
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.constantFrom(36_864, 40_000, 262_144),
      fc.integer(),
      async (lengths, windowBytes, seed) => {
        const random = seededRandom(seed);
        const { writer, reader, far } = pair({ windowBytes, chunk: () => 1 + below(random, 70_000) });
        const before = pattern(3 * 4070 + below(random, 4070), 5);
        const texts = lengths.map((length, i) => pattern(length, i));
        const reading = readAll(reader);
        const writing = writer.write(before);
        writer.longFrames.send(reader.longFrames.take());
        await writing;
        for (const text of texts) await writer.write(text);
        await writer.closeWrite();
        equalBytes(await reading, concat(before, ...texts));
        strictEqual(far.consumedBytes, far.received, "everything is credited in the end");
      },
    ),
    { seed: 12, numRuns: 30 },
  );
});

Deno.test("A long frame is 32 KiB at most, whatever the peer says, and nobody takes one who has not said so", async () => {
  const { writer, reader, far } = pair();
  writer.longFrames.send(1_000_000);
  reader.longFrames.take();
  await writer.write(pattern(130_240));
  strictEqual(far.received, 130_240 + 4 * RECORD_OVERHEAD_BYTES);
  strictEqual((await reader.read())?.length, 130_240);
  const other = pair();
  other.writer.longFrames.send(32_768);
  await other.writer.write(pattern(5000)).catch(() => {});
  await rejects(other.reader.read(), /noise prefix value 5024B exceeds maximum 4094B/);
});

Deno.test("Writes that are not awaited keep their order", async () => {
  const { writer, reader } = pair({ windowBytes: 5000 });
  const texts = Array.from({ length: 20 }, (_, i) => pattern(i * 300, i));
  const writing = Promise.all(texts.map((text) => writer.write(text)));
  const closing = writer.closeWrite();
  equalBytes(await readAll(reader), concat(...texts));
  await Promise.all([writing, closing]);
});

Deno.test("Both directions carry data at once", async () => {
  const { writer, reader } = pair({ windowBytes: 20_000 });
  const [there, back] = [pattern(100_000, 1), pattern(70_000, 2)];
  const send = async (stream: SecureStream, bytes: Uint8Array) => {
    await stream.write(bytes);
    await stream.closeWrite();
  };
  const [got, gotBack] = await Promise.all([
    readAll(reader),
    readAll(writer),
    send(writer, there),
    send(reader, back),
  ]);
  equalBytes(got, there);
  equalBytes(gotBack, back);
});

Deno.test("A long write leaves as few large sends", async () => {
  const { writer, near, reader } = pair();
  const reading = readAll(reader);
  await writer.write(pattern(32 * 4070));
  strictEqual(near.sends, 1, "32 frames behind one header");
  await writer.write(pattern(10));
  strictEqual(near.sends, 2);
  await writer.closeWrite();
  await reading;
});

Deno.test("While a batch waits for the window the next one is sealed, and no more", async () => {
  const sealed: number[] = [];
  const maker: AeadMaker = (key) => {
    const aead = nobleAead(key);
    return { open: aead.open, seal: (n, ...rest) => (sealed.push(n), aead.seal(n, ...rest)) };
  };
  const [near] = MemoryConduit.pair({ windowBytes: 4096 });
  const writer = new SecureStream(near, { send: k1, receive: k2 }, { maker });
  for (let i = 0; i < 3; i++) writer.write(pattern(32 * 4070)).catch(() => {});
  await settle();
  strictEqual(sealed.length, 64);
});

Deno.test("Bytes that wait at the socket are not written over by the next piece, when credit comes meanwhile", async () => {
  const { writer, reader } = pair({
    windowBytes: 6 * 4096,
    chunk: () => 3 * 4096, // credit for what came before comes in two
    leaves: () => new Promise((resolve) => setTimeout(resolve, 5)),
  });
  const text = pattern(64 * 4070);
  const reading = readAll(reader);
  await writer.write(text);
  await writer.closeWrite();
  equalBytes(await reading, text);
});

Deno.test("However a read of the socket is cut, a reader that waits gets it as one view", async () => {
  const { writer, reader } = pair({ chunk: () => 17_000 });
  const waiting = reader.read();
  await writer.write(pattern(30 * 4070));
  strictEqual((await waiting)?.length, 30 * 4070);
});

Deno.test("A writer waits while nobody reads, and goes on when the reader takes a view", async () => {
  const windowBytes = 64 * 1024;
  const { writer, reader, far } = pair({ windowBytes });
  let done = false;
  const text = pattern(300_000);
  const writing = writer.write(text).then(() => done = true);
  await settle();
  strictEqual(done, false);
  ok(far.received > windowBytes - MAX_FRAME_BYTES && far.received <= windowBytes, "the window is used up");
  strictEqual(far.consumedBytes, 0, "no credit for what nobody read");

  const first = (await reader.read())!.slice();
  const credit = far.consumedBytes;
  ok(credit >= first.length && credit <= windowBytes, "credit for the view that was taken");
  await settle();
  ok(far.received > windowBytes, "the writer goes on");
  strictEqual(far.consumedBytes, credit, "and the reader pays for nothing else");
  const parts: Uint8Array[] = [first];
  await Promise.all([
    writing.then(() => writer.closeWrite()),
    readAll(reader).then((rest) => parts.push(rest)),
  ]);
  equalBytes(concat(...parts), text);
});

Deno.test("A view stays as it is until the next read", async () => {
  const { writer, reader } = pair();
  await writer.write(pattern(40_000, 1));
  const view = (await reader.read())!;
  const was = view.slice();
  await writer.write(pattern(60_000, 2));
  await settle();
  equalBytes(view, was);
});

Deno.test("Credit at half a window, as yamux gives it, does not stop the stream", async () => {
  const { writer, reader } = pair({ windowBytes: 262_144, creditBytes: 131_072 });
  const text = pattern(1_500_000);
  const reading = readAll(reader);
  await writer.write(text);
  await writer.closeWrite();
  equalBytes(await reading, text);
});

Deno.test("Empty frames give their credit back without a reader", () => {
  const { far } = pair();
  const sealer = new Sealer(nobleAead(k1));
  const wire = concat(...Array.from({ length: 300 }, () => sealer.sealObject(new Uint8Array(0))));
  for (let at = 0; at < wire.length; at += 25) {
    far.inject(wire.subarray(at, at + 25));
    strictEqual(far.consumedBytes, far.received - far.received % RECORD_OVERHEAD_BYTES, "whole frames only");
  }
});

Deno.test("Signs of life that wait for window are one frame, and there is none behind an end", async () => {
  const { writer, reader, near, far } = pair({ windowBytes: 4096 });
  await writer.write(pattern(4070));
  for (let i = 0; i < 10; i++) writer.sign();
  await settle();
  strictEqual(near.sends, 1, "the window is full");
  strictEqual((await reader.read())?.length, 4070);
  await settle();
  strictEqual(near.sends, 2);
  writer.sign();
  await settle();
  strictEqual(near.sends, 3, "another one when that has gone");
  strictEqual(writer.isWhole && reader.isWhole, true);
  await writer.closeWrite();
  await settle();
  strictEqual(writer.isWhole || reader.isWhole, false);
  writer.sign();
  reader.sign();
  await settle();
  deepStrictEqual([near.sends, far.sends], [3, 0]);
});

Deno.test("Two reads at once are a mistake", async () => {
  const { writer, reader } = pair();
  const first = reader.read();
  await rejects(reader.read(), TypeError);
  await writer.write(utf8("x"));
  strictEqual(fromUtf8((await first)!), "x");
});

Deno.test("An empty write sends nothing", async () => {
  const { writer, near } = pair();
  await writer.write(new Uint8Array(0));
  strictEqual(near.sends, 0);
});

Deno.test("A record costs 26 bytes of window more than its text", async () => {
  const { writer, far } = pair();
  await writer.write(pattern(10));
  strictEqual(far.received, 10 + RECORD_OVERHEAD_BYTES);
});

Deno.test("A stream moves with what comes, and with what the peer has taken as far as the layer below knows", async () => {
  const { far, writer, reader } = pair();
  strictEqual(reader.moved, 0);
  for (const count of [1, 2]) {
    await writer.write(utf8("x"));
    strictEqual(reader.moved, count);
  }
  Object.assign(far, { moved: 5 });
  strictEqual(reader.moved, 7);
});
