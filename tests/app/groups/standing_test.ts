/** What must not change how we stand in a group, and what is damaged. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { GROUP_RECORDS } from "../../../lib/app/groups/has_groups.ts";
import { emptyRows, memoryPlace } from "../../../lib/store/memory.ts";
import { openStore } from "../../../lib/store/open.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
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
  await rejects(world.done(again.groups.leave({ group })), /can't be read/);
  await world.done(again.groups.drop({ group }));
  deepStrictEqual(await again.groups.list(), []);
  strictEqual((await world.done(again.groups.join({ link: invite }))).group, group);
  await world.pass(5_000);
  strictEqual((await again.groups.list())[0].status, "active");
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
  await world.pass(40_000);
  deepStrictEqual(await shown(), before);
});
