/** Port 62: voice calls of Go programs are declined, and the called one is told. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { declineCalls } from "../../../lib/app/messages/call_port.ts";
import type { AppStream } from "../../../lib/app/node/node.ts";
import { isWritten } from "../../../lib/app/written.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { keyOf } from "../local/pair.ts";
import { World } from "../local/world.ts";

const [ALICE, BOB, EVE] = ["alice", "bob", "eve"].map(keyOf);
const frame = (text: string): Uint8Array => encodeChatFrame(utf8(text));
const call = (from: string): Uint8Array =>
  frame(`{"type":1,"call_id":"c1","from_pk":"${from}","codec":"pcm","media_port":62}`);
const NO =
  `{"type":3,"call_id":"c1","from_pk":"${ALICE}","reason":"this program takes no calls; please write"}`;

function declining() {
  const [hub, clock, stop] = [new ChatHub(), new FakeClock(), new AbortController()];
  const admit = (from: string) => Promise.resolve(from !== EVE);
  const calls: string[] = [];
  const onCall = (from: string) => Promise.resolve(void calls.push(from));
  const done = declineCalls({ pk: ALICE, network: hub.client(ALICE), clock, admit, onCall }, stop.signal);
  const dial = (from: string): Promise<AppStream> => hub.client(from).dial({ pk: ALICE, port: 62 });
  /** What comes back, without its length; null: the end. */
  const answer = async (stream: AppStream): Promise<string | null> => {
    const bytes = await stream.read();
    return bytes && fromUtf8(bytes.subarray(4));
  };
  return { clock, stop, done, dial, answer, calls };
}

Deno.test("Who calls is told to write, whatever pieces it says it in, and is told of once a minute", async () => {
  const { dial, answer, calls, clock, stop, done } = declining();
  for (let i = 0; i < 3; i++) {
    const stream = await dial(BOB);
    for (const byte of call(BOB)) await stream.write(Uint8Array.of(byte));
    strictEqual(await answer(stream), NO);
    strictEqual(await answer(stream), null);
  }
  await settle();
  deepStrictEqual(calls, [BOB]);
  await clock.advance(60_000);
  await (await dial(BOB)).write(call(BOB));
  await settle();
  deepStrictEqual(calls, [BOB, BOB]);
  stop.abort();
  await done;
});

Deno.test("What goes on with an older call is declined and no call; what is none ends its stream alone", async () => {
  const { dial, answer, calls, clock } = declining();
  const resumed = await dial(BOB);
  await resumed.write(frame(`{"type":6,"call_id":"c1","from_pk":"${BOB}"}`));
  strictEqual(await answer(resumed), NO);
  for (const said of [frame("hello"), utf8("GET / HTTP/1.0"), new Uint8Array(4)]) {
    const stream = await dial(BOB);
    await stream.write(said);
    strictEqual(await answer(stream), null);
  }
  const [silent, blocked] = [await dial(BOB), await dial(EVE)];
  strictEqual(await answer(blocked), null);
  const ended = answer(silent);
  await clock.advance(10_001);
  strictEqual(await ended, null);
  deepStrictEqual(calls, []);
});

Deno.test("Of many callers at once those beyond 8 are not heard, until one of them has ended", async () => {
  const { dial, answer } = declining();
  const streams: AppStream[] = [];
  for (let i = 0; i < 8; i++) streams.push(await dial(BOB));
  strictEqual(await answer(await dial(BOB)), null);
  await streams[0].write(call(BOB));
  strictEqual(await answer(streams[0]), NO);
  await settle();
  const more = await dial(BOB);
  await more.write(call(BOB));
  strictEqual(await answer(more), NO);
});

World.test("A call is a line of its conversation, unread, and nothing that the peer has written", async (world) => {
  const bob = await world.open("bob", { settings: { acceptFirst: true } });
  const stream = await world.done(world.hub.client(ALICE).dial({ pk: BOB, port: 62 }));
  await world.done(stream.write(call(ALICE)));
  await world.pass(1000);
  const [message] = await bob.messages.history({ limit: 9 });
  match(message.text, /^📞 Missed call/);
  deepStrictEqual([message.peer, message.outgoing, message.id], [ALICE, false, undefined]);
  strictEqual(isWritten(message), false);
  deepStrictEqual((await bob.messages.conversations()).map(({ peer, unread }) => [peer, unread]), [[
    ALICE,
    1,
  ]]);
  await world.done(bob.peers.decide({ peer: ALICE, blocked: true }));
  await world.pass(60_000);
  const again = await world.done(world.hub.client(ALICE).dial({ pk: BOB, port: 62 }));
  await world.done(again.write(call(ALICE)).catch(() => {}));
  strictEqual(await world.done(again.read()), null);
  strictEqual((await bob.messages.history({ limit: 9 })).length, 1);
});
