/** Port 9001: one stream to each peer, and those of peers that are let in. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { DmsgChatPort, type DmsgChatPortOptions } from "../../../lib/app/messages/dmsg_chat_port.ts";
import type { AppStream } from "../../../lib/app/node/node.ts";
import { DMSG_CHAT_PORT, readDmsgChat } from "../../../lib/chat/dmsg_chat.ts";
import { CHAT_FRAME, encodeChatFrame } from "../../../lib/chat/frame.ts";
import { FrameReader } from "../../../lib/wire/frame.ts";
import { ChatHub } from "../../fakes/chat_hub.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";
import { keyOf } from "../local/pair.ts";

const [ALICE, BOB] = ["alice", "bob"].map(keyOf);

function ported(options: Partial<DmsgChatPortOptions> = {}) {
  const hub = new ChatHub();
  const clock = new FakeClock();
  const peers: string[] = [];
  const taken: string[] = [];
  const port = new DmsgChatPort({
    pk: ALICE,
    network: hub.client(ALICE),
    clock,
    admit: () => Promise.resolve(true),
    onPeer: (from) => peers.push(from),
    take: ({ text }) => Promise.resolve(taken.push(text) > 0),
    ...options,
  });
  return { hub, clock, port, peers, taken };
}

/** Bob, who reads what comes on streams to him. */
function bobOn(hub: ChatHub) {
  const heard: string[] = [];
  const streams: AppStream[] = [];
  void (async () => {
    for await (const stream of hub.client(BOB).listen(DMSG_CHAT_PORT)) {
      streams.push(stream);
      void (async () => {
        const reader = new FrameReader(CHAT_FRAME);
        for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
          reader.push(bytes, (payload) => void heard.push(readDmsgChat(payload, ALICE)!.message));
        }
      })().catch(() => {});
    }
  })();
  return { heard, streams };
}

Deno.test("Nothing leaves before it may, and all messages to a peer take one stream while that stands", async () => {
  const { hub, port } = ported();
  const { heard, streams } = bobOn(hub);
  const send = (text: string, beforeWrite = () => Promise.resolve()) => {
    let isWritten = false;
    const onWritten = (): void => void (isWritten = true);
    return port.send(BOB, port.payload(text), { beforeWrite, onWritten })
      .catch((error) => `${error.message}, ${isWritten ? "written" : "not written"}`);
  };
  await send("one");
  strictEqual(
    await send("two", () => Promise.reject(new Error("taken back"))),
    "taken back, not written",
  );
  const marked = Promise.withResolvers<void>();
  const third = send("three", () => marked.promise);
  await settle();
  deepStrictEqual(heard, ["one"]);
  marked.resolve();
  await third;
  await settle();
  deepStrictEqual([heard, streams.length], [["one", "three"], 1]);
  hub.cut(ALICE);
  await settle();
  await send("four");
  await settle();
  deepStrictEqual([heard, streams.length], [["one", "three", "four"], 2]);
  port.close();
});

Deno.test("What a server does not take within 10 s may have left, and the next message takes another stream", async () => {
  const { hub, clock, port } = ported();
  const { streams } = bobOn(hub);
  const network = hub.client(ALICE);
  const silent = {
    ...network,
    dial: async (...to: Parameters<typeof network.dial>) => ({
      ...await network.dial(...to),
      ping: () => new Promise<number>(() => {}),
    }),
  };
  const other = new DmsgChatPort({
    pk: ALICE,
    network: silent,
    clock,
    admit: () => Promise.resolve(true),
    onPeer: () => {},
    take: () => Promise.resolve(true),
  });
  for (const count of [1, 2]) {
    const sending = other.send(BOB, other.payload("hello"), {});
    sending.catch(() => {});
    await clock.advance(10_000);
    await rejects(sending, { reason: "unreachable", message: /did not take the message within 10000 ms/ });
    strictEqual(streams.length, count);
    await settle();
  }
  strictEqual(clock.pendingTimers, 0);
  for (const one of [port, other]) one.close();
});

Deno.test("Who is not let in is heard by nobody, also when that can't be looked up", async () => {
  for (const admit of [() => Promise.resolve(false), () => Promise.reject(new Error("no disk"))]) {
    const { hub, port, peers, taken } = ported({ admit });
    const listening = port.listen();
    await settle();
    const stream = await hub.client(BOB).dial({ pk: ALICE, port: DMSG_CHAT_PORT });
    await stream.write(encodeChatFrame(port.payload("let me in"))).catch(() => {});
    await settle();
    deepStrictEqual([peers, taken, await stream.read().catch(() => null)], [[], [], null]);
    port.close();
    await listening;
  }
});

Deno.test("A peer's stream is read, and one that comes while the port is closed is not", async () => {
  const looked = Promise.withResolvers<boolean>();
  let asked = 0;
  const { hub, port, peers, taken } = ported({
    admit: () => asked++ === 0 ? Promise.resolve(true) : looked.promise,
  });
  const listening = port.listen();
  await settle();
  const dial = async (text: string) => {
    const stream = await hub.client(BOB).dial({ pk: ALICE, port: DMSG_CHAT_PORT });
    await stream.write(encodeChatFrame(port.payload(text)));
    await settle();
  };
  await dial("first");
  deepStrictEqual([peers, taken], [[BOB], ["first"]]);
  await dial("second");
  port.close();
  looked.resolve(true);
  await listening;
  await settle();
  deepStrictEqual([peers, taken], [[BOB], ["first"]]);
});
