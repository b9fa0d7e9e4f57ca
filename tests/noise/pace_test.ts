import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ReaderPace } from "../../lib/noise/pace.ts";
import { SecureStream } from "../../lib/noise/secure.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { MemoryConduit } from "../fakes/conduit.ts";
import { k1, k2, pattern, plainCiphers } from "./secure_pair.ts";

function paced() {
  const clock = new FakeClock();
  const [near, far] = MemoryConduit.pair();
  return {
    clock,
    far,
    writer: new SecureStream(near, { send: k1, receive: k2 }, plainCiphers, false, clock),
    reader: new SecureStream(far, { send: k2, receive: k1 }, plainCiphers, false, clock),
  };
}

Deno.test("A reader that takes its time is given little at once, and pays for no more", async () => {
  const { clock, far, writer, reader } = paced();
  void writer.write(pattern(200_000));
  await settle();
  const lengths: number[] = [];
  for (let i = 0; i < 5; i++) {
    const before = far.consumedBytes;
    const { length } = (await reader.read())!;
    lengths.push(length);
    ok(far.consumedBytes - before <= length + 2048, "for what it has, and the frames around that");
    await clock.advance(i === 2 ? 100 : 5000);
  }
  deepStrictEqual(lengths, [16_384, 4096, 4096, 8192, 4096]);
});

Deno.test("A reader that is quick is given all there is, from the fifth time on", async () => {
  const { writer, reader } = paced();
  void writer.write(pattern(250_000)).catch(() => {});
  await settle();
  const lengths: number[] = [];
  for (let i = 0; i < 4; i++) lengths.push((await reader.read())!.length);
  deepStrictEqual(lengths, [16_384, 32_768, 65_536, 15_552]);
});

Deno.test("The writer sees that something moves as long as the reader takes some of it, and no longer", async () => {
  const { clock, writer, reader } = paced();
  void writer.write(pattern(600_000)).catch(() => {});
  await settle();
  let { moved } = writer;
  for (let i = 0; i < 20; i++) {
    await reader.read();
    await clock.advance(15_000);
    await settle();
    if (i > 0) ok(writer.moved > moved, `after ${i} pieces`);
    ({ moved } = writer);
  }
  await clock.advance(600_000);
  strictEqual(writer.moved, moved);
});

Deno.test("A reader that waits for what comes gives no sign: a conversation costs no frames", async () => {
  const { clock, writer, reader } = paced();
  const taken = (async () => {
    while (await reader.read());
  })();
  for (let i = 0; i < 30; i++) {
    await writer.write(pattern(100));
    await clock.advance(20_000);
  }
  strictEqual(writer.moved, 0);
  await writer.closeWrite();
  await taken;
});

Deno.test("A reader gives a sign every ten seconds at the most, and only behind what it was given", async () => {
  const clock = new FakeClock();
  const pace = new ReaderPace(clock);
  const after = async (ms: number): Promise<boolean> => {
    pace.gave();
    await clock.advance(ms);
    return pace.isBack();
  };
  const signs: boolean[] = [];
  for (const ms of [4000, 4000, 4000, 4000, 4000, 4000]) signs.push(await after(ms));
  deepStrictEqual(signs, [false, false, true, false, false, true]);
  await clock.advance(60_000);
  strictEqual(pace.isBack(), false, "it was given nothing");
  strictEqual(await after(100), false, "it is quick");
  strictEqual(await after(300), true);
});
