/** Decisions that name what their issuers had seen, between whole members. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import {
  type Domain,
  encodeMutation,
  makeMutation,
  MAX_DECISION_BYTES,
  readMutation,
  sealAlike,
} from "../../../lib/group/roster/governance.ts";
import { MAX_PARENTS, parentsOf } from "../../../lib/group/roster/seen.ts";
import { fromUtf8, toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { changes, GROUP, hashSigner, type Member, rosterOf, seeded, World } from "../sim/world.ts";

/** Four who are in; bob was made an admin, and then carol. */
function group(seed: number): { world: World; people: Member[] } {
  const world = new World("public", seeded(seed), undefined, "public");
  const people = [world.founder, world.join(), world.join(), world.join()];
  world.settle();
  for (const admin of people.slice(1, 3)) world.decide(people[0], "admin", 1, admin);
  world.settle();
  return { world, people };
}

/** A decision as a Go program writes it. */
function plain(world: World, issuer: Member, domain: Domain, op: number, peer: string, issuedAtNs: bigint) {
  const body = { groupId: GROUP, op, peer, parentSeq: 0n, issuedAtNs, issuer: issuer.pair.pk };
  return encodeMutation(makeMutation(domain, body, issuer.pair.secret, world.signer ?? hashSigner));
}

const stranger = (world: World): string => keyPairOf(world.random.bytes(32)).pk;

const put = (member: Member, path: string, value: Uint8Array): void => {
  member.feed.set(path, value);
  changes(member, path);
};

