import { ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type AeadMaker, loadNativeAead, nobleAead } from "../../lib/crypto/aead.ts";
import { type Ciphers, SecureStream } from "../../lib/noise/secure.ts";
import { MAX_FRAME_BYTES, RECORD_OVERHEAD_BYTES, Sealer } from "../../lib/noise/transport.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError, ProtocolError } from "../../lib/wire/errors.ts";
import { settle } from "../fakes/clock.ts";
import { MemoryConduit, type MemoryConduitOptions } from "../fakes/conduit.ts";
import { below, seededRandom } from "../fakes/random.ts";

const [k1, k2] = [seededRandom("k1").bytes(32), seededRandom("k2").bytes(32)];
const plainCiphers: Ciphers = { maker: nobleAead };

/** Two streams over a pair of conduits. */
function pair(options: MemoryConduitOptions = {}, ciphers: Ciphers = plainCiphers) {
  const [near, far] = MemoryConduit.pair(options);
  return {
    near,
    far,
    writer: new SecureStream(near, { send: k1, receive: k2 }, ciphers),
    reader: new SecureStream(far, { send: k2, receive: k1 }, ciphers),
  };
}

/** Reads until the end, slower or faster as `pause` says. */
async function readAll(
  stream: SecureStream,
  pause: () => Promise<void> = async () => {},
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let view = await stream.read(); view; view = await stream.read()) {
    parts.push(view.slice());
    await pause();
  }
  return concat(...parts);
}

/** Bytes that differ from their neighbours, cheap to make in bulk. */
function pattern(count: number, start = 0): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = (start + i * 7 + (i >> 8)) & 0xff;
  return bytes;
}

const equalBytes = (a: Uint8Array, b: Uint8Array) =>
  strictEqual(a.length === b.length && a.every((x, i) => x === b[i]), true);

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

Deno.test("However a read of the socket is cut, a reader that waits gets it as one view", async () => {
  const { writer, reader } = pair({ chunk: () => 17_000 });
  const waiting = reader.read();
  await writer.write(pattern(30 * 4070));
  strictEqual((await waiting)?.length, 30 * 4070);
});

Deno.test("An end right behind text comes after it", async () => {
  const { near, far, reader } = pair();
  const waiting = reader.read();
  const frame = new Uint8Array(10 + RECORD_OVERHEAD_BYTES);
  new Sealer(nobleAead(k1)).seal(pattern(10), 0, 10, frame, 0);
  far.inject(frame);
  near.finish();
  strictEqual((await waiting)?.length, 10);
  strictEqual(await reader.read(), null);
});

