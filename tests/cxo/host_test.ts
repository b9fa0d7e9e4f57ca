import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { leavesOf } from "../../lib/cxo/feed/diff.ts";
import { topKeyOf } from "../../lib/cxo/feed/feed.ts";
import { CxoHost } from "../../lib/cxo/node/host.ts";
import { CxoNode } from "../../lib/cxo/node/node.ts";
import type { NodeOut } from "../../lib/cxo/node/types.ts";
import { fromHex, utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { FakeClock } from "../fakes/clock.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../fakes/duplex.ts";
import { keyOf, standIn } from "./world.ts";

/** Hosts that dial each other over pipes in memory. */
class Town {
  readonly clock = new FakeClock();
  readonly hosts = new Map<PublicKeyHex, { host: CxoHost; node: CxoNode; events: NodeOut[] }>();
  readonly pipes: MemoryDuplex[] = [];

  add(pk: PublicKeyHex) {
    const id = fromHex(pk);
    const { clock } = this;
    const node = new CxoNode({
      id,
      scheme: standIn(id),
      wallNs: () => clock.wallNs(),
      random: { fraction: () => 0.5 },
    });
    const events: NodeOut[] = [];
    const host = new CxoHost({
      node,
      clock,
      dial: (peer) => {
        const to = this.hosts.get(peer);
        if (!to) {
          return Promise.reject(new NetworkError("nobody there", { retry: true, reason: "unreachable" }));
        }
        const [here, there] = memoryDuplexPair({ chunk: (available) => Math.min(available, 700) });
        this.pipes.push(here);
        void to.host.accept(there, pk);
        return Promise.resolve(here);
      },
      onEvent: (event) => void events.push(event),
    });
    const made = { host, node, events };
    this.hosts.set(pk, made);
    return made;
  }
}

const [A, B] = [keyOf(1), keyOf(2)];

const size = (node: CxoNode, pk: PublicKeyHex): number => {
  const { objects, last } = node.feeds.get(pk)!.feed;
  return last ? [...leavesOf(objects, topKeyOf(last)!)].length : 0;
};

Deno.test("Host runs two nodes over duplexes: dialling, filling, a lost connection, the end", async () => {
  const town = new Town();
  const b = town.add(B);
  b.host.put({ kind: "follow", feed: A, peers: [A] });
  await town.clock.advance(4000); // nobody there yet
  const a = town.add(A);
  const leaves = Array.from({ length: 500 }, (_, i) => ({ path: `m/${i}`, value: utf8(`${i}`) }));
  a.host.put({ kind: "own", leaves });
  await town.clock.advance(10_000);
  strictEqual(size(b.node, A), 500);
  town.pipes.at(-1)!.break();
  await town.clock.advance(1);
  strictEqual(a.node.links.size, 0);
  a.host.put({ kind: "put", path: "late", value: utf8("x") });
  await town.clock.advance(10_000);
  strictEqual(size(b.node, A), 501);
  deepStrictEqual(b.events.filter(({ kind }) => kind === "connected").length, 2);
  a.host.close();
  b.host.close();
  await town.clock.advance(1000);
  deepStrictEqual([a.node.links.size, b.node.links.size], [0, 0]);
  ok(b.events.some(({ kind }) => kind === "filled"));
});

Deno.test("A stream that comes, or is answered, after the end is closed", async () => {
  const town = new Town();
  const [a, b] = [town.add(A), town.add(B)];
  b.host.put({ kind: "follow", feed: A, peers: [A] });
  b.host.close(); // its dial is on the way
  a.host.close();
  await town.clock.advance(20_000);
  strictEqual(await town.pipes[0].read(), null);
  const [here, there] = memoryDuplexPair();
  await a.host.accept(there, B);
  strictEqual(await here.read(), null);
  deepStrictEqual([town.pipes.length, a.node.links.size, b.node.links.size], [1, 0, 0]);
});

Deno.test("A dial that is answered after its peer is wanted no more is closed", async () => {
  const town = new Town();
  const [a, b] = [town.add(A), town.add(B)];
  b.host.put({ kind: "follow", feed: A, peers: [A] });
  b.host.put({ kind: "unfollow", feed: A });
  await town.clock.advance(20_000);
  strictEqual(await town.pipes[0].read(), null);
  deepStrictEqual([town.pipes.length, a.node.links.size, b.node.links.size], [1, 0, 0]);
  a.host.close();
  b.host.close();
});
