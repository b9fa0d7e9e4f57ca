/** The Root that follows a Sub, for who may have missed the one that came with its Ok, and changes meanwhile. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { utf8 } from "../../lib/wire/bytes.ts";
import { keyOf, type Member, World } from "./world.ts";

const [A, B] = [keyOf(1), keyOf(2)];
const BATCH_MS = 50;

/** An owner, who has published, and whose feed somebody begins to read now. */
function subscribed(): { world: World; a: Member; b: Member; published: () => number } {
  const world = new World();
  const [a, b] = [world.add(A), world.add(B)];
  world.put(a, { kind: "own", batchMs: BATCH_MS, leaves: [{ path: "msgs/1", value: utf8("one") }] });
  world.run(3_000);
  world.put(b, { kind: "follow", feed: A, peers: [A] });
  for (let ms = 0; ms < 1_000 && world.model(b, A).size === 0; ms += 10) world.run(10);
  a.events.length = 0;
  return { world, a, b, published: () => a.events.filter(({ kind }) => kind === "published").length };
}

Deno.test("A change behind a Sub is shown after its batch, and does not wait for the Root that follows the Sub", () => {
  const { world, a, b, published } = subscribed();
  for (const n of [2, 3]) {
    world.put(a, { kind: "put", path: `msgs/${n}`, value: utf8("more") });
    world.run(BATCH_MS + 150); // the way, and the pause of a reader between two Roots
    deepStrictEqual([world.model(b, A).size, published()], [n, n - 1]);
  }
});

Deno.test("The Root that follows a Sub comes also when a change came before it, to who subscribed", () => {
  const { world, a, b, published } = subscribed();
  world.put(a, { kind: "put", path: "msgs/2", value: utf8("two") });
  world.run(500);
  const place = () => b.node.feeds.get(A)!.feed.last!.root.seq;
  const [before, count] = [place(), published()];
  world.run(1_500);
  strictEqual(published(), count + 1);
  strictEqual(place(), before + 1n);
  world.run(20_000);
  strictEqual(published(), count + 1, "and no other one");
});
