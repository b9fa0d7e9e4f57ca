/** Who was promoted in a private group for which the link is enough: only its founder knows that it is. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { formatGoTime } from "../../../lib/wire/go_time.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

const test = worldTests(GroupWorld);

test("By the founder's link a promoted admin lets in who it approves, by a signed invite whoever has it", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  await world.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
  const { link } = await alice.groups.invite({ group }); // it names bob as well
  await world.pass(5_000);
  world.hub.leave(alice.pk);
  const [carol, dave] = [await world.member("carol"), await world.member("dave")];

  strictEqual((await world.done(carol.groups.join({ link }))).status, "awaiting_approval");
  deepStrictEqual((await bob.groups.requests({ group })).map(({ pk }) => pk), [carol.pk]);
  await world.done(bob.groups.decide({ group, action: "approve", peer: carol.pk }));

  const expires = formatGoTime(world.clock.wallNs() + 3_600_000_000_000n);
  const signed = await world.done(bob.groups.issueInvite({ group, uses: 1, expires }));
  await world.done(dave.groups.join({ link: signed.link! }));
  await world.pass(35_000);
  for (const app of [carol, dave]) strictEqual((await app.groups.info({ group })).status, "active");
});

for (const kind of ["public", "private"] as const) {
  test(`Who waits for a founder that is away comes into a ${kind} group by the link of another admin`, async (world) => {
    const { group, apps: [alice, bob] } = await world.group(kind, "bob");
    const { link } = await alice.groups.invite({ group }); // from before bob decides
    await world.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
    await world.pass(5_000);
    world.hub.leave(alice.pk);
    const carol = await world.member("carol");
    strictEqual((await world.done(carol.groups.join({ link }))).status, "pending");
    await world.pass(40_000);
    const other = await bob.groups.invite({ group });
    await world.done(carol.groups.join({ link: other.link }));
    if (kind === "private") {
      deepStrictEqual((await bob.groups.requests({ group })).map(({ pk }) => pk), [carol.pk]);
      await world.done(bob.groups.decide({ group, action: "approve", peer: carol.pk }));
    }
    await world.pass(40_000);
    strictEqual((await carol.groups.info({ group })).status, "active");
    await world.done(bob.groups.send({ group, text: "welcome", waitMs: 0 }));
    await world.pass(10_000);
    deepStrictEqual(await world.texts(carol, group), ["welcome"]);
  });
}
