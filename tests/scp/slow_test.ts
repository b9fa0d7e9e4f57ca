/** Readers that are slow: who takes little is alive, who takes nothing is not. */
import { match, ok, strictEqual } from "node:assert/strict";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { duplexOf } from "../../lib/dmsg/carriers/tcp.ts";
import { pull } from "../../lib/scp/client.ts";
import { StripedWriting, type Writer } from "../../lib/scp/extended/stripes.ts";
import { serveStream } from "../../lib/scp/host.ts";
import { type Clock, sleep } from "../../lib/sys/clock.ts";
import type { ResumableFile } from "../../lib/sys/copies/part_file.ts";
import { equal } from "../../lib/wire/bytes.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { receiveFile, sendFile } from "../../lib/xfer/transfer.ts";
import { FakeClock } from "../fakes/clock.ts";
import { hurriedClock } from "../fakes/hurried.ts";
import { seededRandom } from "../fakes/random.ts";
import { relayedPair } from "../fakes/relayed.ts";
import { memoryFile, MemoryTree } from "../fakes/tree.ts";

const digest = await loadSha256();
const PEER = `02${"ab".repeat(32)}`;
/** More than what the windows and the server between two clients hold, three times. */
const CONTENT = seededRandom("slow").bytes(2 * 2 ** 20 + 777);

/** A file that takes so many bytes a second, as a pipe with a slow reader does. */
function slowFile(clock: Clock, bytesPerSecond: () => number): ResumableFile & { bytes(): Uint8Array } {
  const all = new Uint8Array(CONTENT.length);
  let at = 0;
  const done = (): Promise<void> => Promise.resolve();
  return {
    offset: 0,
    bytes: () => all.subarray(0, at),
    get moved() {
      return at;
    },
    write: async (bytes) => {
      for (let from = 0; from < bytes.length; from += 4096) {
        const part = bytes.subarray(from, from + 4096);
        await sleep(clock, 1000 * part.length / bytesPerSecond());
        all.set(part, at);
        at += part.length;
      }
    },
    commit: done,
    discard: done,
    keep: done,
    suspend: () => Promise.resolve(0),
  };
}

/** A connection of this machine. */
async function socketPair(): Promise<readonly [Duplex, Duplex]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const dialled = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  return [duplexOf(dialled), duplexOf(await accepting)];
}

/** A memory tree with which the extension is spoken. */
class ResumableTree extends MemoryTree {
  resume = () => Promise.reject(new Error("only pulls"));
  openSeekable = () => {
    const file = memoryFile(CONTENT);
    return Promise.resolve({
      ...file,
      token: "0".repeat(32),
      isSame: () => Promise.resolve(true),
      skipTo: async (offset: number) => void (offset > 0 && await file.read(new Uint8Array(offset))),
    });
  };
}

/** Moves time until something is done. @returns Seconds that it took. */
async function timed(clock: FakeClock, work: Promise<unknown>, mostS: number): Promise<number> {
  const beganMs = clock.nowMs();
  let isOver = false;
  work.then(() => isOver = true, () => isOver = true);
  while (!isOver) {
    await clock.advance(500);
    ok(clock.nowMs() - beganMs < mostS * 1000, `it goes on after ${mostS} s`);
  }
  return (clock.nowMs() - beganMs) / 1000;
}

for (const isCoarse of [false, true]) {
  const through = isCoarse ? "a server that credits half windows" : "our server";
  for (const extended of [false, true]) {
    const line = extended ? "our protocol" : "the classic protocol";
    const setUp = async (bytesPerSecond: () => number) => {
      const clock = new FakeClock();
      const making = relayedPair({ clock, isCoarse });
      await clock.advance(50);
      const [near, far] = await making;
      const tree = new ResumableTree();
      tree.files.set("f", { bytes: CONTENT, mode: 0o644 });
      const options = { clock, ...(extended && { peer: PEER, digest }) };
      const serving = serveStream(far, { tree, read: true, write: true }, options);
      const file = slowFile(clock, bytesPerSecond);
      const open = () => Promise.resolve(file);
      const pulling = pull(near, open, { clock, path: "f", extended, digest, resume: open })
        .then(() => undefined, (error: Error) => error);
      return { clock, file, pulling, serving };
    };

    Deno.test(`A pull whose reader takes 1 KiB a second arrives whole through ${through}, in ${line}`, async () => {
      const { clock, file, pulling, serving } = await setUp(() => 1024);
      await timed(clock, pulling, 2300);
      strictEqual(await pulling, undefined);
      await timed(clock, serving, 200);
      strictEqual((await serving).error, undefined);
      ok(equal(file.bytes(), CONTENT));
    });

    Deno.test(`A reader that stops in the middle holds its place for little more than a minute through ${through}, in ${line}`, async () => {
      const { clock, pulling, serving } = await setUp(() => clock.nowMs() < 300_000 ? 4096 : 1e-6);
      await timed(clock, serving, 500);
      const { error } = await serving;
      match(error!.message, /nothing moved for 60 s/);
      ok(clock.nowMs() < 300_000 + 150_000, `${clock.nowMs()}`);
      void pulling;
    });
  }

  Deno.test(`A file for a receiver that takes 1 KiB a second arrives through ${through}`, async () => {
    const clock = new FakeClock();
    const making = relayedPair({ clock, isCoarse });
    await clock.advance(50);
    const [near, far] = await making;
    const file = slowFile(clock, () => 1024);
    const decide = () => ({ ok: true as const, open: () => Promise.resolve(file) });
    const taking = receiveFile(near, PEER, decide, { clock, digest });
    const offer = { id: "a1", name: "f", size: BigInt(CONTENT.length), mime: "", from: PEER, group: "" };
    const sending = sendFile(far, offer, memoryFile(CONTENT), { clock, digest });
    await timed(clock, Promise.all([taking, sending]), 2300);
    strictEqual((await taking).kind, "kept");
    strictEqual((await sending).kind, "delivered");
    ok(equal(file.bytes(), CONTENT));
  });
}

// A twentieth of the time: the last ack is waited for 120 s without a sign, and comes behind 150.
Deno.test("A slow pull over sockets arrives whole", async () => {
  const clock = hurriedClock(20);
  const sockets: Duplex[] = [];
  const connect = async () => {
    const pair = await socketPair();
    sockets.push(...pair);
    return pair;
  };
  const [near, far] = await relayedPair({ clock, isCoarse: true, connect });
  const bytes = CONTENT.subarray(0, 300 * 1024);
  const tree = new MemoryTree();
  tree.files.set("f", { bytes, mode: 0o644 });
  const serving = serveStream(far, { tree, read: true, write: true }, { clock });
  const file = slowFile(clock, () => 2048);
  await pull(near, () => Promise.resolve(file), { clock, path: "f" });
  strictEqual((await serving).error, undefined);
  ok(equal(file.bytes(), bytes));
  for (const socket of sockets) socket.close();
});

Deno.test("A write to one of several streams waits while any of them moves: they are read in turns", async () => {
  const waitedFor: unknown[] = [];
  const wire = (moved: number | undefined): Writer => ({
    moved,
    write: (_bytes, living) => Promise.resolve(void waitedFor.push(living)),
  });
  const striped = new StripedWriting(wire(1), new FakeClock());
  striped.add(wire(2));
  strictEqual(striped.moved, 3);
  await striped.write(new Uint8Array(500_000));
  await striped.flush();
  ok(waitedFor.length >= 2 && waitedFor.every((one) => one === striped));
  striped.add(wire(undefined));
  strictEqual(striped.moved, undefined, "of one it can't be seen");
});
