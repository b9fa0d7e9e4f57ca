/** Who was put out while its program was off, and came back when nobody let it read a feed any more. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { encodeLeavesRequest } from "../../../lib/group/threads/leaf_request.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { fromUtf8 } from "../../../lib/wire/bytes.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

class AwayWorld extends GroupWorld {
  /** A group whose member bob is off while something is decided, and comes back long after. */
  async away(decide: (group: string, bob: string, ...others: LocalApp[]) => Promise<void>): Promise<{
    group: string;
    link: string;
    bob: LocalApp;
    others: LocalApp[];
  }> {
    const rows = emptyRows();
    const { group, apps: others } = await this.group("private", "carol");
    const { link } = await others[0].groups.invite({ group });
    const bob = await this.member("bob", rows);
    await this.done(bob.groups.join({ link }));
    await this.pass(5_000);
    await this.done(bob.close());
    await decide(group, bob.pk, ...others);
    await this.pass(200_000);
    return { group, link, bob: await this.member("bob", rows), others };
  }

  status(app: LocalApp, group: string): Promise<unknown> {
    return app.groups.info({ group }).then(({ status }) => status);
  }
}

const test = worldTests(AwayWorld);
const notIn = { kind: "refused", message: 'Group "ops": not a member' };

test("Who was banned while it was off is told so: by itself, by join and by send", async (world) => {
  const { group, link, bob } = await world.away(async (group, peer, alice) => {
    await world.done(alice.groups.rotateKey({ group })); // it has no key of that time
    await world.done(alice.groups.decide({ group, action: "ban", peer }));
  });
  await rejects(world.done(bob.groups.send({ group, text: "hello", waitMs: 10_000 })), notIn);
  strictEqual(await world.status(bob, group), "banned");
  await rejects(world.done(bob.groups.send({ group, text: "hello", waitMs: 10_000 })), notIn);
  await rejects(world.done(bob.groups.join({ link })), { kind: "refused", message: /banned/ });
  strictEqual(await world.status(bob, group), "banned");
});

for (const [out, back, key] of [["ban", "unban"], ["remove", "add"], ["remove", "add", "key"]] as const) {
  test(`What was refused because of a ${out} is heard by nobody after ${back}; ${key ?? "no key"}`, async (world) => {
    const { group, link, bob, others } = await world.away(async (group, peer, alice) => {
      await world.done(alice.groups.decide({ group, action: out, peer }));
      world.hub.leave(peer); // it says something before it hears that
    });
    const sent = bob.groups.send({ group, text: "refused", waitMs: 100_000, key });
    sent.catch(() => {});
    await world.pass(1_000);
    world.hub.back(bob.pk);
    await rejects(world.done(sent), notIn);
    await world.done(others[0].groups.decide({ group, action: back, peer: bob.pk }));
    await world.done(bob.groups.join({ link }));
    // What is said anew under the key is another message.
    await world.done(bob.groups.send({ group, text: "heard", waitMs: 10_000, key }));
    await world.pass(60_000);
    for (const app of [bob, ...others]) deepStrictEqual(await world.texts(app, group), ["heard"]);
  });
}

test("Who was banned while it was off and joins first is told so by the founder", async (world) => {
  const { group, link, bob } = await world.away(async (group, peer, alice) => {
    await world.done(alice.groups.decide({ group, action: "ban", peer }));
  });
  await rejects(world.done(bob.groups.join({ link })), { kind: "refused", message: /banned/ });
  strictEqual(await world.status(bob, group), "banned");
});

test("Who was banned while it was off is told so by a member, when no admin is there", async (world) => {
  const { group, bob, others: [, carol] } = await world.away(async (group, peer, alice) => {
    await world.done(alice.groups.decide({ group, action: "ban", peer }));
    await world.pass(5_000);
    world.hub.leave(alice.pk);
  });
  await world.pass(10_000);
  deepStrictEqual([await world.status(carol, group), await world.status(bob, group)], ["active", "banned"]);
});

test("A removal beside a promotion that had not seen it is told to whom both are about", async (world) => {
  const { group, bob, others } = await world.away(async (group, peer, alice, carol) => {
    await world.done(alice.groups.decide({ group, action: "promote", peer: carol.pk }));
    await world.pass(5_000);
    world.hub.leave(alice.pk);
    await world.done(carol.groups.decide({ group, action: "promote", peer }));
    await world.done(alice.groups.decide({ group, action: "remove", peer }));
    await world.pass(100_000);
    world.hub.back(alice.pk);
  });
  await world.pass(10_000);
  for (const app of others) {
    const { members } = await app.groups.info({ group });
    strictEqual((members as string[]).includes(bob.pk), false);
  }
  strictEqual(await world.status(bob, group), "revoked");
});

