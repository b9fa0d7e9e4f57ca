/** A disk that fails while a group is open, and works again: what was not kept has not happened. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { FailingPlace, GroupWorld } from "./group_world.ts";

class FailingWorld extends GroupWorld {
  /** Alice's. */
  readonly disk = new FailingPlace();

  async failing(): Promise<{ group: string; alice: LocalApp; bob: LocalApp; carol: LocalApp }> {
    const alice = await this.member("alice", emptyRows(), (place) => this.disk.around(place));
    const { group, invite } = await this.done(
      alice.groups.create({ name: "ops", kind: "private", join: "link" }),
    );
    const [bob, carol] = [await this.member("bob"), await this.member("carol")];
    for (const app of [bob, carol]) await this.done(app.groups.join({ link: invite }));
    await this.pass(5_000);
    return { group, alice, bob, carol };
  }

  async same(apps: readonly LocalApp[], group: string, texts: readonly string[]): Promise<void> {
    for (const app of apps) deepStrictEqual(await this.texts(app, group), texts);
    for (const app of apps) {
      const { whole, members } = await app.groups.check({ group });
      deepStrictEqual([whole, members.filter(({ restarts }) => restarts > 0)], [true, []]);
    }
  }
}

const test = worldTests(FailingWorld);

test("Failing disk: what could not be kept was not said, here or elsewhere, and leaves no hole", async (world) => {
  const { group, alice, bob, carol } = await world.failing();
  await world.done(alice.groups.send({ group, text: "before", waitMs: 5_000 }));
  world.disk.does = "fails";
  await rejects(world.done(alice.groups.send({ group, text: "lost", waitMs: 0 })));
  await world.pass(40_000);
  world.disk.does = "works";
  await world.done(alice.groups.send({ group, text: "then", waitMs: 5_000 }));
  await world.pass(60_000);
  await world.same([alice, bob, carol], group, ["before", "then"]);
});

test("Failing disk: a removal that could not be kept has removed nobody, and is done when it can be", async (world) => {
  const { group, alice, bob, carol } = await world.failing();
  world.disk.does = "fails";
  await rejects(world.done(alice.groups.decide({ group, action: "remove", peer: bob.pk })));
  await world.pass(5_000);
  for (const app of [alice, bob, carol]) strictEqual((await app.groups.list())[0].members, 3);
  world.disk.does = "works";
  await world.done(bob.groups.send({ group, text: "still here", waitMs: 5_000 }));
  await world.pass(35_000);
  await world.same([alice, bob, carol], group, ["still here"]);
  strictEqual((await alice.groups.info({ group })).key_epoch ?? 0, 0);
  await world.done(alice.groups.decide({ group, action: "remove", peer: bob.pk }));
  await world.pass(5_000);
  strictEqual((await carol.groups.list())[0].members, 2);
  strictEqual((await bob.groups.list())[0].status, "revoked");
});

test("Failing disk: what came meanwhile is read again once it can be kept", async (world) => {
  const { group, alice, bob, carol } = await world.failing();
  world.disk.does = "fails";
  await world.done(bob.groups.send({ group, text: "one", waitMs: 1_000 }));
  await world.done(carol.groups.send({ group, text: "two", waitMs: 1_000 }));
  await world.pass(10_000);
  world.disk.does = "works";
  await world.pass(90_000);
  await world.same([alice, bob, carol], group, ["one", "two"]);
});

test("Failing disk: what was kept although it said no reaches everybody, once", async (world) => {
  const { group, alice, bob, carol } = await world.failing();
  world.disk.does = "loses the answer";
  await world.done(alice.groups.send({ group, text: "kept", waitMs: 0 }).catch(() => {}));
  world.disk.does = "works";
  await world.pass(60_000);
  await world.done(alice.groups.send({ group, text: "then", waitMs: 5_000 }));
  await world.pass(60_000);
  await world.same([alice, bob, carol], group, ["kept", "then"]);
});

test("Failing disk: who could not leave is in, and can leave", async (world) => {
  const { group, alice } = await world.failing();
  world.disk.does = "fails";
  await rejects(world.done(alice.groups.leave({ group })));
  world.disk.does = "works";
  strictEqual((await alice.groups.list())[0].status, "active");
  await world.done(alice.groups.send({ group, text: "bye", waitMs: 5_000 }));
  await world.done(alice.groups.leave({ group }));
  strictEqual((await alice.groups.list())[0].status, "left");
});

test("Failing disk: a group that could not be dropped is told, and can be dropped again", async (world) => {
  const { group, alice } = await world.failing();
  world.disk.does = "fails";
  await rejects(world.done(alice.groups.drop({ group })), /full/);
  deepStrictEqual((await world.done(alice.groups.list())).map(({ id, status }) => [id, status]), [
    [group, "damaged"],
  ]);
  world.disk.does = "works";
  await world.done(alice.groups.drop({ group }));
  deepStrictEqual(await world.done(alice.groups.list()), []);
});
