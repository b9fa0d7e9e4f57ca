/** Members of ours in a group whose owner has a program of the first weeks. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { encodeInvite } from "../../../lib/group/joining/invite.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { OldOwner } from "../../fakes/old_group.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const PORT = 61_234;

class OldOwnerWorld extends GroupWorld {
  readonly oscar = pairOf("oscar");
  readonly link = encodeInvite({
    id: GROUP,
    name: "ops",
    ownerPk: this.oscar.pk,
    port: PORT,
    mode: "public",
    kind: "",
    admins: [],
    powBits: 0,
    aesKey: new Uint8Array(0),
  });

  owner(is: { acks?: boolean; hasFeed?: boolean } = {}): OldOwner {
    const network = this.hub.client(this.oscar.pk);
    const common = { pair: this.oscar, network, clock: this.clock, port: PORT };
    const owner = new OldOwner({ ...common, acks: true, hasFeed: true, ...is });
    this.atEnd(() => owner.close());
    return owner;
  }

  async joined(name: string, owner: OldOwner): Promise<LocalApp> {
    const app = await this.member(name);
    owner.add(app.pk);
    await this.done(app.groups.join({ link: this.link }));
    await this.pass(5_000);
    return app;
  }
}

const test = worldTests(OldOwnerWorld);

for (const acks of [true, false]) {
  const title = acks ? "that acks" : "of before acks";
  test(`Old owner ${title}: who joins is in, is heard by way of it, and reads the others`, async (world) => {
    const owner = world.owner({ acks });
    const alice = await world.joined("alice", owner);
    const bob = await world.joined("bob", owner);
    const [view] = await alice.groups.list();
    deepStrictEqual([view.status, view.members], ["active", 2]);
    const report = await world.done(alice.groups.send({ group: GROUP, text: "hello", waitMs: 20_000 }));
    strictEqual(report.state, "kept-by-others");
    strictEqual(report.evidence[0].pk, world.oscar.pk);
    owner.say(world.oscar.pk, "welcome", world.clock.wallNs());
    const takesBack = `{"skychat_delete":{"to_ts_nano":${report.tsNano}}}`; // without a signature it does not
    owner.say(alice.pk, takesBack, world.clock.wallNs() + 1n);
    await world.pass(5_000);
    const relayed = owner.requests.filter((json) => json.includes("sender_pk")); // joining asks it first
    strictEqual(relayed.length, 1);
    match(relayed[0], new RegExp(`^{"sender_pk":"${alice.pk}","text":"hello","ts":"[^"]+Z","msg_id":"`));
    for (const app of [alice, bob]) deepStrictEqual(await world.texts(app, GROUP), ["hello", "welcome"]);
    const messages = await world.done(bob.messages.history({ peer: GROUP, limit: 10 }));
    deepStrictEqual(messages.map(({ sender, reason }) => [sender, reason]), [
      [alice.pk, "unverified"],
      [world.oscar.pk, "unverified"],
    ]);
  });
}

test("Old owner that is silent on the feed port is sent what we say all the same", async (world) => {
  const owner = world.owner({ hasFeed: false });
  const alice = await world.joined("alice", owner);
  const report = await world.done(alice.groups.send({ group: GROUP, text: "anybody?", waitMs: 20_000 }));
  deepStrictEqual([report.state, report.evidence.map(({ by }) => by)], ["kept-by-others", ["relay"]]);
  deepStrictEqual(owner.said.at(-1), [alice.pk, "anybody?"]);
  strictEqual((await alice.groups.list())[0].status, "active");
});

test("Old owner that was away gets each message once, also by a program that was started anew", async (world) => {
  const rows = emptyRows();
  const owner = world.owner();
  const alice = await world.member("alice", rows);
  owner.add(alice.pk);
  await world.done(alice.groups.join({ link: world.link }));
  await world.pass(5_000);
  const first = await world.done(alice.groups.send({ group: GROUP, text: "one", waitMs: 20_000 }));
  strictEqual(first.state, "kept-by-others");
  world.hub.leave(world.oscar.pk);
  for (const text of ["two", "three"]) {
    const report = await world.done(alice.groups.send({ group: GROUP, text, waitMs: 1_000 }));
    strictEqual(report.state, "queued");
  }
  await world.done(alice.close());
  world.hub.crash(alice.pk);
  world.hub.back(world.oscar.pk);
  const again = await world.member("alice", rows);
  await world.pass(90_000);
  const texts = owner.said.filter(([sender]) => sender === again.pk).map(([, text]) => text);
  deepStrictEqual(texts, ["one", "two", "three"]);
  deepStrictEqual(await world.texts(again, GROUP), ["one", "three", "two"]);
});

test("Old owner is sent what is said behind a message that no frame holds", async (world) => {
  const owner = world.owner();
  const alice = await world.joined("alice", owner);
  const long = await world.done(alice.groups.send({ group: GROUP, text: '"'.repeat(65_536), waitMs: 1_000 }));
  strictEqual(long.state, "queued");
  const report = await world.done(alice.groups.send({ group: GROUP, text: "short", waitMs: 20_000 }));
  strictEqual(report.state, "kept-by-others");
  deepStrictEqual(owner.said.at(-1), [alice.pk, "short"]);
});

test("Founder of ours is never sent anything by way of itself", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("public", "bob");
  await world.done(bob.groups.send({ group, text: "hello", waitMs: 5_000 }));
  await world.pass(60_000);
  const port = Number((await alice.groups.info({ group })).port);
  const dials = world.hub.dials.filter((dial) => dial === `${bob.pk} ${alice.pk}:${port + 1}`);
  ok(dials.length <= 1, "it joined there, and that was all");
  deepStrictEqual(await world.texts(alice, group), ["hello"]);
});
