import { deepStrictEqual, rejects } from "node:assert/strict";
import { PeerBook } from "../../../lib/app/peers/peer_book.ts";
import type { Store } from "../../../lib/store/store.ts";

const PEER = `02${"a".repeat(64)}`;

Deno.test("A store that could not be read once keeps out no new senders afterwards", async () => {
  let isAway = true;
  const book = new PeerBook({
    messages: { newest: () => Promise.resolve([]), conversations: () => Promise.resolve([]) },
    peers: { all: () => isAway ? Promise.reject(new Error("the server is away")) : Promise.resolve([]) },
  } as unknown as Store);
  await rejects(book.hasRoomFor(PEER), /away/);
  isAway = false;
  deepStrictEqual(await book.hasRoomFor(PEER), true);
});
