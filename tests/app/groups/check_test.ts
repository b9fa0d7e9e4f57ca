/** How it stands in a group, as a program tells it. */
import { deepStrictEqual } from "node:assert/strict";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

const test = worldTests(GroupWorld);

test("A key that a clock ahead of ours has made is new: its age is none, and no number below 0", async (world) => {
  const alice = await world.member("alice");
  const { group } = await world.done(alice.groups.create({ name: "ops", kind: "private", join: "approval" }));
  const ages: unknown[] = [];
  for (const days of [-3n, 2n]) {
    world.clock.setWall(world.clock.wallNs() + days * 86_400_000_000_000n);
    ages.push((await world.done(alice.groups.check({ group }))).key?.ageSec);
  }
  world.clock.setWall(world.clock.wallNs() + 2n * 86_400_000_000_000n);
  ages.push((await world.done(alice.groups.check({ group }))).key?.ageSec);
  deepStrictEqual(ages, [0, 0, 86_400]);
});
