import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import type { Breakable } from "../../lib/bridge/join.ts";
import { connectLocal, listenLocal, type LocalListener } from "../../lib/bridge/tcp.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";

const NEVER = new AbortController().signal;
const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

/** A connection of this machine, seen from both ends. */
async function connection(): Promise<{ near: Breakable; far: Breakable; listener: LocalListener }> {
  const taken = Promise.withResolvers<Breakable>();
  const listener = await listenLocal(LOOPBACK, taken.resolve);
  const near = await connectLocal(listener.place, systemClock(), NEVER);
  return { near, far: await taken.promise, listener };
}

async function all(pipe: Breakable): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let bytes = await pipe.read(); bytes !== null; bytes = await pipe.read()) parts.push(bytes.slice());
  return concat(...parts);
}

Deno.test("A local connection carries bytes both ways, and one direction may end first", async () => {
  const { near, far, listener } = await connection();
  const big = crypto.getRandomValues(new Uint8Array(60_000));
  const [heard] = await Promise.all([
    all(far),
    (async () => {
      for (let i = 0; i < 20; i++) await near.write(big);
      await near.closeWrite();
    })(),
  ]);
  strictEqual(heard.length, 20 * big.length);
  deepStrictEqual(heard.subarray(-big.length), big);
  await far.write(utf8("and the answer"));
  await far.closeWrite();
  strictEqual(fromUtf8(await all(near)), "and the answer");
  for (const end of [near, far, listener]) end.close();
});

Deno.test("A reset is no end of file at the other side", async () => {
  for (const first of ["near", "far"] as const) {
    const ends = await connection();
    const other = first === "near" ? ends.far : ends.near;
    ends[first].reset();
    await rejects(other.read(), { name: "NetworkError", message: /it was reset/ });
    await rejects(async () => {
      for (;;) await other.write(new Uint8Array(65536));
    }, { name: "NetworkError" });
    for (const end of [ends.near, ends.far, ends.listener]) end.close();
  }
});

Deno.test("A port that is taken, one that nobody listens on, and an address of elsewhere are told apart", async () => {
  const { near, far, listener } = await connection();
  const { place } = listener;
  await rejects(listenLocal(place, () => {}), { kind: "busy", message: `127.0.0.1:${place.port} is in use` });
  await rejects(listenLocal({ hostname: "192.0.2.1", port: 0 }, () => {}), { kind: "usage" });
  for (const end of [near, far, listener]) end.close();
  await rejects(connectLocal(place, systemClock(), NEVER), (error: Error) => {
    match(error.message, /^Cannot connect to 127\.0\.0\.1:\d+: nothing listens there$/);
    return true;
  });
});

Deno.test("A write waits while nobody reads", async () => {
  const { near, far, listener } = await connection();
  let written = 0;
  const piece = new Uint8Array(1 << 20);
  const writing = (async () => {
    for (let i = 0; i < 64; i++) {
      await near.write(piece);
      written++;
    }
    await near.closeWrite();
  })();
  // The system takes some MiB without a reader; the rest waits for one.
  await new Promise((resolve) => setTimeout(resolve, 50));
  strictEqual(written < 64, true);
  strictEqual((await all(far)).length, 64 << 20);
  await writing;
  for (const end of [near, far, listener]) end.close();
});
