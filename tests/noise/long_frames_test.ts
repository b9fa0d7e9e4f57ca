import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { nobleAead } from "../../lib/crypto/aead.ts";
import { SecureStream } from "../../lib/noise/secure.ts";
import { LONG_NONCE, RECORD_OVERHEAD_BYTES, Sealer } from "../../lib/noise/transport.ts";
import { concat, readU16, readU64 } from "../../lib/wire/bytes.ts";
import { settle } from "../fakes/clock.ts";
import { MemoryConduit, type MemoryConduitOptions } from "../fakes/conduit.ts";
import { below, seededRandom } from "../fakes/random.ts";

const [k1, k2] = [seededRandom("k1").bytes(32), seededRandom("k2").bytes(32)];
const ciphers = { maker: nobleAead };

/** Two streams; each says that it takes long frames, or is one that knows nothing of them. */
function pair(says: readonly [boolean, boolean], options: MemoryConduitOptions = {}) {
  const [near, far] = MemoryConduit.pair(options);
  const one = new SecureStream(near, { send: k1, receive: k2 }, ciphers, says[0]);
  const other = new SecureStream(far, { send: k2, receive: k1 }, ciphers, says[1]);
  return { near, far, one, other };
}

async function readAll(stream: SecureStream): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let view = await stream.read(); view; view = await stream.read()) parts.push(view.slice());
  return concat(...parts);
}

async function send(stream: SecureStream, texts: readonly Uint8Array[]): Promise<void> {
  for (const text of texts) await stream.write(text);
  await stream.closeWrite();
}

function sealed(sealer: Sealer, bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes + RECORD_OVERHEAD_BYTES);
  sealer.seal(new Uint8Array(bytes), 0, bytes, frame, 0);
  return frame;
}

const texts = (lengths: readonly number[], seed: string) =>
  lengths.map((length, i) => seededRandom(`${seed}${i}`).bytes(length));
const isEqual = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((x, i) => x === b[i]);

Deno.test("What two streams say to each other arrives whole, whoever of them takes long frames", async () => {
  const lengths = fc.array(fc.oneof(fc.nat(5000), fc.constantFrom(0, 4071, 32_743, 140_000)), {
    maxLength: 5,
  });
  const says = fc.tuple(fc.boolean(), fc.boolean());
  const windows = fc.constantFrom(36_864, 40_000, 262_144);
  await fc.assert(
    fc.asyncProperty(
      says,
      lengths,
      lengths,
      windows,
      fc.integer(),
      async (who, there, back, windowBytes, seed) => {
        const random = seededRandom(seed);
        const { one, other, near, far } = pair(who, { windowBytes, chunk: () => 1 + below(random, 70_000) });
        const [here, hence] = [texts(there, "there"), texts(back, "back")];
        const [got, gotBack] = await Promise.all([
          readAll(other),
          readAll(one),
          send(one, here),
          send(other, hence),
        ]);
        ok(isEqual(got, concat(...here)) && isEqual(gotBack, concat(...hence)));
        ok(near.consumedBytes === near.received && far.consumedBytes === far.received, "all is credited");
      },
    ),
    { seed: 5, numRuns: 40 },
  );
});

Deno.test("A stream that only reads lets its writer know that it takes long frames; a short one is left alone", async () => {
  const { near, far, one, other } = pair([true, true]);
  const reading = readAll(other);
  await one.write(new Uint8Array(70_000)); // the frames behind this say it
  await one.write(new Uint8Array(60_000));
  await settle();
  strictEqual(near.received, 0, "below 64 KiB nothing is said");
  await one.write(new Uint8Array(20_000));
  await settle();
  strictEqual(near.received, RECORD_OVERHEAD_BYTES, "one frame without text");
  strictEqual(near.consumedBytes, near.received);
  const before = far.received;
  await one.write(new Uint8Array(130_240));
  strictEqual(far.received - before, 130_240 + 4 * RECORD_OVERHEAD_BYTES, "four frames");
  await one.closeWrite();
  strictEqual((await reading).length, 280_240);
  strictEqual(near.received, RECORD_OVERHEAD_BYTES, "it is said once");
});

