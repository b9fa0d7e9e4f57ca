/** What is said under a key of its caller stays one message, whatever its caller has learnt of it. */
import { deepStrictEqual, notStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { formatGoTime } from "../../../lib/wire/go_time.ts";
import { worldTests } from "../chat_world.ts";
import { FailingPlace, GroupWorld, pairOf } from "./group_world.ts";

class World extends GroupWorld {
  readonly disk = new FailingPlace();

  async alone(rows = emptyRows()): Promise<LocalApp> {
    return await this.member("alice", rows, (place) => this.disk.around(place));
  }

  async founded(): Promise<{ alice: LocalApp; group: string }> {
    const alice = await this.alone();
    const { group } = await this.done(
      alice.groups.create({ name: "ops", kind: "private", join: "link" }),
    );
    return { alice, group };
  }
}

const test = worldTests(World);

test("Group send under a key: again and at once it is one message, with the same answer", async (world) => {
  const { alice, group } = await world.founded();
  const say = (key: string, text = "hello") => alice.groups.send({ group, text, waitMs: 0, key });
  const [first, ...others] = await world.done(Promise.all([say("k"), say("k"), say("k")]));
  for (const { id, ts, position } of [...others, await world.done(say("k"))]) {
    deepStrictEqual({ id, ts, position }, { id: first.id, ts: first.ts, position: first.position });
  }
  notStrictEqual((await world.done(say("other"))).id, first.id);
  deepStrictEqual(await world.texts(alice, group), ["hello", "hello"]);
  await rejects(world.done(say("k", "else")), (error) => (error as UserError).kind === "refused");
  await rejects(world.done(say("")), (error) => (error as UserError).kind === "usage");
  await rejects(world.done(say("x".repeat(1025))), (error) => (error as UserError).kind === "usage");
});

test("Group send under a key: for others it is another message; in what order they are named is nothing", async (world) => {
  const alice = await world.alone();
  const { group } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "link", keys: "d2" }),
  );
  const say = (...to: string[]) =>
    alice.groups.send({
      group,
      text: "hello",
      waitMs: 0,
      key: "k",
      ...(to.length === 0 ? {} : { audience: { to } }),
    });
  const first = await world.done(say("admins", alice.pk));
  strictEqual((await world.done(say(alice.pk, "admins"))).id, first.id);
  for (const to of [[alice.pk], []]) {
    await rejects(world.done(say(...to)), (error) => (error as UserError).kind === "refused");
  }
  deepStrictEqual(await world.texts(alice, group), ["hello"]);
});

test("What is decided, issued and taken back under a key is done once; without one the second is told", async (world) => {
  const { alice, group } = await world.founded();
  const { groups } = alice;
  const dave = pairOf("dave").pk;
  const { tsNano } = await world.done(groups.send({ group, text: "oops", waitMs: 0 }));
  const terms = { uses: 2, expires: formatGoTime(world.clock.wallNs() + 86_400_000_000_000n) };
  const acts: Record<string, (key?: string) => Promise<unknown>> = {
    add: (key) => groups.decide({ group, action: "add", peer: dave, key }),
    unsend: (key) => groups.unsend({ group, tsNano, key }),
  };
  for (const [name, act] of Object.entries(acts)) {
    await world.done(act(name));
    await world.done(act(name));
    await rejects(world.done(act()), (error) => (error as UserError).kind === "usage", name);
  }
  await rejects(
    world.done(groups.decide({ group, action: "remove", peer: dave, key: "add" })),
    /something else/,
  );
  const rotate = (key?: string) => world.done(groups.rotateKey({ group, key }));
  const { epoch } = await rotate("rotate");
  deepStrictEqual([(await rotate("rotate")).epoch, (await rotate()).epoch], [
    epoch,
    String(BigInt(epoch) + 1n),
  ]);
  const issue = (key?: string) => world.done(groups.issueInvite({ group, ...terms, key }));
  const { id, link } = await issue("issue");
  deepStrictEqual([(await issue("issue")).link, (await issue()).link === link], [link, false]);
  const revoke = (key?: string) => world.done(groups.revokeInvite({ group, invite: id, key }));
  await revoke("revoke");
  await revoke("revoke");
  await rejects(revoke(), /nothing changes/);
});

test("An invite that is over and forgotten is told to be none when it is asked for again under its key", async (world) => {
  const { alice: { groups }, group } = await world.founded();
  const expires = formatGoTime(world.clock.wallNs() + 60_000_000_000n);
  const issue = () => world.done(groups.issueInvite({ group, uses: 1, expires, key: "issue" }));
  const { link } = await issue();
  strictEqual((await issue()).link, link);
  world.clock.setWall(world.clock.wallNs() + 3n * 86_400_000_000_000n);
  await world.pass(120_000);
  await rejects(issue(), /no such invite/);
});