Deno.test("Every decision of ours names those before it, and a Go program reads it as before", () => {
  const { people: [alice] } = group(1);
  const values = [...alice.feed].filter(([path]) => /^(roster|admin)\//.test(path)).map(([, value]) => value);
  const named = values.map((value) => parentsOf(readMutation(value)!.seen!)!.length);
  deepStrictEqual([...named].sort(), [0, 1, 1, 1, 1]);
  const { dmsg_seen, ...rest } = JSON.parse(fromUtf8(values.at(-1)!));
  ok(dmsg_seen.parents.length > 0);
  deepStrictEqual(readMutation(utf8(JSON.stringify(rest)))?.seen, undefined);
});

Deno.test("Two admins that remove each other apart: who was promoted first stays", () => {
  const { world, people: [alice, bob, carol, dora] } = group(2);
  world.decide(bob, "roster", 2, carol);
  world.decide(carol, "roster", 2, bob); // the later clock
  world.settle();
  for (const member of [alice, bob, dora]) {
    deepStrictEqual(rosterOf(member).admins, [alice, bob].map(({ pair }) => pair.pk).sort());
    deepStrictEqual(rosterOf(member).members, [alice, bob, dora].map(({ pair }) => pair.pk).sort());
  }
  strictEqual(carol.record.status, "revoked");
  world.restart(dora);
  strictEqual(dora.record.admins.length, 2);
});

Deno.test("What a removed admin decided without having seen its removal does not count, and Go sees it otherwise", () => {
  const { world, people: [alice, bob, carol, dora] } = group(3);
  const eve = stranger(world);
  world.decide(bob, "roster", 1, eve); // before, by the clock
  world.decide(alice, "admin", 2, bob);
  world.settle();
  for (const member of [alice, bob, carol, dora]) {
    ok(!rosterOf(member).members!.toString().includes(eve));
    deepStrictEqual(member.engine.disagreements(), [{ about: eve, here: "out", go: "member" }]);
  }
  world.restart(carol);
  deepStrictEqual(carol.engine.disagreements(), [{ about: eve, here: "out", go: "member" }]);
});

Deno.test("A demoted admin that dates a decision back and names nothing decides nothing", () => {
  const { world, people: [alice, bob, carol] } = group(4);
  const before = world.nowNs;
  world.nowNs += 1_000_000_000n;
  world.decide(alice, "admin", 2, bob);
  world.settle();
  const eve = stranger(world);
  put(bob, "roster/00077", plain(world, bob, "roster", 1, eve, before + 1n));
  world.settle();
  ok(!carol.engine.isMember(eve));
  deepStrictEqual(carol.engine.disagreements(), [{ about: eve, here: "out", go: "member" }]);
});

Deno.test("What a Go admin decides counts by its clock, and stays when a removal has seen it", () => {
  const { world, people: [alice, bob, carol, dora] } = group(5);
  const eve = stranger(world);
  world.nowNs += 1_000_000_000n;
  put(bob, "roster/00077", plain(world, bob, "roster", 1, eve, world.nowNs));
  world.settle();
  for (const member of [alice, carol, dora]) ok(member.engine.isMember(eve));
  world.decide(alice, "roster", 2, bob);
  world.settle();
  for (const member of [alice, carol, dora]) ok(member.engine.isMember(eve));
  deepStrictEqual(alice.engine.disagreements(), []);
});

Deno.test("A copy whose names were changed or cut off is one of a Go program, and the real one wins", () => {
  const { world, people: [alice, bob, carol, dora] } = group(6);
  world.decide(alice, "roster", 2, dora);
  world.decide(bob, "roster", 1, stranger(world));
  const [, value] = [...bob.feed].filter(([path]) => path.startsWith("roster/")).at(-1)!;
  const json = JSON.parse(fromUtf8(value));
  for (
    const seen of [undefined, { ...json.dmsg_seen, parents: "" }, { ...json.dmsg_seen, parents: "AAAA" }]
  ) {
    put(bob, `roster/0008${json.n ?? 0}`, utf8(JSON.stringify({ ...json, dmsg_seen: seen })));
    world.fetch(carol, bob);
  }
  world.settle();
  deepStrictEqual(rosterOf(bob), rosterOf(alice));
  deepStrictEqual(rosterOf(carol), rosterOf(alice));
  strictEqual(rosterOf(alice).members!.toString().split(",").length, 4);
});

Deno.test("Who knows that it was banned, and is let in, reads the feeds of admins, also behind a restart; a ban that it hears of then counts", () => {
  const world = new World("public", seeded(21), undefined, "public");
  const [alice, bob] = [world.founder, world.join()];
  world.settle();
  world.decide(alice, "mod", 1, bob);
  world.settle();
  deepStrictEqual([bob.record.status, bob.follow], ["banned", []]);
  world.decide(alice, "mod", 2, bob);
  strictEqual(world.ask(bob, alice), undefined);
  deepStrictEqual([bob.record.status, bob.follow], ["pending", [alice.pair.pk]]);
  world.restart(bob);
  deepStrictEqual([bob.record.status, bob.follow], ["pending", [alice.pair.pk]]);
  world.settle();
  strictEqual(bob.record.status, "active");

  const carol = world.stranger();
  strictEqual(world.ask(carol, alice), undefined);
  world.decide(alice, "mod", 1, carol);
  strictEqual(carol.record.status, "pending");
  world.settle();
  deepStrictEqual([carol.record.status, carol.follow], ["banned", []]);
});

Deno.test("Very many decisions of a promoted admin are known at once behind a restart, and to who comes, and copied once", () => {
  const { world, people: [alice, bob, , dave] } = group(21);
  const leaves = Array.from({ length: 560 }, (_, i) => {
    const peer = `02${(i + 1).toString(16).padStart(64, "0")}`;
    return { path: `roster/${i + 10}`, value: plain(world, bob, "roster", 1, peer, ++world.nowNs) };
  });
  for (const member of [alice, dave]) {
    world.do(member, { kind: "leaves", feed: bob.pair.pk, leaves });
  }
  const [before, size] = [rosterOf(dave), dave.feed.size];
  ok(dave.record.members.length > 4 + 256, "about half of these are keys");
  world.restart(dave);
  deepStrictEqual(rosterOf(dave), before);
  world.settle();
  world.tick(30);
  world.settle();
  strictEqual(dave.feed.size, size);
  const late = world.stranger();
  world.do(late, {
    kind: "leaves",
    feed: alice.pair.pk,
    leaves: [...alice.feed].map(([path, value]) => ({ path, value })),
  });
  deepStrictEqual(rosterOf(late), before);
});

Deno.test("A decision, an invite or a name that is longer than a decision can be is dropped", () => {
  const { world, people: [alice, bob, , dave] } = group(22);
  const parents = Array.from({ length: MAX_PARENTS }, () => toHex(world.random.bytes(32)));
  const body = { groupId: GROUP, op: 1, peer: dave.pair.pk, parentSeq: 0n, issuedAtNs: world.nowNs };
  const made = makeMutation("mod", { ...body, issuer: bob.pair.pk }, bob.pair.secret, hashSigner, parents);
  const longest = sealAlike(new Uint8Array(32), encodeMutation(made)).length;
  ok(longest < MAX_DECISION_BYTES, `${longest} bytes`);
  for (const path of ["roster/00077", "admin/00077", "mod/00077", "name/current", "invites/00/issued"]) {
    const value = new Uint8Array(MAX_DECISION_BYTES + 1);
    world.do(alice, { kind: "leaves", feed: bob.pair.pk, leaves: [{ path, value }] });
    strictEqual(alice.dropped.pop(), "it is too long", path);
  }
});
