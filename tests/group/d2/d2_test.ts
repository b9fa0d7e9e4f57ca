/** Who can read what in a D2 group: engines whose feeds are read by each other. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { bodyOf, copyIn, makeD2Leaf, openCopy } from "../../../lib/group/d2/content.ts";
import { announce, Ratchets } from "../../../lib/group/d2/ratchet.ts";
import { GroupEngine } from "../../../lib/group/engine.ts";
import { groupRecord } from "../../../lib/group/record/record.ts";
import { parseLeafPath } from "../../../lib/group/talk/leaf.ts";
import { equal } from "../../../lib/wire/bytes.ts";
import { diskOf, messagesIn, opened, withoutMessages } from "../sim/d2_disk.ts";
import { keysOf, lieAbout } from "../sim/d2_liar.ts";
import { GROUP, hashSigner, type Member, seeded, textsOf, World } from "../sim/world.ts";

const DAY_NS = 86_400n * 1_000_000_000n;

function circle(count: number): { world: World; all: Member[] } {
  const world = new World("private", seeded(7), hashSigner, "private", "d2");
  const all = [world.founder];
  while (all.length < count) all.push(world.join());
  world.settle();
  return { world, all };
}

Deno.test("D2: everybody reads what is for all, only its audience what is for some", () => {
  const { world, all: [a, b, c, d] } = circle(4);
  world.post(b, "all");
  world.post(b, "some", [a]);
  world.settle();
  for (const member of [a, b]) deepStrictEqual(textsOf(member), ["all", "some"]);
  for (const member of [c, d]) deepStrictEqual(textsOf(member), ["all", undefined]);
  const sealed = [...c.shown.values()].find(({ text }) => text === undefined)!;
  strictEqual(sealed.sender, b.pair.pk, "who wrote it is seen");
  deepStrictEqual(c.engine.missing(), [], "and nothing is missing");
  const read = [...a.shown.values()].find(({ text }) => text === "some")!;
  deepStrictEqual(read.audience, [a.pair.pk, b.pair.pk].sort());
});

Deno.test("D2: a restart goes on, and a lost disk that is let in again reads what comes", () => {
  const { world, all: [a, b, c] } = circle(3);
  world.post(a, "one");
  world.settle();
  for (const member of [a, b, c]) world.restart(member);
  world.post(b, "two", [c]);
  world.settle();
  deepStrictEqual(textsOf(c), ["one", "two"]);
  world.lose(c, a);
  world.settle();
  world.post(a, "three", [c]);
  world.settle();
  ok(textsOf(c).includes("three"));
});

Deno.test("D2: removing rotates at once, and the removed one opens nothing that is said then", () => {
  const { world, all: [a, b, c] } = circle(3);
  world.decide(a, "roster", 2, c);
  world.post(a, "later");
  world.settle();
  deepStrictEqual(textsOf(b), ["later"]);
  deepStrictEqual(opened(world, c, diskOf(world, c), messagesIn(a)), []);
});

Deno.test("D2: after history was revoked nothing that is served opens with what the removed one has", () => {
  const { world, all: [a, b, c, d] } = circle(4);
  world.post(a, "one");
  world.post(b, "two", [d]);
  world.post(c, "three", [b]);
  world.settle();
  world.decide(a, "roster", 2, d);
  world.settle();
  const stolen = withoutMessages(diskOf(world, d));
  ok(opened(world, d, stolen, messagesIn(b)).length > 0);
  world.do(a, { kind: "revoke-history", sinceNs: 0n });
  world.settle([a, b, c]);
  for (const member of [a, b, c]) deepStrictEqual(opened(world, d, stolen, messagesIn(member)), []);
  ok(textsOf(d).includes("one"), "what it had fetched it keeps");
  deepStrictEqual(textsOf(a), ["one", undefined, undefined].sort());
  deepStrictEqual(textsOf(b), ["one", "three", "two"]);

  world.decide(a, "roster", 1, d);
  world.ask(d, a);
  world.settle();
  const back = opened(world, d, withoutMessages(diskOf(world, d)), messagesIn(b));
  deepStrictEqual([...new Set(back)].sort(), ["one", "two"], "who comes back gets it again");
});

Deno.test("D2: history that is revoked since a time stays as it was before it, at every member", () => {
  const { world, all: [a, b, c, d] } = circle(4);
  world.post(a, "before");
  world.post(b, "before, for some", [a, d]);
  world.settle();
  world.nowNs += 1_000_000_000n;
  const sinceNs = world.nowNs;
  world.post(a, "after");
  world.post(b, "after, for some", [a, d]);
  world.settle();
  world.decide(a, "roster", 2, d);
  world.settle();
  const stolen = withoutMessages(diskOf(world, d));
  const had = new Map([a, b, c].map((member) => [member, new Map(member.feed)]));
  world.do(a, { kind: "revoke-history", sinceNs });
  world.settle([a, b, c]);
  for (const member of [a, b, c]) {
    for (const { path, value } of messagesIn(member).filter(({ path }) => path.startsWith("msgs/"))) {
      const before = had.get(member)!.get(path);
      if (before === undefined) continue; // somebody's heartbeat, or a copy that came with the new key
      strictEqual(equal(before, value), parseLeafPath(path)!.tsNs < sinceNs, path);
    }
    deepStrictEqual(
      [...new Set(opened(world, d, stolen, messagesIn(member)))].sort(),
      ["before", "before, for some"],
      "only what was said before that time opens with what the removed one has",
    );
  }
  const some = (name: string) => [name, `${name}, for some`];
  for (const member of [a, b]) deepStrictEqual(textsOf(member), [...some("after"), ...some("before")]);
  deepStrictEqual(textsOf(c), ["after", "before", undefined, undefined]);
  const e = world.join(a);
  world.settle([a, b, c, e]);
  ok(textsOf(e).includes("after"));
});

Deno.test("D2: a removal at each side of a split leaves both out after it", () => {
  const { world, all } = circle(6);
  const [a, b, c, d, e, f] = all;
  world.decide(a, "admin", 1, b);
  world.settle();
  world.decide(a, "roster", 2, e);
  world.decide(b, "roster", 2, f);
  world.settle([a, c, e]);
  world.settle([b, d, f]);
  world.settle([a, b, c, d]);
  for (let i = 0; i < 3; i++) {
    world.tick(60, [a, b, c, d]);
    world.settle([a, b, c, d]);
  }
  world.post(c, "after");
  world.settle([a, b, c, d]);
  for (const member of [a, b, d]) ok(textsOf(member).includes("after"));
  for (const member of [e, f]) {
    deepStrictEqual(opened(world, member, diskOf(world, member), messagesIn(c)), []);
  }
});

Deno.test("D2: a stolen disk opens nothing of after the next keys, and the old key goes within a week", () => {
  const { world, all: [a, b] } = circle(2);
  world.post(a, "before");
  world.settle();
  const stolen = diskOf(world, b);
  world.tick(25 * 3600);
  world.settle();
  world.do(a, { kind: "rotate" });
  world.post(a, "after", [b]);
  world.post(a, "after all");
  world.settle();
  deepStrictEqual(textsOf(b), ["after", "after all", "before"]);
  deepStrictEqual(opened(world, b, withoutMessages(stolen), messagesIn(a)), ["before"]);
  strictEqual(b.ratchets.size, 2);
  world.tick(8 * 24 * 3600);
  world.settle(); // each has heard that the others have gone on
  for (const seconds of [60, 600]) world.tick(seconds);
  strictEqual(b.ratchets.size, 2, "the one before, and a new one");
  ok([...stolen.ratchets.keys()].every((announced) => !b.ratchets.has(announced)));
});

Deno.test("D2: a thief of an identity key opens nothing that was said before, and is out with its owner's next key", () => {
  const { world, all: [a, b, c] } = circle(3);
  const said = (text: string) => {
    world.post(a, text);
    world.post(a, `${text}, for b`, [b]);
    world.settle();
  };
  said("before");
  const thief = new GroupEngine({
    own: b.pair,
    record: { ...b.record, aesKey: new Uint8Array(0), keyRing: [] },
    leaves: [],
    shown: [],
    random: world.random,
    signer: world.signer,
  });
  const read = new Set<string>();
  const reads = (): string[] => {
    const leaves = [...a.feed].map(([path, value]) => ({ path, value }));
    for (const out of thief.handle({ kind: "leaves", feed: a.pair.pk, leaves }, world.nowNs)) {
      if (out.kind === "message" && out.message.text !== undefined) read.add(out.message.text);
    }
    return [...read].sort();
  };
  world.nowNs += 3600n * 1_000_000_000n; // its key is later than b's, and so counts
  deepStrictEqual(reads(), []);

  world.do(a, { kind: "ratchet", value: thief.announcement! });
  world.do(a, { kind: "rotate" });
  said("meanwhile");
  deepStrictEqual(
    reads(),
    ["meanwhile", "meanwhile, for b"],
    "who has an identity key is that member from then on",
  );
  ok(!textsOf(b).includes("meanwhile, for b"), "b reads nothing of it");

  world.tick(60); // b has seen a key of its own that it did not make
  world.settle();
  world.do(a, { kind: "rotate" });
  said("after");
  ok(textsOf(b).includes("after, for b") && textsOf(b).includes("after"), "and is back");
  deepStrictEqual(reads(), ["meanwhile", "meanwhile, for b"]);
  ok(textsOf(c).includes("meanwhile"));
});

Deno.test("D2: two programs with one identity key announce no more than one key in ten minutes", () => {
  const random = seeded(5);
  const own = keyPairOf(random.bytes(32));
  const [one, other] = [0, 1].map(() => new Ratchets({ own, groupId: GROUP, random, signer: hashSigner }));
  let [nowNs, renewed] = [1_000_000_000_000_000_000n, 0];
  for (let second = 0; second < 3600; second += 30) {
    for (const [mine, theirs] of [[one, other], [other, one]]) {
      if (mine.renew(nowNs)) renewed++;
      theirs.take(mine.of(own.pk)!);
    }
    nowNs += 30_000_000_000n;
  }
  ok(renewed > 6 && renewed <= 14, `${renewed}`);
  ok(one.secrets.size <= 8);
  // Also above a key that was dated a hundred years ahead, and again a day later.
  const far = announce(GROUP, own, keyPairOf(random.bytes(32)).pk, nowNs + 100n * 365n * DAY_NS, hashSigner);
  one.take(far);
  nowNs += DAY_NS;
  one.renew(nowNs);
  ok(one.of(own.pk)!.issuedAtNs > far.issuedAtNs);
  const { current } = one;
  one.renew(nowNs + DAY_NS);
  ok(one.current !== current);
});

Deno.test("D2: an author that wraps for others than it names", () => {
  const { world, all: [a, b, c, d] } = circle(4);
  world.decide(a, "roster", 2, d);
  world.settle();
  const disk = diskOf(world, d);
  lieAbout(world, b, "for a, it says", [a], [c, d]);
  world.settle([a, b, c]);
  deepStrictEqual(textsOf(a), [undefined], "who is named and has no wrap sees that something was said");
  deepStrictEqual(a.engine.missing(), [], "and that it is there");
  const [read] = [...c.shown.values()];
  strictEqual(read.text, "for a, it says");
  deepStrictEqual(read.audience, keysOf([a, b]), "who reads it sees that others are named");
  deepStrictEqual(
    opened(world, d, disk, messagesIn(c)),
    ["for a, it says"],
    "a member can tell whom it likes",
  );

  world.do(a, { kind: "revoke-history", sinceNs: 0n });
  world.settle([a, b, c]);
  deepStrictEqual(textsOf(a), ["for a, it says"], "who could open it has sealed it for whom it names");
  for (const member of [a, b, c]) deepStrictEqual(opened(world, d, disk, messagesIn(member)), []);
});

Deno.test("D2: who reads a message that names others sees whom it names", () => {
  const random = seeded(3);
  const [author, reader, named] = [1, 2, 3].map(() => keyPairOf(random.bytes(32)));
  const secret = { id: random.bytes(8), key: random.bytes(32) };
  const sealing = {
    groupId: GROUP,
    ratchet: author.pk,
    epochId: "00".repeat(8),
    epochKey: undefined,
    secrets: [secret],
    random,
  };
  const leaf = makeD2Leaf(bodyOf("psst", [named.pk, author.pk], random), author, 1n, sealing, hashSigner);
  const body = openCopy(leaf, copyIn(leaf, GROUP)!, [secret])!;
  strictEqual(body.text, "psst");
  ok(!body.audience.includes(reader.pk));
  const forged = { ...leaf, ciphertext: random.bytes(32) };
  strictEqual(openCopy(forged, copyIn(forged, GROUP)!, [secret]), undefined, "nobody changes what is said");
});

Deno.test("D2: a founder whose keys are all its own is in a D2 group when it reads its own announcement, and by no other leaf", () => {
  const random = seeded(9);
  const [own, other] = [keyPairOf(random.bytes(32)), keyPairOf(random.bytes(32))];
  const nowNs = 1_800_000_000n * 1_000_000_000n;
  const ratchet = keyPairOf(random.bytes(32)).pk;
  const leafOf = (group: string, issuer: typeof own) => ({
    path: `d2/${own.pk}`,
    value: announce(group, issuer, ratchet, nowNs, hashSigner).value,
  });
  const known = {
    id: GROUP,
    name: "ops",
    ownerPk: own.pk,
    port: 1,
    mode: "private",
    kind: "private",
  } as const;
  const stands = { role: "owner", status: "active", createdAt: nowNs } as const;
  const record = { ...groupRecord({ ...known, ...stands }), joinedAt: nowNs };
  const turns = (given: Partial<typeof record>, leaf: ReturnType<typeof leafOf>): boolean => {
    const asKept = { own, record: { ...record, ...given }, leaves: [], shown: [], random };
    const engine = new GroupEngine({ ...asKept, signer: hashSigner });
    engine.handle({ kind: "rotate" }, nowNs);
    const outs = engine.handle({ kind: "leaves", feed: other.pk, leaves: [leaf, leaf] }, nowNs);
    return outs.filter(({ kind }) => kind === "is-d2").length === 1;
  };
  const ours = leafOf(GROUP, own);
  strictEqual(turns({}, ours), true);
  strictEqual(turns({}, leafOf(GROUP, other)), false, "of somebody else");
  strictEqual(turns({}, leafOf("5b4f7a7e-0000-4000-8000-000000000000", own)), false, "of another group");
  strictEqual(
    turns({ aesKey: random.bytes(32) }, ours),
    false,
    "it has a key that it did not make by itself",
  );
  strictEqual(turns({ ownerPk: other.pk, role: "member" }, ours), false, "it is not the founder");
});
