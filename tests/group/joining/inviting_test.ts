/** Whom a signed invite lets in, at one admin and at several: what they tell each other of it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { INVITE_GRACE_NS } from "../../../lib/group/joining/invite_book.ts";
import { MAX_OPEN_INVITES } from "../../../lib/group/joining/inviting.ts";
import { curveSigner } from "../../../lib/group/talk/signer.ts";
import { toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { type Member, seeded, World } from "../sim/world.ts";

const DAY = 86_400_000_000_000n;

/** Three admins. */
function admins(mode: "public" | "private", seed: number): [World, Member, Member, Member] {
  const world = new World(mode, seeded(seed));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  for (const member of [bob, carol]) world.decide(alice, "admin", 1, member);
  world.settle();
  return [world, alice, bob, carol];
}

/** What an admin knows of an invite, comparable. */
const known = ({ engine }: Member, id: string): string => {
  const found = engine.invites().find(({ issued }) => issued.invite === id);
  const names = found?.used.map(({ peer }) => peer.slice(0, 8));
  return JSON.stringify([found?.issued.uses, names, found?.revoked !== undefined]);
};

for (const mode of ["public", "private"] as const) {
  Deno.test(`Invite of a ${mode} group lets in as many as it says, at any admin, and says what it is then`, () => {
    const [world, alice, bob, carol] = admins(mode, 1);
    const { link, id } = world.invite(bob, 2);
    world.settle();
    const [dora, emil, fred] = [world.stranger(), world.stranger(), world.stranger()];
    strictEqual(world.ask(dora, carol, link), undefined);
    world.settle();
    strictEqual(dora.record.status, "active");
    strictEqual(world.ask(dora, alice, link), undefined, "who is in is in: twice is once");
    strictEqual(world.ask(emil, alice, link), undefined);
    world.settle();
    strictEqual(world.ask(fred, bob, link), "used-up");
    deepStrictEqual([alice, bob, carol].map((admin) => known(admin, id)), Array(3).fill(known(alice, id)));
    ok(known(alice, id).startsWith("[2,["));
  });

  Deno.test(`Invite of a ${mode} group that any admin revokes lets nobody in, at any, also behind a restart`, () => {
    const [world, alice, bob, carol] = admins(mode, 2);
    const { link, id } = world.invite(alice, 5);
    world.settle();
    world.do(carol, { kind: "revoke", invite: id });
    world.settle();
    for (const admin of [alice, bob, carol]) {
      strictEqual(world.ask(world.stranger(), admin, link), "revoked");
      world.restart(admin);
      strictEqual(world.ask(world.stranger(), admin, link), "revoked", "after a restart");
    }
    world.do(bob, { kind: "revoke", invite: id });
    world.do(bob, { kind: "revoke", invite: "00".repeat(16) });
    deepStrictEqual(bob.refused.slice(-2), ["nothing changes", "no such invite"]);
  });
}

Deno.test("Invite ends at its time by the clock of whoever is asked, and is forgotten a day later", () => {
  const [world, alice, bob] = admins("public", 3);
  const { link, id } = world.invite(alice, 5, 2);
  world.settle();
  world.nowNs += 2n * DAY - 1n;
  strictEqual(world.ask(world.stranger(), bob, link), undefined);
  world.nowNs += 1n;
  strictEqual(world.ask(world.stranger(), bob, link), "expired");
  world.settle();
  world.nowNs += INVITE_GRACE_NS;
  world.tick(30);
  world.settle();
  for (const admin of [alice, bob]) {
    strictEqual(known(admin, id), "[null,null,false]");
    deepStrictEqual([...admin.feed.keys()].filter((path) => path.startsWith("invites/")), []);
    strictEqual(world.ask(world.stranger(), admin, link), "expired");
  }
});

Deno.test("Who came in by an invite and was removed does not come back by it; a ban stands above all", () => {
  const [world, alice, bob, carol] = admins("public", 4);
  const { link } = world.invite(alice, 5);
  const [dora, emil] = [world.stranger(), world.stranger()];
  world.ask(dora, alice, link);
  world.decide(alice, "roster", 2, dora);
  world.decide(alice, "mod", 1, emil);
  world.settle();
  for (const admin of [alice, bob, carol]) {
    strictEqual(world.ask(dora, admin, link), "used-up");
    strictEqual(world.ask(emil, admin, link), "banned");
  }
});

