/** A sealed stream changes its cipher when it is long. */
import { ok, strictEqual } from "node:assert/strict";
import { type AeadMaker, loadNativeAead, nobleAead } from "../../lib/crypto/aead.ts";
import { type Ciphers, SecureStream } from "../../lib/noise/secure.ts";
import { MemoryConduit } from "../fakes/conduit.ts";
import { equalBytes, k1, k2, pair, pattern, plainCiphers, readAll } from "./secure_pair.ts";

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

Deno.test("What is shorter than 256 KiB is not worth another cipher", async () => {
  let loads = 0;
  const { writer, reader } = pair({}, {
    maker: nobleAead,
    upgrade: () => (loads++, Promise.resolve(nobleAead)),
  });
  const reading = readAll(reader);
  for (const [kib, ends] of [[250, 0], [10, 2]]) {
    await writer.write(pattern(kib * 1024));
    strictEqual(loads, ends);
  }
  await writer.closeWrite();
  strictEqual((await reading).length, 260 * 1024);
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