test("Who has missed more decisions than an answer holds learns of all of them, up to its own", async (world) => {
  const { group, link, bob } = await world.away(async (group, peer, alice, carol) => {
    for (let i = 0; i < 100; i++) {
      const action = i % 2 === 0 ? "mute" : "unmute";
      await world.done(alice.groups.decide({ group, action, peer: carol.pk }));
    }
    await world.done(alice.groups.decide({ group, action: "ban", peer }));
  });
  await rejects(world.done(bob.groups.join({ link })), { kind: "refused", message: /banned/ });
  strictEqual(await world.status(bob, group), "banned");
});

test("Who is in and joins once more is in at once, though no admin is there", async (world) => {
  const { group, link, bob, others: [alice] } = await world.away(async () => {});
  deepStrictEqual(await world.done(bob.groups.join({ link })), { group, status: "active" });
  world.hub.leave(alice.pk);
  const beforeMs = world.clock.nowMs();
  deepStrictEqual(await world.done(bob.groups.join({ link })), { group, status: "active" });
  strictEqual(world.clock.nowMs() - beforeMs <= 5_100, true);
});

test("A stranger at the door of a private group is given no decision", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  await world.done(alice.groups.decide({ group, action: "ban", peer: bob.pk }));
  const { port } = await alice.groups.info({ group });
  const heardBy = async (pk: string): Promise<string> => {
    const stream = await world.hub.client(pk).dial({ pk: alice.pk, port: Number(port) + 1 });
    await stream.write(encodeChatFrame(encodeLeavesRequest(group, [])));
    const heard = await world.done(stream.read());
    stream.close();
    return heard === null ? "" : fromUtf8(heard.subarray(4));
  };
  strictEqual(await heardBy(pairOf("dave").pk), "");
  // The group's key, which bob no longer has, and decisions behind its own are in none of it.
  const { leaves } = JSON.parse(await heardBy(bob.pk));
  deepStrictEqual(leaves.map(({ path }: { path: string }) => path.split("/")[0]), ["roster", "mod"]);
  // Who was never in is a stranger also when it is banned.
  await world.done(alice.groups.decide({ group, action: "ban", peer: pairOf("dave").pk }));
  strictEqual(await heardBy(pairOf("dave").pk), "");
});

test("Who was removed is not told what was decided between that and its ban", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("private", "bob", "carol");
  const { port } = await alice.groups.info({ group });
  for (const [action, { pk }] of [["remove", bob], ["promote", carol], ["ban", bob]] as const) {
    await world.done(alice.groups.decide({ group, action, peer: pk }));
  }
  const stream = await world.hub.client(bob.pk).dial({ pk: alice.pk, port: Number(port) + 1 });
  await stream.write(encodeChatFrame(encodeLeavesRequest(group, [])));
  const { leaves } = JSON.parse(fromUtf8((await world.done(stream.read()))!.subarray(4)));
  stream.close();
  deepStrictEqual(leaves.map(({ path }: { path: string }) => path.split("/")[0]), [
    "roster",
    "roster",
    "roster",
  ]);
});

test("Who was let in by an admin that was put out already asks to be let in anew, and comes in", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("public", "bob", "carol");
  await world.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
  await world.pass(40_000);
  world.hub.leave(alice.pk);
  await world.pass(2_000);
  await world.done(alice.groups.decide({ group, action: "remove", peer: bob.pk }));
  const dora = await world.member("dora");
  const { link } = await world.done(bob.groups.invite({ group }));
  await world.done(dora.groups.join({ link }));
  await world.pass(10_000);
  strictEqual((await dora.groups.info({ group })).status, "active");
  world.hub.back(alice.pk);
  await world.pass(120_000);
  const members = [alice.pk, carol.pk, dora.pk].sort();
  for (const app of [alice, carol, dora]) {
    deepStrictEqual((await app.groups.members({ group })).map(({ pk }) => pk).sort(), members);
  }
  strictEqual((await dora.groups.info({ group })).status, "active");
});
