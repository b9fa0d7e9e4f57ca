/** Port 8: pings, as the page of a Go program sends them to see who is there. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { answerPings } from "../../../lib/app/messages/ping_port.ts";
import type { AppStream } from "../../../lib/app/node/node.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { keyOf } from "../local/pair.ts";

const [ALICE, BOB, EVE] = ["alice", "bob", "eve"].map(keyOf);

function answering() {
  const [hub, clock, stop] = [new ChatHub(), new FakeClock(), new AbortController()];
  const admit = (from: string) => Promise.resolve(from !== EVE);
  const done = answerPings({ network: hub.client(ALICE), clock, admit }, stop.signal);
  const dial = (from: string): Promise<AppStream> => hub.client(from).dial({ pk: ALICE, port: 8 });
  const says = async (stream: AppStream): Promise<string | null> => {
    const bytes = await stream.read();
    return bytes && fromUtf8(bytes);
  };
  return { clock, stop, done, dial, says };
}

Deno.test("A ping is answered, and the next one on the same stream, whatever pieces they come in", async () => {
  const { dial, says, stop, done } = answering();
  const stream = await dial(BOB);
  for (
    const [announced, ping, answer] of [
      [['{"size":4}'], ["ping"], "pong"],
      [['{"si', 'ze":', "0}"], [], "pong"],
      [['{"size":6,"echo_full":true}'], ["pi", "ng", "s!"], "pings!"],
      [['{"size":2,"echo_full":false}'], ["hi"], "pong"],
    ] as const
  ) {
    for (const piece of announced) await stream.write(utf8(piece));
    strictEqual(await says(stream), "ok");
    for (const piece of ping) await stream.write(utf8(piece));
    strictEqual(await says(stream), answer);
  }
  stop.abort();
  await done;
});

Deno.test("What is no ping, too long a one, or of somebody who is blocked ends the stream and no other", async () => {
  const { clock, dial, says } = answering();
  const good = await dial(BOB);
  for (const said of ["hello", '{"size":65537}', '{"size":-1}', '{"size":"1"}', "x".repeat(300)]) {
    const stream = await dial(BOB);
    await stream.write(utf8(said));
    await stream.write(utf8("x".repeat(256)));
    strictEqual(await says(stream), null, said);
  }
  strictEqual(await says(await dial(EVE)), null, "blocked");
  await good.write(utf8('{"size":1}'));
  strictEqual(await says(good), "ok");
  await clock.advance(60_001);
  strictEqual(await says(good), null, "who says nothing for a minute");
});

Deno.test("Of very many pings at once those beyond 32 are not answered, until one of them ends", async () => {
  const { dial, says } = answering();
  const streams: AppStream[] = [];
  for (let i = 0; i < 32; i++) streams.push(await dial(BOB));
  strictEqual(await says(await dial(BOB)), null);
  streams[0].close();
  await settle();
  const stream = await dial(BOB);
  await stream.write(utf8('{"size":0}'));
  deepStrictEqual([await says(stream), await says(stream)], ["ok", "pong"]);
});

/** A stream whose pieces are overwritten by the next read, as {@link Duplex.read} allows, and that takes nothing when told so. */
function fakeStream(pieces: readonly string[], takes = true) {
  const view = new Uint8Array(256);
  const left = [...pieces];
  const wrote: string[] = [];
  let isClosed = false;
  const stream = {
    remote: { pk: BOB, port: 50_000 },
    read: (): Promise<Uint8Array | null> => {
      const next = left.shift();
      if (next === undefined) return new Promise(() => {});
      const bytes = utf8(next);
      view.fill(0);
      view.set(bytes);
      return Promise.resolve(view.subarray(0, bytes.length));
    },
    write: (bytes: Uint8Array): Promise<void> => {
      wrote.push(fromUtf8(bytes));
      return takes ? Promise.resolve() : new Promise(() => {});
    },
    closeWrite: () => Promise.resolve(),
    close: () => void (isClosed = true),
    reset: () => void (isClosed = true),
    ping: () => Promise.resolve(0),
  };
  return { stream, wrote, isClosed: () => isClosed };
}

/** Answers on one stream. */
function answeringOn(stream: AppStream): FakeClock {
  const clock = new FakeClock();
  const listener = {
    close: () => {},
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve(stream);
    },
  };
  const network = { listen: () => listener } as unknown as Parameters<typeof answerPings>[0]["network"];
  void answerPings({ network, clock, admit: () => Promise.resolve(true) }, new AbortController().signal);
  return clock;
}

Deno.test("What announces a ping is put together from views that are good until the next read", async () => {
  const { stream, wrote } = fakeStream(['{"si', 'ze":0', "}"]);
  answeringOn(stream);
  await settle();
  deepStrictEqual(wrote, ["ok", "pong"]);
});

Deno.test("Who asks and takes no answer for a minute holds no place", async () => {
  const { stream, wrote, isClosed } = fakeStream(['{"size":0}'], false);
  const clock = answeringOn(stream);
  await settle();
  deepStrictEqual(wrote, ["ok"]);
  await clock.advance(59_000);
  strictEqual(isClosed(), false);
  await clock.advance(2000);
  strictEqual(isClosed(), true);
});