Deno.test("Who answers has said it with the answer, and its own text is in long frames from the second write on", async () => {
  const { near, one, other } = pair([true, true]);
  const reading = other.read();
  await one.write(new Uint8Array(70_000));
  await reading;
  await one.write(new Uint8Array(10));
  while ((await other.read())!.length !== 10);
  await other.write(new Uint8Array(32_742));
  strictEqual(near.received, 32_742 + 9 * RECORD_OVERHEAD_BYTES, "the other one may not know yet");
  await other.write(new Uint8Array(32_742));
  strictEqual(near.received, 2 * 32_742 + 10 * RECORD_OVERHEAD_BYTES);
  await other.closeWrite();
  strictEqual((await readAll(one)).length, 2 * 32_742);
});

Deno.test("A peer that knows nothing of long frames gets none, and no frame that says so by itself", async () => {
  const [near, far] = MemoryConduit.pair();
  const stream = new SecureStream(near, { send: k1, receive: k2 }, ciphers, true);
  let most = 0;
  far.attach({
    bytes: (view) => {
      for (let at = 0; at < view.length; at += 2 + readU16(view, at)) {
        most = Math.max(most, readU16(view, at));
      }
    },
    end: () => {},
  });
  const sealer = new Sealer(nobleAead(k2));
  for (let i = 0; i < 40; i++) near.inject(sealed(sealer, 4070));
  await settle();
  strictEqual(far.received, 0);
  await stream.write(new Uint8Array(100_000));
  strictEqual(most, 4094);
});

Deno.test("A long frame is refused of a peer that has not said so before, and before we have", async () => {
  const begun = (last: number): Sealer => {
    const sealer = new Sealer(nobleAead(k2));
    sealer.leapTo(last);
    return sealer;
  };
  const cases: Record<string, () => Uint8Array[]> = {
    "knows nothing of them": () => [sealed(begun(0), 5), sealed(begun(1), 5000)],
    "begins with one": () => [sealed(begun(LONG_NONCE), 5000)],
  };
  for (const [name, frames] of Object.entries(cases)) {
    const [near] = MemoryConduit.pair();
    const stream = new SecureStream(near, { send: k1, receive: k2 }, ciphers, true);
    for (const bytes of [70_000, 1]) await stream.write(new Uint8Array(bytes));
    for (const frame of frames()) near.inject(frame);
    const reading = (async () => await readAll(stream))();
    await rejects(reading, /noise prefix value 5024B exceeds maximum 4094B/, name);
  }
  const [near] = MemoryConduit.pair();
  const silent = new SecureStream(near, { send: k1, receive: k2 }, ciphers, true);
  const sealer = begun(LONG_NONCE);
  near.inject(concat(sealed(sealer, 5), sealed(sealer, 5000)));
  await rejects(readAll(silent), /exceeds maximum 4094B/);
});

Deno.test("Frames are numbered from 1 until much has gone, as every other program's are", async () => {
  const [near, far] = MemoryConduit.pair();
  const stream = new SecureStream(near, { send: k1, receive: k2 }, ciphers, true);
  const numbers: number[] = [];
  far.attach({
    bytes: (view) => {
      for (let at = 0; at < view.length; at += 2 + readU16(view, at)) numbers.push(readU64(view, at + 2));
    },
    end: () => {},
  });
  for (let i = 0; i < 3; i++) await stream.write(new Uint8Array(20_000));
  deepStrictEqual(numbers, Array.from({ length: 15 }, (_, i) => i + 1));
  for (let i = 0; i < 2; i++) await stream.write(new Uint8Array(6000));
  deepStrictEqual(numbers.slice(15), [16, 17, LONG_NONCE + 1, LONG_NONCE + 2]);
});
