/** What must not change how we stand in a group, and what is damaged. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { kept } from "../../../lib/app/backup.ts";
import { GROUP_RECORDS } from "../../../lib/app/groups/has_groups.ts";
import { openStore } from "../../../lib/store/open.ts";
import { emptyRows, memoryPlace } from "../../../lib/store/place/memory.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import type { UserError } from "../../../lib/wire/errors.ts";
import { seededRandom } from "../../fakes/random.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

const test = worldTests(GroupWorld);

test("A group of which nothing can be read is shown as damaged, dropped, and joined anew", async (world) => {
  const rows = emptyRows();
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "public", join: "link" }),
  );
  const bob = await world.member("bob", rows);
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(5_000);
  await world.done(bob.groups.send({ group, text: "before", waitMs: 5_000 }));
  await world.done(bob.close());
  const store = await openStore({
    place: memoryPlace(rows),
    secret: new Uint8Array(32).fill(7),
    clock: world.clock,
    random: seededRandom("damage"),
  });
  await store.commit([{ kind: "value", room: GROUP_RECORDS, name: group, value: utf8("not a record") }]);
  await store.close();
  const again = await world.member("bob", rows);
  const [view] = await again.groups.list();
  deepStrictEqual([view.id, view.status], [group, "damaged"]);
  deepStrictEqual(await world.done(again.groups.info({ group })), { id: group, status: "damaged" });
  const check = await world.done(again.groups.check({ group }));
  deepStrictEqual([check.whole, check.damaged, check.members], [false, true, []]);
  await rejects(world.done(again.groups.send({ group, text: "x", waitMs: 0 })), /can't be read/);
  // A backup has all that can be read, and does not end at what can't be.
  const damaged: string[] = [];
  const lines = kept(() => Promise.resolve(again), { keys: true, onDamaged: ({ id }) => damaged.push(id) });
  const texts = (await world.done(Array.fromAsync(lines))).flatMap((line) =>
    line.type === "message" ? line.text : []
  );
  deepStrictEqual([damaged, texts], [[group], ["before"]]);
  await world.done(again.groups.leave({ group })); // needs nothing that could be read
  await world.done(again.groups.drop({ group }));
  deepStrictEqual(await again.groups.list(), []);
  strictEqual((await world.done(again.groups.join({ link: invite }))).group, group);
  await world.pass(5_000);
  strictEqual((await again.groups.list())[0].status, "active");
  deepStrictEqual(await world.texts(again, group), ["before"]);
});

test("Who has lost the group's keys looks at it, leaves and drops it", async (world) => {
  const rows = emptyRows();
  const { group, apps: [alice] } = await world.group("private");
  const { link } = await alice.groups.invite({ group });
  const bob = await world.member("bob", rows);
  await world.done(bob.groups.join({ link }));
  await world.pass(5_000);
  await world.done(bob.groups.send({ group, text: "before", waitMs: 5_000 }));
  await world.done(bob.close());
  const store = await openStore({
    place: memoryPlace(rows),
    secret: new Uint8Array(32).fill(7),
    clock: world.clock,
    random: seededRandom("loss"),
  });
  const kept = (await store.values.get(GROUP_RECORDS, group))!;
  const { aes_key: _key, key_ring: _ring, ...keyless } = JSON.parse(fromUtf8(kept));
  await store.commit([{
    kind: "value",
    room: GROUP_RECORDS,
    name: group,
    value: utf8(JSON.stringify(keyless)),
  }]);
  await store.close();
  await world.done(alice.close());
  const again = await world.member("bob", rows);
  strictEqual((await world.done(again.groups.info({ group }))).name, "ops");
  strictEqual((await world.done(again.groups.check({ group }))).members.length > 0, true);
  ok((await world.done(again.groups.kept({ group, keys: true }))).some(({ part }) => part === "record"));
  deepStrictEqual(await world.texts(again, group), ["before"]);
  await world.done(again.groups.leave({ group }));
  strictEqual((await again.groups.list())[0].status, "left");
  await world.done(again.groups.drop({ group }));
  deepStrictEqual(await again.groups.list(), []);
});

test("Repeated invites, joins, approvals and removals change nothing for who is in", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("private", "bob", "carol");
  const shown = async () =>
    [
      await alice.groups.info({ group }),
      await bob.groups.info({ group }),
      await carol.groups.info({ group }),
    ].map(({ members, admins, key_epoch, status }) => JSON.stringify([members, admins, key_epoch, status]));
  const before = await shown();
  const { link } = await alice.groups.invite({ group, withKey: false });
  deepStrictEqual(await world.done(bob.groups.join({ link })), { group, status: "active" });
  deepStrictEqual(await world.done(bob.groups.join({ link })), { group, status: "active" });
  await world.done(alice.groups.decide({ group, action: "approve", peer: bob.pk }));
  await rejects(world.done(alice.groups.decide({ group, action: "add", peer: bob.pk })), /nothing changes/);
  await rejects(world.done(alice.groups.decide({ group, action: "deny", peer: bob.pk })), /waits/);
  await world.pass(40_000);
  deepStrictEqual(await shown(), before);
  const dave = (await world.member("dave")).pk;
  await rejects(world.done(alice.groups.decide({ group, action: "remove", peer: dave })), /nothing changes/);
  await rejects(
    world.done(alice.groups.decide({ group, action: "promote", peer: dave })),
    ({ message, hint }: UserError) =>
      /nothing changes/.test(message) && /that key is not in/.test(hint ?? ""),
  );
  await world.pass(40_000);
  deepStrictEqual(await shown(), before);
});
