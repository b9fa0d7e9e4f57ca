/** In what order messages that came together are read. */
import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import type { FeedLeaf } from "../../lib/cxo/feed_change.ts";
import { encodeLeaf, leafBody, leafPath, parseLeafPath, unsignedLeaf } from "../../lib/group/leaf.ts";
import { inOrder } from "../../lib/group/order.ts";
import { bareThread, encodeHeads, type Head, NOWHERE, type Place } from "../../lib/group/thread.ts";
import { GROUP, type Member, seeded, START_NS, World } from "./world.ts";

const YEAR_NS = 365n * 86_400n * 1_000_000_000n;
const feedOf = ({ feed }: Member): FeedLeaf[] => [...feed].map(([path, value]) => ({ path, value }));

/** The texts of a public group's messages as they are read. */
const textsIn = (leaves: readonly FeedLeaf[]): string[] =>
  inOrder(leaves).filter(({ path }) => parseLeafPath(path) !== undefined)
    .map(({ value }) => JSON.parse(new TextDecoder().decode(value)).text);

for (const years of [10n, -10n]) {
  Deno.test(`Order: a clock ${years} years off puts nothing to the beginning or to the end`, () => {
    const world = new World("public", seeded(61), undefined, "public");
    const [alice, bob, carol] = [world.founder, world.join(), world.join()];
    world.settle();
    bob.skewNs = years * YEAR_NS;
    const said: string[] = [];
    for (const who of [alice, carol, bob, alice, bob, carol, bob, bob, alice, carol]) {
      world.post(who, `${said.length}`);
      said.push(`${said.length}`);
      world.settle();
      if (who === bob && said.length > 5) world.restart(bob); // the next run goes on behind it
    }
    const leaves = feedOf(alice);
    deepStrictEqual(textsIn(leaves), said, "the admin's feed holds all copies");
    deepStrictEqual(textsIn(leaves.toReversed()), said, "whatever order they lie in");
  });
}

const AUTHORS = [1, 2, 3, 4].map((seed) => keyPairOf(seeded(seed).bytes(32)).pk);
const INC = "0011223344556677";

/** A leaf that nobody has signed: order is no matter of trust. */
function leafOf(author: string, tsNs: bigint, seq: bigint, names: Partial<{ after: Place; heads: Head[] }>) {
  const { after = NOWHERE, heads = [] } = names;
  const thread = {
    ...bareThread(GROUP, { inc: INC, seq }),
    after,
    heads: encodeHeads(heads),
    signature: new Uint8Array(65),
  };
  const leaf = unsignedLeaf(leafBody({ sender: author, tsNs, text: `${seq}` }, seeded(1)));
  return { path: leafPath(author, tsNs, seq), value: encodeLeaf({ ...leaf, thread }) };
}

const headOf = (author: string, seq: bigint): Head => ({
  author,
  inc: INC,
  seq,
  hash: new Uint8Array(32),
});

Deno.test("Order follows from the set of leaves, and everything stands behind what its author had seen", () => {
  const step = fc.record({
    who: fc.nat(3),
    offNs: fc.bigInt(-100n, 100n),
    sees: fc.uniqueArray(fc.nat(3), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), fc.nat(), (steps, seed) => {
      const counts = [0n, 0n, 0n, 0n];
      const leaves: FeedLeaf[] = [];
      const before = new Map<string, string[]>(); // what stands before each path
      const paths = new Map<string, string>();
      for (const { who, offNs, sees } of steps) {
        const heads = sees.filter((other) => other !== who && counts[other] > 0n)
          .map((other) => headOf(AUTHORS[other], counts[other]));
        const seq = ++counts[who];
        const leaf = leafOf(AUTHORS[who], START_NS + offNs, seq, { heads });
        const own = paths.get(`${AUTHORS[who]}/${seq - 1n}`);
        const seen = heads.map(({ author, seq }) => paths.get(`${author}/${seq}`)!);
        before.set(leaf.path, own === undefined ? seen : [own, ...seen]);
        paths.set(`${AUTHORS[who]}/${seq}`, leaf.path);
        leaves.push(leaf);
      }
      const order = inOrder(leaves).map(({ path }) => path);
      for (const [path, earlier] of before) {
        for (const one of earlier) ok(order.indexOf(one) < order.indexOf(path), `${one} before ${path}`);
      }
      const random = seeded(seed + 1);
      const mixed = [...leaves].sort(() => random.fraction() - 0.5);
      deepStrictEqual(inOrder(mixed).map(({ path }) => path), order);
    }),
    { numRuns: 100 },
  );
});

Deno.test("Order ends where leaves name each other in a ring, and where a thread is long", () => {
  const [a, b] = AUTHORS;
  const ring = [
    leafOf(a, START_NS, 1n, { heads: [headOf(b, 1n)] }),
    leafOf(b, START_NS + 1n, 1n, { heads: [headOf(a, 1n)] }),
  ];
  deepStrictEqual(inOrder(ring), inOrder(ring.toReversed()));
  const long = Array.from({ length: 5_000 }, (_, i) => leafOf(a, START_NS - BigInt(i), BigInt(i + 1), {}));
  deepStrictEqual(inOrder(long).map(({ path }) => path), long.map(({ path }) => path));
});

Deno.test("Order leaves what is no message where it was, before them, and one that can't be read by its path", () => {
  const message = leafOf(AUTHORS[0], START_NS, 1n, {});
  const [mod, roster] = ["mod/00001", "roster/00001"].map((path) => ({ path, value: new Uint8Array(1) }));
  const broken = { path: leafPath(AUTHORS[1], START_NS - 1n, 1n), value: new Uint8Array(1) };
  deepStrictEqual(inOrder([message, mod, broken, roster]), [mod, roster, broken, message]);
});
