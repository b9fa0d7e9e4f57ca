import { ok, strictEqual } from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { KeyPair } from "../../lib/crypto/keys.ts";
import { concat } from "../../lib/wire/bytes.ts";
import { Flag, ping, windowUpdate } from "../../lib/yamux/frame.ts";
import { pairOf } from "../discovery/support.ts";
import { settle } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { dataFrame, type RawSession } from "../fakes/raw_peer.ts";
import { rawAnswer, rawDial } from "../fakes/raw_stream.ts";
import { inWorld, type World } from "./world.ts";

const MIB = 1024 * 1024;
const sender = pairOf(71);
const sink = pairOf(72);
const random = seededRandom("limits");

/** Opens streams from one raw client to another; `answers` says whether the other one takes them. */
async function openStreams(
  world: World,
  count: number,
  answers: boolean,
): Promise<{ from: RawSession; to: RawSession; ids: number[] }> {
  const from = await world.session(sender);
  const to = await world.session(sink);
  const ids: number[] = [];
  for (let i = 0; i < count; i++) {
    const route = { local: sender, port: 50_000 + i, to: sink.pk, toPort: 1, random };
    ids.push(2 * i + 1);
    await from.start(ids[i], from.record(rawDial(route).object));
  }
  await world.until(() => to.object(2 * count) !== undefined, "all requests come");
  if (answers) await answerAll(to, count, sink);
  await settle();
  return { from, to, ids };
}

async function answerAll(to: RawSession, count: number, local: KeyPair): Promise<void> {
  for (let i = 0; i < count; i++) {
    const id = 2 * i + 2;
    const record = to.record(rawAnswer(to.object(id)!, local, random).object);
    await to.send(windowUpdate(id, Flag.ack, 0), dataFrame(id, record));
  }
}

Deno.test("Server counts what a client sends before its streams are answered", () =>
  inWorld(async (world) => {
    const { from, ids } = await openStreams(world, 20, false);
    for (const id of ids) await from.send(dataFrame(id, new Uint8Array(200_000)));
    await settle();
    const { heldBytes } = world.server.usage;
    ok(heldBytes > MIB && heldBytes <= 2 * MIB, `${heldBytes} bytes are held`);
    const resets = ids.filter((id) => from.saw(`Window RST ${id} 0`)).length;
    strictEqual(resets, 20 - Math.floor(2 * MIB / 200_000), "streams beyond the limit are reset");
    await world.clock.advance(5000);
    strictEqual(world.server.usage.heldBytes, 0, "nothing is held when they are given up");
    await from.send(ping(Flag.syn, 1));
    await settle();
    ok(from.saw("Ping ACK 0 1"), "the session stays");
    await world.stillServes();
  }, { limits: { maxBufferedBytesPerClient: 2 * MIB } }));

Deno.test("Server passes on what came before the answer, in order", () =>
  inWorld(async (world) => {
    const { from, to } = await openStreams(world, 1, false);
    for (const byte of [1, 2, 3]) await from.send(dataFrame(1, new Uint8Array(50_000).fill(byte)));
    await settle();
    await answerAll(to, 1, sink);
    await from.send(dataFrame(1, Uint8Array.of(4)));
    await world.until(() => to.behindObject(2).length === 150_001, "all of it comes");
    const bytes = to.behindObject(2);
    strictEqual([0, 50_000, 100_000, 150_000].map((at) => bytes[at]).join(), "1,2,3,4");
    strictEqual(world.server.usage.heldBytes, 0);
    await world.stillServes();
  }));

Deno.test("Server keeps little for a few bytes that wait on many streams", () =>
  inWorld(async (world) => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const { from, to, ids } = await openStreams(world, 200, true);
    to.socket.held = new Promise(() => {});
    await to.send(ping(Flag.syn, 1)); // one more read of the sink's is under way
    await settle();
    collect();
    const before = Deno.memoryUsage();
    const frames = ids.flatMap((id) => [1, 2, 3, 4, 5].map((byte) => dataFrame(id, Uint8Array.of(byte))));
    for (let i = 0; i < 20; i++) {
      await from.send(concat(...frames));
      await settle();
    }
    collect();
    const after = Deno.memoryUsage();
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    ok(grown < 4 * MIB, `${(grown / MIB).toFixed(1)} MiB for ${20 * frames.length} bytes`);
    await world.stillServes();
  }));
