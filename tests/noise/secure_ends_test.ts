/** How a sealed stream ends. */
import { ok, rejects, strictEqual } from "node:assert/strict";
import { nobleAead } from "../../lib/crypto/aead.ts";
import { RECORD_OVERHEAD_BYTES, Sealer } from "../../lib/noise/transport.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError, ProtocolError } from "../../lib/wire/errors.ts";
import { settle } from "../fakes/clock.ts";
import { k1, pair, pattern, readAll } from "./secure_pair.ts";

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

Deno.test("What was not read is dropped by a close", async () => {
  const { writer, reader } = pair();
  await writer.write(utf8("nobody reads this"));
  reader.close();
  await rejects(reader.read(), (error) => error instanceof NetworkError && !error.retry);
  strictEqual(reader.isWhole, false);
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

Deno.test("What was not read when a stream is closed is dropped", async () => {
  const { writer, reader } = pair();
  await writer.write(utf8("unread"));
  await settle();
  reader.close();
  await rejects(reader.read(), /closed/);
});

Deno.test("The end of writing is told when it has been handed on, behind what was written", async () => {
  const { writer, reader, near } = pair({ leaves: () => new Promise((resolve) => setTimeout(resolve, 5)) });
  const handed = Promise.withResolvers<void>();
  const finish = near.finish.bind(near);
  near.finish = async () => {
    await finish();
    await handed.promise;
  };
  let isOver = false;
  const writing = writer.write(utf8("last"));
  const closing = writer.closeWrite().then(() => isOver = true);
  strictEqual(fromUtf8(await readAll(reader)), "last");
  await writing;
  await settle();
  strictEqual(isOver, false);
  handed.resolve();
  await closing;
});
