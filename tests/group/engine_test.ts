/** A group as its members see it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import { NULL_PK } from "../../lib/crypto/members.ts";
import { MAX_FEED_MESSAGES, RETIRED_BESIDE } from "../../lib/group/feed/own_feed.ts";
import {
  type Domain,
  encodeMutation,
  makeMutation,
  readMutation,
} from "../../lib/group/roster/governance.ts";
import { encodeLeaf, leafPath, makeLeaf, readLeaf } from "../../lib/group/talk/leaf.ts";
import { MAX_PARKED } from "../../lib/group/talk/parking.ts";
import { curveSigner, type Signer } from "../../lib/group/talk/signer.ts";
import { hashSigner, rosterOf, seeded, textsOf, World } from "./sim/world.ts";

const modes = ["public", "private"] as const;
const OUTSIDE = keyPairOf(seeded(99).bytes(32)).pk;

for (const mode of modes) {
  Deno.test(`Members of a ${mode} group see what each of them says`, () => {
    const world = new World(mode, seeded(1));
    const [alice, bob, carol] = [world.founder, world.join(), world.join()];
    world.settle();
    for (const [i, member] of [alice, bob, carol].entries()) world.post(member, `hello ${i}`);
    world.settle();
    for (const member of [alice, bob, carol]) {
      deepStrictEqual(textsOf(member), ["hello 0", "hello 1", "hello 2"]);
      deepStrictEqual([member.refused, member.dropped], [[], []]);
      strictEqual(member.record.status, "active");
    }
    deepStrictEqual(rosterOf(bob), rosterOf(alice));
    if (mode === "private") {
      ok([...alice.feed.values()].every((value) => !new TextDecoder().decode(value).includes("hello")));
    }
  });

  Deno.test(`Late joiner of a ${mode} group reaches the same roster and history after the founder has gone`, () => {
    const world = new World(mode, seeded(2));
    const [alice, bob, carol] = [world.founder, world.join(), world.join()];
    world.settle();
    world.decide(alice, "admin", 1, bob);
    world.post(alice, "from the founder");
    world.settle();
    const awake = [bob, carol];
    world.post(carol, "after it");
    world.settle(awake);
    const dora = world.join(bob);
    world.settle([...awake, dora]);
    deepStrictEqual(textsOf(dora), ["after it", "from the founder"]);
    deepStrictEqual(rosterOf(dora), rosterOf(bob));
    strictEqual(dora.record.status, "active");
  });

  Deno.test(`Restart of a ${mode} group goes on where it was`, () => {
    const world = new World(mode, seeded(3));
    const [alice, bob] = [world.founder, world.join()];
    world.settle();
    world.post(alice, "one");
    world.post(bob, "two");
    world.settle();
    const before = [rosterOf(alice), textsOf(alice), alice.feed.size];
    for (const member of [alice, bob]) world.restart(member);
    deepStrictEqual([rosterOf(alice), textsOf(alice), alice.feed.size], before);
    world.post(bob, "three");
    world.settle();
    deepStrictEqual(textsOf(alice), ["one", "three", "two"]);
  });
}

Deno.test("Who begins again and hears what it knows writes down nothing of anybody's thread", () => {
  const world = new World("public", seeded(3));
  const members = [world.founder, world.join(), world.join(), world.join()];
  const quiet = (): void => {
    for (let i = 0; i < 12; i++) {
      world.tick(30);
      world.settle();
    }
  };
  world.settle();
  for (const [i, member] of [...members, ...members].entries()) {
    world.post(member, `${i}`);
    world.settle();
  }
  quiet();
  const [, , carol] = members;
  const before = [...carol.ledgers];
  strictEqual(before.length, 4);
  world.restart(carol);
  world.settle();
  quiet();
  const anew = before.filter(([author, value]) => carol.ledgers.get(author) !== value);
  deepStrictEqual(anew, [], "the bytes are those that were there, not the same once more");
});

for (const kind of ["channel", "group without copies"] as const) {
  Deno.test(`Restart of a member of a ${kind} knows the roster, and hears the second admin when the founder has gone`, () => {
    const world = kind === "channel"
      ? new World("public", seeded(20), undefined, "channel")
      : new World("private", seeded(20), undefined, "private");
    const [alice, bob, carol] = [world.founder, world.join(), world.join()];
    world.settle();
    if (kind !== "channel") world.decide(alice, "mod", 8, NULL_PK);
    world.decide(alice, "admin", 1, bob);
    world.settle();
    deepStrictEqual(alice.refused, []);
    const before = rosterOf(carol);
    strictEqual(before.peerBackfillDisabled, kind !== "channel");
    world.restart(carol);
    deepStrictEqual(rosterOf(carol), before);
    world.post(bob, "she has gone");
    world.settle([bob, carol]);
    deepStrictEqual(textsOf(carol), ["she has gone"]);
    const messages = (member: typeof carol) =>
      [...member.feed.keys()].filter((path) => path.startsWith("msgs/"));
    deepStrictEqual(messages(carol), [], "and copies none of it");
  });
}

Deno.test("What was said in a time of silence comes back when that turns out to have ended before, also after restarts", () => {
  const world = new World("public", seeded(18));
  const [alice, bob, carol, dora] = [world.founder, world.join(), world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  world.decide(alice, "mod", 3, carol);
  world.fetch(bob, alice);
  world.decide(bob, "mod", 4, carol);
  world.post(carol, "may I");
  world.fetch(dora, carol);
  deepStrictEqual(textsOf(dora), ["may I"]);
  world.fetch(dora, alice);
  deepStrictEqual(textsOf(dora), [], "muted, as far as dora knows");
  for (const member of [carol, dora]) world.restart(member);
  world.settle([bob, dora]); // carol is away by now
  deepStrictEqual(textsOf(dora), ["may I"]);
  world.settle();
  for (const member of world.members) deepStrictEqual(textsOf(member), ["may I"]);
});

Deno.test("More than can wait is read again once it counts", () => {
  const world = new World("public", seeded(19), undefined, "public");
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  const stranger = world.join();
  world.settle([stranger, alice]);
  for (let i = 0; i < MAX_PARKED + 50; i++) world.post(stranger, `${i}`);
  world.settle([stranger, alice]);
  const messages = [...alice.feed].filter(([path]) => path.startsWith("msgs/"))
    .map(([path, value]) => ({ path, value }));
  world.do(bob, { kind: "leaves", feed: carol.pair.pk, leaves: messages });
  for (const { path, value } of messages) bob.read.get(alice.pair.pk)!.set(path, value); // not to be fetched again
  strictEqual(bob.shown.size, 0, "its writer is nobody yet");
  world.settle([alice, bob]);
  world.tick(30, [bob]);
  world.settle([alice, bob]);
  strictEqual(bob.shown.size, MAX_PARKED + 50);
});

Deno.test("More than can wait was hidden by a ban: all of it comes back when that is taken back", () => {
  const world = new World("public", seeded(20), undefined, "public");
  const [alice, bob] = [world.founder, world.join()];
  world.settle();
  for (let i = 0; i < MAX_PARKED + 10; i++) world.post(bob, `${i}`);
  world.settle();
  strictEqual(alice.shown.size, MAX_PARKED + 10);
  world.decide(alice, "mod", 1, bob);
  world.settle();
  strictEqual(alice.shown.size, 0);
  world.tick(30, [alice]); // what is lost of it is looked for, and not there
  world.decide(alice, "mod", 2, bob);
  world.decide(alice, "roster", 1, bob);
  world.settle();
  world.tick(30, [alice, bob]);
  world.settle();
  strictEqual(alice.shown.size, MAX_PARKED + 10);
});

Deno.test("Each decision has its effect with another member, and none when a member without the right tries", () => {
  const world = new World("public", seeded(8), undefined, "public");
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  const cases = [
    ["admin", 1, () => carol.record.admins.includes(bob.pair.pk)],
    ["admin", 2, () => !carol.record.admins.includes(bob.pair.pk)],
    ["mod", 3, () => carol.record.muted.includes(bob.pair.pk)],
    ["mod", 4, () => !carol.record.muted.includes(bob.pair.pk)],
    ["mod", 5, () => carol.record.readOnly],
    ["mod", 6, () => !carol.record.readOnly],
    ["mod", 8, () => carol.record.peerBackfillDisabled],
    ["mod", 7, () => !carol.record.peerBackfillDisabled],
    [
      "mod",
      1,
      () => carol.record.banned.includes(bob.pair.pk) && !carol.record.members.includes(bob.pair.pk),
    ],
    ["mod", 2, () => !carol.record.banned.includes(bob.pair.pk)],
    ["roster", 1, () => carol.record.members.includes(bob.pair.pk)],
    ["roster", 2, () => !carol.record.members.includes(bob.pair.pk)],
  ] as const;
  for (const [domain, op, holds] of cases) {
    const about = domain === "mod" && op >= 5 ? NULL_PK : bob;
    const before = JSON.stringify(rosterOf(carol));
    world.decide(carol, domain, op, about);
    deepStrictEqual(carol.refused.splice(0), ["not an admin"]);
    world.settle();
    strictEqual(JSON.stringify(rosterOf(carol)), before);
    world.decide(alice, domain, op, about);
    deepStrictEqual(alice.refused.splice(0), []);
    world.settle();
    ok(holds(), `${domain} ${op}`);
    world.decide(alice, domain, op, about);
    deepStrictEqual(alice.refused.splice(0), ["nothing changes"], `${domain} ${op} twice`);
  }
  world.decide(alice, "roster", 2, alice);
  deepStrictEqual(alice.refused, ["the founder"]);
});

Deno.test("Forged, foreign and unsigned leaves are never shown, and do not keep the real one from it", () => {
  const world = new World("public", seeded(9), curveSigner, "public");
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  const real = makeLeaf({ author: bob.pair, tsNs: world.nowNs, text: "real" }, world.random);
  const path = leafPath(bob.pair.pk, world.nowNs, 1);
  const feed = (value: Uint8Array, at = path) =>
    world.do(alice, { kind: "leaves", feed: carol.pair.pk, leaves: [{ path: at, value }] });
  feed(encodeLeaf({ ...real, text: "fake" }));
  feed(encodeLeaf({ ...real, signature: new Uint8Array(65) }));
  feed(encodeLeaf(real), leafPath(carol.pair.pk, world.nowNs, 1));
  feed(encodeLeaf(real), leafPath(bob.pair.pk, world.nowNs + 1n, 1));
  feed(new TextEncoder().encode("{}"));
  deepStrictEqual(textsOf(alice), []);
  strictEqual(alice.dropped.length, 5);
  feed(encodeLeaf(real));
  feed(encodeLeaf(real));
  deepStrictEqual(textsOf(alice), ["real"]);
  const stranger = makeLeaf(
    { author: world.join(carol).pair, tsNs: world.nowNs, text: "stranger" },
    world.random,
  );
  feed(encodeLeaf(stranger), leafPath(stranger.sender, world.nowNs, 1));
  deepStrictEqual(textsOf(alice), ["real"], "who is no member waits");
});

Deno.test("Retracted messages stay away, on every member and for who comes later", () => {
  const world = new World("private", seeded(10));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  world.post(bob, "oops");
  world.settle();
  const { tsNs } = [...alice.shown.values()][0];
  world.do(carol, { kind: "unsend", tsNs });
  deepStrictEqual(carol.refused, ["no such message"], "only one's own");
  world.do(bob, { kind: "unsend", tsNs });
  world.settle();
  const dora = world.join();
  world.settle();
  for (const member of [alice, bob, carol, dora]) deepStrictEqual(textsOf(member), []);
  world.restart(alice);
  world.settle();
  deepStrictEqual(textsOf(alice), []);
});

Deno.test("Member whose clock is years off is heard", () => {
  for (const years of [10n, -10n]) {
    const world = new World("private", seeded(11));
    const [alice, bob] = [world.founder, world.join()];
    bob.skewNs = years * 365n * 86_400n * 1_000_000_000n;
    world.settle();
    world.post(bob, "hello");
    world.post(alice, "hi");
    world.settle();
    deepStrictEqual(textsOf(alice), ["hello", "hi"]);
  }
});

Deno.test("Member whose clock starts in 1970, as where none runs without power, comes in, speaks and decides", () => {
  for (const mode of ["private", "public"] as const) {
    const world = new World(mode, seeded(11));
    const [alice, carol] = [world.founder, world.join()];
    world.settle();
    const bob = world.stranger();
    bob.skewNs = 86_400_000_000_000n - world.nowNs;
    world.ask(bob, alice);
    world.settle();
    strictEqual(bob.record.status, "active");
    world.post(bob, "hello");
    world.post(alice, "hi");
    world.settle();
    world.decide(alice, "admin", 1, bob);
    world.do(alice, { kind: "name-holder", holder: OUTSIDE });
    world.settle();
    world.decide(bob, "mod", 3, carol);
    world.do(bob, { kind: "name-holder", holder: undefined });
    world.settle();
    for (const member of [alice, bob, carol]) {
      deepStrictEqual(textsOf(member), ["hello", "hi"]);
      deepStrictEqual(member.record.muted, [carol.pair.pk]);
      strictEqual(member.held?.holder, undefined);
    }
  }
});

Deno.test("Heartbeat of an admin is one leaf, is never shown and never copied", () => {
  const world = new World("private", seeded(12));
  const [alice, bob] = [world.founder, world.join()];
  world.settle();
  for (let i = 0; i < 5; i++) {
    world.tick(30);
    world.settle();
  }
  strictEqual([...alice.feed.keys()].filter((path) => path.startsWith("msgs/")).length, 1);
  strictEqual([...bob.feed.keys()].filter((path) => path.startsWith("msgs/")).length, 0);
  deepStrictEqual([textsOf(alice), textsOf(bob)], [[], []]);
});

Deno.test("Feed keeps its newest messages; what has left it is not taken back", () => {
  const world = new World("public", seeded(13), undefined, "public");
  const [alice, bob] = [world.founder, world.join()];
  world.settle();
  for (let i = 0; i < MAX_FEED_MESSAGES + 20; i++) {
    world.post(alice, `${i}`);
    if (i % 50 === 0) world.settle();
  }
  world.settle();
  const messages = [...alice.feed].filter(([path]) => path.startsWith("msgs/"));
  const retired = RETIRED_BESIDE + 1; // all at once, with the first message that was too many
  strictEqual(messages.length, MAX_FEED_MESSAGES + 20 - retired);
  strictEqual(bob.shown.size, MAX_FEED_MESSAGES + 20);
  const { thread } = readLeaf(messages.at(-1)![1])!;
  strictEqual(thread?.floor.seq, BigInt(retired + 1));
});

Deno.test("An admin that publishes its decisions again, each signed anew, adds nothing to what others keep", () => {
  let made = 0;
  const neverTheSame: Signer = {
    sign: (secret, digest) => hashSigner.sign(secret, digest).with(64, ++made % 256),
    verify: (pk, signature, digest) => hashSigner.verify(pk, signature.with(64, 0), digest),
  };
  const world = new World("public", seeded(31), neverTheSame, "public");
  const [alice, bob] = [world.founder, world.join(), world.join()];
  world.settle();
  world.decide(alice, "mod", 3, bob);
  world.settle();
  const before = [bob.feed.size, rosterOf(bob)];
  const again = [...alice.feed].filter(([path]) => /^(roster|mod)/.test(path)).map(([path, value], i) => {
    const mutation = readMutation(value)!;
    const domain = path.split("/")[0] as Domain;
    const anew = makeMutation(domain, mutation, alice.pair.secret, neverTheSame);
    return { path: `${domain}/${10_000 + i}`, value: encodeMutation(anew) };
  });
  strictEqual(again.length, 3);
  for (let start = 0; start < 3; start++) {
    world.do(bob, { kind: "leaves", feed: alice.pair.pk, leaves: again });
  }
  deepStrictEqual([bob.feed.size, rosterOf(bob)], before);
});