test("What is refused under a key may be asked for again under it", async (world) => {
  const { alice, group } = await world.founded();
  const dave = pairOf("dave").pk;
  const decide = (action: "add" | "remove", key: string) =>
    world.done(alice.groups.decide({ group, action, peer: dave, key }));
  await rejects(decide("remove", "k"), /nothing changes/);
  await decide("add", "other");
  await decide("remove", "k");
  deepStrictEqual((await world.done(alice.groups.members({ group }))).map(({ pk }) => pk), [alice.pk]);
});

test("Who was told no is told no once more without a complaint", async (world) => {
  const alice = await world.alone();
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link: invite }));
  const deny = (peer: string) => world.done(alice.groups.decide({ group, action: "deny", peer }));
  await deny(bob.pk);
  await deny(bob.pk);
  await rejects(deny(pairOf("dave").pk), /Nobody with that key waits/);
});

test("Group send under a key: a disk that kept it and said that it had not, and one that kept nothing", async (world) => {
  const { alice, group } = await world.founded();
  const say = (text: string) => alice.groups.send({ group, text, waitMs: 0, key: text });
  for (const does of ["loses the answer", "fails"] as const) {
    world.disk.does = does;
    await world.done(say(does)).catch(() => {}); // it may have learnt by looking that it was kept
    world.disk.does = "works";
    const first = await world.done(say(does));
    strictEqual((await world.done(say(does))).id, first.id);
  }
  deepStrictEqual(await world.texts(alice, group), ["fails", "loses the answer"]);
});

test("Group send under a key: another program of the identity knows it, and it goes with the group", async (world) => {
  const rows = emptyRows();
  const alice = await world.alone(rows);
  const { group } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "link" }),
  );
  const say = (app: LocalApp, key: string) => app.groups.send({ group, text: "hello", waitMs: 0, key });
  const first = await world.done(say(alice, "first"));
  await world.done(alice.close());
  const again = await world.alone(rows);
  strictEqual((await world.done(say(again, "first"))).id, first.id);
  await world.done(again.groups.drop({ group }));
  deepStrictEqual(await world.texts(again, group), []);
});

test("Group send under a key: said again after a restart it tells that others had it", async (world) => {
  const rows = emptyRows();
  const alice = await world.alone(rows);
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "public", join: "link" }),
  );
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(5_000);
  const say = (app: LocalApp, waitMs: number) => app.groups.send({ group, text: "hello", waitMs, key: "k" });
  const { state, id } = await world.done(say(alice, 5_000));
  await world.done(alice.close());
  const again = await world.done(say(await world.alone(rows), 0));
  deepStrictEqual([again.state, again.id], [state, id]);
});

test("An end that counts from now is no part of what a key names", async (world) => {
  const { alice, group } = await world.founded();
  const say = (until: string) =>
    alice.overlays.changePoll({
      ...{ conversation: group, waitMs: 0, key: "poll" },
      change: { do: "new", text: "When?", choices: ["now", "then"], until },
    });
  const { id } = await world.done(say("2026-12-24T18:00:00Z"));
  strictEqual((await world.done(say("2026-12-24T18:00:01Z"))).id, id);
});

test("A signed invite that ends in an hour is the same invite under its key a minute later", async (world) => {
  const { alice, group } = await world.founded();
  const say = (expires: string, uses: number) => {
    const saying = { conversation: group, waitMs: 0, key: "invite" };
    return world.done(alice.overlays.sendInvite({ ...saying, group, terms: { uses, expires } }));
  };
  const at = (minutes: number) => formatGoTime(world.clock.wallNs() + BigInt(minutes) * 60_000_000_000n);
  const { id } = await say(at(60), 2);
  strictEqual((await say(at(61), 2)).id, id);
  strictEqual((await alice.groups.issuedInvites({ group })).length, 1);
  await rejects(say(at(60), 3), UserError, "for three people is something else");
});

test("Lists, boards, polls and invites under a key: said again they are one, to a group and to a person", async (world) => {
  const { alice, group } = await world.founded();
  const bob = await world.member("bob");
  for (const conversation of [group, bob.pk]) {
    const how = (key: string) => ({ conversation, waitMs: 0, key });
    const { overlays } = alice;
    const says = [
      () => overlays.changeList({ ...how("list"), change: { do: "new", text: "Shopping" } }),
      () => overlays.changeBoard({ ...how("board"), change: { do: "post", text: "For sale" } }),
      () =>
        overlays.changePoll({
          ...how("poll"),
          change: { do: "new", text: "When?", choices: ["now", "then"] },
        }),
      () => overlays.sendInvite({ ...how("invite"), peer: alice.pk }),
    ];
    for (const say of says) {
      const { id, position } = await world.done(say());
      const again = await world.done(say());
      deepStrictEqual({ id: again.id, position: again.position }, { id, position });
    }
    strictEqual((await world.done(alice.messages.history({ peer: conversation, limit: 100 }))).length, 4);
    await rejects(
      world.done(overlays.changeList({ ...how("list"), change: { do: "new", text: "Else" } })),
      UserError,
    );
  }
});
