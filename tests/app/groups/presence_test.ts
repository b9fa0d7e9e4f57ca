/** Who is shown as there. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

const test = worldTests(GroupWorld);

test("A member without a frame for 90 s is never shown as connected, until it is heard again", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const shown = async () => {
    const members = await world.done(alice.groups.members({ group }));
    return members.find(({ pk }) => pk === bob.pk)!;
  };
  const { presence, lastHeard } = await shown();
  deepStrictEqual(presence, "connected");
  world.hub.muted.add(bob.pk); // its streams stay, and nothing comes out of them
  await world.pass(90_000);
  // It is dialled again and again meanwhile: a connection on which nothing comes is none.
  for (let minute = 0; minute < 3; minute++) {
    const member = await shown();
    deepStrictEqual(member.presence, "away", `after ${minute} minutes`);
    ok(Date.parse(member.lastHeard!) - Date.parse(lastHeard!) < 60_000, "the last frame, not the last dial");
    await world.pass(60_000);
  }
  world.hub.muted.delete(bob.pk);
  await world.pass(60_000);
  deepStrictEqual((await shown()).presence, "connected");
});