Deno.test("Invite is worth what its inviter is: a removed admin's is revoked, a stranger's is not ours to judge", () => {
  const [world, alice, bob, carol] = admins("private", 5);
  const { link } = world.invite(bob, 5);
  world.settle();
  const other = new World("private", seeded(77));
  const foreign = other.invite(other.founder, 5).link;
  strictEqual(world.ask(world.stranger(), alice, foreign), "elsewhere");
  world.decide(alice, "admin", 2, bob);
  strictEqual(world.invite(bob, 1).link === "", false, "it does not know yet");
  world.settle();
  strictEqual(world.ask(world.stranger(), carol, link), "revoked");
  strictEqual(world.invite(bob, 1).link, "");
  strictEqual(bob.refused.at(-1), "not an admin");
});

Deno.test("Invite by which only its inviter lets in is exact: other admins leave it to the inviter", () => {
  const [world, alice, bob, carol] = admins("public", 6);
  const { link } = world.invite(bob, 1, 2, true);
  world.settle();
  for (const admin of [alice, carol]) strictEqual(world.ask(world.stranger(), admin, link), "elsewhere");
  strictEqual(world.ask(world.stranger(), bob, link), undefined);
  strictEqual(world.ask(world.stranger(), bob, link), "used-up");
});

Deno.test("Two admins let in by a last use at once: each by the count that it knows, and both see that it was too many", () => {
  const [world, alice, bob, carol] = admins("private", 7);
  const { link, id } = world.invite(alice, 1);
  world.settle();
  strictEqual(world.ask(world.stranger(), bob, link), undefined);
  strictEqual(world.ask(world.stranger(), carol, link), undefined);
  world.settle();
  for (const admin of [alice, bob, carol]) {
    strictEqual(admin.engine.invites().find(({ issued }) => issued.invite === id)!.used.length, 2);
    strictEqual(world.ask(world.stranger(), admin, link), "used-up");
  }
});

Deno.test("Nobody makes a link, a use or a revocation of what lies in a feed, and none is taken of who never decided", () => {
  const world = new World("public", seeded(8), curveSigner);
  const [alice, bob, mallory] = [world.founder, world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  const { link, id } = world.invite(alice, 1);
  world.settle();
  const text = [...alice.feed.values()].map((value) => new TextDecoder().decode(value)).join("\n");
  ok(!text.includes(link.slice(-80)), "the link's signature is in no feed");
  // What alice has said of it, said again as a revocation; and what mallory says itself.
  const [path, value] = [...alice.feed].find(([path]) => path.startsWith("invites/"))!;
  const said = JSON.parse(new TextDecoder().decode(value));
  const forged = utf8(JSON.stringify({ ...said, op: 3, uses: undefined }));
  const revoked = path.replace("issued", "revoked");
  world.do(bob, { kind: "leaves", feed: mallory.pair.pk, leaves: [{ path: revoked, value: forged }] });
  world.do(bob, { kind: "leaves", feed: mallory.pair.pk, leaves: [{ path: revoked, value }] });
  world.do(bob, { kind: "leaves", feed: mallory.pair.pk, leaves: [{ path, value: utf8("{") }] });
  strictEqual(bob.dropped.length, 3);
  strictEqual(known(bob, id), "[1,[],false]");
  strictEqual(world.ask(world.stranger(), bob, link), undefined);
});

Deno.test("Who becomes an admin later knows and passes on what was issued before, under the newest key", () => {
  const world = new World("private", seeded(9));
  const [alice, bob] = [world.founder, world.join()];
  world.settle();
  const { link, id } = world.invite(alice, 1);
  world.ask(world.stranger(), alice, link);
  world.do(alice, { kind: "rotate" });
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  world.restart(bob);
  strictEqual(known(bob, id), known(alice, id), "out of its own feed");
  strictEqual(world.ask(world.stranger(), bob, link), "used-up");
  // In a private group nobody without the key reads who came in by what.
  for (const [path, value] of bob.feed) {
    if (path.startsWith("invites/")) ok(toHex(value).startsWith(toHex(utf8("SKG1"))), path);
  }
});

Deno.test("An admin has so many open invites, and a spent one makes room", () => {
  const [world, alice] = admins("public", 10);
  const links = Array.from({ length: MAX_OPEN_INVITES }, () => world.invite(alice, 1));
  strictEqual(world.invite(alice, 1).link, "");
  strictEqual(alice.refused.at(-1), "too many invites");
  world.ask(world.stranger(), alice, links[3].link);
  ok(world.invite(alice, 1).link !== "");
});

Deno.test("Who sees a link comes in by it, and who has not heard that it was revoked lets in", () => {
  const [world, alice, bob] = admins("private", 11);
  const { link, id } = world.invite(alice, 5);
  world.settle();
  world.do(alice, { kind: "revoke", invite: id });
  strictEqual(world.ask(world.stranger(), alice, link), "revoked");
  strictEqual(world.ask(world.stranger(), bob, link), undefined, "bob has not heard of it");
  world.settle();
  strictEqual(world.ask(world.stranger(), bob, link), "revoked");
});