Deno.test("A close or reset behind text and its end settles a reader that waits", async () => {
  const frame = new Uint8Array(10 + RECORD_OVERHEAD_BYTES);
  new Sealer(nobleAead(k1)).seal(pattern(10), 0, 10, frame, 0);
  const ends: Record<string, (world: ReturnType<typeof pair>) => void> = {
    nothing: () => {},
    fin: ({ near }) => void near.finish(),
    "bad frame": ({ far }) => far.inject(Uint8Array.of(0xff, 0xff)),
    reset: ({ far }) => far.reset(),
  };
  for (const [name, end] of Object.entries(ends)) {
    const world = pair();
    const waiting = world.reader.read().then(() => "text", (error) => error.message);
    world.far.inject(frame);
    end(world);
    world.reader.close();
    strictEqual(await Promise.race([waiting, settle().then(() => "pending")]), "stream is closed", name);
  }
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

Deno.test("FIN ends reading after the data, and writing the other way goes on", async () => {
  const { writer, reader } = pair();
  await writer.write(utf8("last words"));
  await writer.closeWrite();
  strictEqual(fromUtf8((await reader.read())!), "last words");
  strictEqual(await reader.read(), null);
  strictEqual(await reader.read(), null, "the end stays the end");
  await reader.write(utf8("answer"));
  strictEqual(fromUtf8((await writer.read())!), "answer");
  await rejects(writer.write(utf8("more")), NetworkError);
});

Deno.test("An end inside a frame is a truncation, not an end", async () => {
  const { reader, far, near } = pair();
  const sealer = new Sealer(nobleAead(k1));
  far.inject(concat(sealer.sealObject(utf8("whole")), sealer.sealObject(utf8("cut")).subarray(0, 20)));
  await near.finish();
  strictEqual(fromUtf8((await reader.read())!), "whole");
  await rejects(reader.read(), /ended inside a frame/);
});

Deno.test("A reset fails both directions, after what had arrived", async () => {
  const { writer, reader, near } = pair({ windowBytes: 10_000 });
  await writer.write(utf8("before"));
  const stuck = writer.write(pattern(50_000));
  const failing = rejects(stuck, NetworkError);
  await settle();
  near.reset();
  await failing;
  const parts: Uint8Array[] = [];
  await rejects(async () => {
    for (let view = await reader.read(); view; view = await reader.read()) parts.push(view.slice());
  }, /reset/);
  strictEqual(fromUtf8(parts[0]).startsWith("before"), true);
  await rejects(writer.read(), /reset/);
});

Deno.test("A bad frame: what is before it can be read, then its own error; the stream below is reset", async () => {
  const { reader, far } = pair();
  const sealer = new Sealer(nobleAead(k1));
  const bad = sealer.sealObject(utf8("bad"));
  const good = new Sealer(nobleAead(k1)).sealObject(utf8("good"));
  bad[bad.length - 1] ^= 1;
  bad[9] = 2; // nonce 2, which its tag does not fit
  far.inject(concat(good, bad));
  strictEqual(fromUtf8((await reader.read())!), "good");
  const error = await reader.read().then(() => undefined, (reason) => reason);
  ok(error instanceof ProtocolError, `not the frame's error: ${error}`);
  strictEqual(error.ends, "stream");
  strictEqual(far.wasReset, true);
  await rejects(reader.write(utf8("x")), NetworkError);
});

Deno.test("A reader that waits hears of a bad frame", async () => {
  const { reader, far } = pair();
  const waiting = rejects(reader.read(), ProtocolError);
  far.inject(Uint8Array.of(0xff, 0xff));
  await waiting;
});

Deno.test("After close, reads and writes fail, and waiting calls settle", async () => {
  const { writer } = pair({ windowBytes: 100 });
  const reading = rejects(writer.read(), /closed/);
  const writing = rejects(writer.write(pattern(1000)), NetworkError);
  await settle();
  writer.close();
  writer.close();
  await Promise.all([reading, writing]);
  await rejects(writer.read(), /closed/);
  await rejects(writer.write(utf8("x")), NetworkError);
});

Deno.test("The peer of a closed stream reads to the end", async () => {
  const { writer, reader } = pair();
  await writer.write(utf8("bye"));
  writer.close();
  strictEqual(fromUtf8(await readAll(reader)), "bye");
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

/** A maker that counts its uses. */
function counted(make: AeadMaker): AeadMaker & { seals: number; opens: number } {
  const counter = Object.assign((key: Uint8Array) => {
    const aead = make(key);
    return {
      seal: (...args: Parameters<typeof aead.seal>) => (counter.seals++, aead.seal(...args)),
      open: (...args: Parameters<typeof aead.open>) => (counter.opens++, aead.open(...args)),
    };
  }, { seals: 0, opens: 0 });
  return counter;
}

Deno.test("A long stream changes to the faster cipher in the middle, unseen by the peer", async () => {
  const fast = counted(await loadNativeAead());
  let loads = 0;
  const upgrade = () => (loads++, Promise.resolve(fast));
  const upgrading: Ciphers = { maker: nobleAead, upgrade, upgradeAfterBytes: 50_000 };
  for (const [left, right] of [[upgrading, plainCiphers], [plainCiphers, upgrading]]) {
    const [near, far] = MemoryConduit.pair({ windowBytes: 30_000 });
    const writer = new SecureStream(near, { send: k1, receive: k2 }, left);
    const reader = new SecureStream(far, { send: k2, receive: k1 }, right);
    const text = pattern(200_000);
    const reading = readAll(reader);
    await writer.write(text);
    await writer.closeWrite();
    equalBytes(await reading, text);
  }
  strictEqual(loads, 2, "once a stream");
  ok(fast.seals > 10 && fast.opens > 10, "both directions use it");
});

Deno.test("A long conversation of short messages keeps its cipher", async () => {
  let loads = 0;
  const upgrade = () => (loads++, loadNativeAead());
  const { writer, reader } = pair({}, { maker: nobleAead, upgrade, upgradeAfterBytes: 10_000 });
  const reading = readAll(reader);
  for (let n = 0; n < 100; n++) await writer.write(pattern(300, n));
  strictEqual(loads, 0);
  await writer.write(pattern(20_000));
  await writer.closeWrite();
  strictEqual((await reading).length, 50_000);
  strictEqual(loads, 2, "by both ends");
});

Deno.test("A cipher that does not load leaves the first one", async () => {
  const upgrade = () => Promise.reject(new Error("no such module"));
  const { writer, reader } = pair({}, { maker: nobleAead, upgrade, upgradeAfterBytes: 1000 });
  const text = pattern(50_000);
  const reading = readAll(reader);
  await writer.write(text);
  await writer.closeWrite();
  equalBytes(await reading, text);
});

Deno.test("A record costs 26 bytes of window more than its text", async () => {
  const { writer, far } = pair();
  await writer.write(pattern(10));
  strictEqual(far.received, 10 + RECORD_OVERHEAD_BYTES);
});
