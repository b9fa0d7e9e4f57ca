/** In what order messages that came together are read. */
import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { NULL_PK } from "../../../lib/crypto/members.ts";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import { encodeLeaf, leafBody, leafPath, parseLeafPath, unsignedLeaf } from "../../../lib/group/talk/leaf.ts";
import { inOrder } from "../../../lib/group/threads/order.ts";
import {
  bareThread,
  encodeHeads,
  type Head,
  NOWHERE,
  type Place,
} from "../../../lib/group/threads/thread.ts";
import { GROUP, type Member, seeded, START_NS, textsOf, World } from "../sim/world.ts";

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

const timesOf = (member: Member): Record<string, bigint> =>
  Object.fromEntries([...member.shown.values()].map(({ text, tsNs }) => [text!, tsNs]));

for (const secondsBehind of [0n, 30n]) {
  Deno.test(`An answer of a clock ${secondsBehind} s behind is later than what it answers, also after a restart`, () => {
    const world = new World("private", seeded(22));
    const [alice, bob] = [world.founder, world.join()];
    world.settle();
    bob.skewNs = -secondsBehind * 1_000_000_000n;
    world.post(alice, "which way?");
    world.settle();
    world.post(bob, "left");
    world.settle();
    world.post(alice, "and then?");
    world.settle();
    world.restart(bob);
    world.post(bob, "right");
    world.settle();
    const times = timesOf(alice);
    const said = ["which way?", "left", "and then?", "right"].map((text) => times[text]);
    deepStrictEqual(said.toSorted((a, b) => a < b ? -1 : 1), said);
  });
}

Deno.test("A clock that is far ahead draws nobody's messages, and hides none that is right", () => {
  const world = new World("public", seeded(23));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  bob.skewNs = 10n * YEAR_NS;
  carol.skewNs = 20_000_000_000n;
  world.post(bob, "from ahead");
  world.post(carol, "from near");
  world.settle();
  world.post(alice, "from now");
  world.settle();
  const times = timesOf(bob);
  strictEqual(times["from now"], times["from near"] + 1n);
});

for (const op of ["a mute", "read-only"] as const) {
  Deno.test(`What is said when ${op} was lifted is shown, also where the admin's clock is ahead`, () => {
    const world = new World("private", seeded(24));
    const [alice, bob, carol] = [world.founder, world.join(), world.join()];
    world.settle();
    alice.skewNs = 200_000_000_000n;
    const [peer, put, lift] = op === "a mute" ? [bob.pair.pk, 3, 4] : [NULL_PK, 5, 6];
    world.decide(alice, "mod", put, peer);
    world.settle();
    world.nowNs += 600_000_000_000n;
    world.decide(alice, "mod", lift, peer);
    world.settle();
    world.post(bob, "at last");
    world.settle();
    deepStrictEqual([bob.refused, textsOf(carol), textsOf(bob)], [[], ["at last"], ["at last"]]);
  });
}

for (const op of ["a mute", "read-only"] as const) {
  Deno.test(`What is said when ${op} was lifted by a clock that is days ahead is shown, and others' times stay theirs`, () => {
    const world = new World("private", seeded(26));
    const [alice, bob, carol, dora] = [world.founder, world.join(), world.join(), world.join()];
    world.decide(alice, "admin", 1, carol);
    world.settle();
    carol.skewNs = 3n * 86_400_000_000_000n;
    const [peer, put, lift] = op === "a mute" ? [bob.pair.pk, 3, 4] : [NULL_PK, 5, 6];
    world.decide(alice, "mod", put, peer);
    world.settle();
    world.post(bob, "meanwhile");
    strictEqual(bob.refused.length, 1);
    world.decide(carol, "mod", lift, peer);
    world.settle();
    for (const text of ["at last", "and more"]) {
      world.post(bob, text);
      world.settle();
    }
    world.post(alice, "welcome");
    world.settle();
    for (const member of [alice, bob, carol, dora]) {
      deepStrictEqual(textsOf(member).toSorted(), ["and more", "at last", "welcome"]);
    }
    const times = timesOf(dora);
    ok(times["at last"] < times["and more"]);
    ok(times["welcome"] < times["at last"], "nobody else is drawn ahead");
    // Who was silenced by mistake of two clocks is not silenced for what it says later either.
    world.nowNs += 4n * 86_400_000_000_000n;
    world.post(bob, "days later");
    world.settle();
    strictEqual(timesOf(dora)["days later"], world.nowNs);
  });
}

Deno.test("What somebody said before it went is shown, where it answered a clock that is ahead", () => {
  const world = new World("private", seeded(25));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  carol.skewNs = 30_000_000_000n;
  world.post(carol, "are you leaving?");
  world.settle();
  world.post(bob, "yes");
  world.settle();
  world.decide(alice, "roster", 2, bob);
  world.settle([alice, carol]);
  deepStrictEqual(textsOf(carol), ["are you leaving?", "yes"]);
});

const MINUTE_NS = 60_000_000_000n;

/** The founder's clock is some minutes behind; one of those who speak is silenced by it. */
function silenced(op: "a mute" | "read-only", minutes: Readonly<Record<"alice" | "bob" | "carol", bigint>>) {
  const world = new World("private", seeded(27));
  const [alice, bob, carol, dora] = [world.founder, world.join(), world.join(), world.join()];
  world.settle();
  [alice, bob, carol].forEach((member, i) => {
    member.skewNs = Object.values(minutes)[i] * MINUTE_NS;
  });
  world.nowNs += 60n * MINUTE_NS;
  for (const [member, text] of [[bob, "one"], [carol, "two"], [bob, "three"]] as const) {
    world.post(member, text);
    world.settle();
    world.nowNs += MINUTE_NS;
  }
  world.decide(alice, "mod", op === "a mute" ? 3 : 5, op === "a mute" ? bob.pair.pk : NULL_PK);
  world.settle();
  return { world, alice, bob, carol, dora };
}

for (const op of ["a mute", "read-only"] as const) {
  for (const behind of [3n, 6n, 10n, 25n]) {
    Deno.test(`What was said before ${op} of a clock that is ${behind} min behind stays`, () => {
      const { world, alice, bob, carol, dora } = silenced(op, { alice: -behind, bob: 0n, carol: 1n });
      for (const member of [alice, bob, carol, dora]) {
        deepStrictEqual(textsOf(member).toSorted(), ["one", "three", "two"]);
      }
      world.post(bob, "four");
      strictEqual(bob.refused.length, 1);
      const late = world.join();
      world.settle();
      deepStrictEqual(textsOf(late).toSorted(), ["one", "three", "two"]);
      world.nowNs += MINUTE_NS;
      world.decide(alice, "mod", op === "a mute" ? 4 : 6, op === "a mute" ? bob.pair.pk : NULL_PK);
      world.settle();
      world.post(bob, "at last");
      world.settle();
      strictEqual(textsOf(dora).includes("at last"), true);
    });
  }
}

Deno.test("A decision follows no single clock that is ahead, and no two that are an hour ahead", () => {
  for (const minutes of [{ alice: 0n, bob: 20n, carol: 0n }, { alice: 0n, bob: 60n, carol: 60n }]) {
    const { world, alice, bob } = silenced("a mute", minutes);
    const sinceNs = alice.engine.record.mutedSince.get(bob.pair.pk)!;
    ok(sinceNs <= world.nowNs, String(sinceNs - world.nowNs));
  }
});
