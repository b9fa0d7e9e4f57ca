/** What a muted member said is passed over as was decided: nobody is told that something is wrong. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { bundleLines } from "../../../lib/group/threads/bundle.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);

test("A bundle with a muted member's message is taken without a warning, each time", async (world) => {
  const rows = emptyRows();
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const carol = await world.member("carol", rows);
  const { link } = await alice.groups.invite({ group });
  await world.done(carol.groups.join({ link }));
  await world.pass(5_000);
  await world.done(carol.close());
  world.hub.leave(bob.pk);
  await world.done(alice.groups.decide({ group, action: "mute", peer: bob.pk }));
  await world.pass(1_000);
  const { id } = await world.done(bob.groups.send({ group, text: "not known yet", waitMs: 0 }));
  world.hub.back(bob.pk);
  await world.pass(60_000);
  const lines = await world.done(alice.groups.bundle({ group }));
  strictEqual(lines.some((line) => line.includes(id)), true);
  deepStrictEqual(await world.texts(alice, group), []);

  const problems: string[] = [];
  const onProblem = ({ message }: Error): void => void problems.push(message);
  for (let i = 0; i < 2; i++) {
    const once = await world.open("carol", { own: pairOf("carol"), rows, offline: true, onProblem });
    await world.done(once.groups.unbundle({ group, leaves: lines.slice(1) }));
    deepStrictEqual([await world.texts(once, group), problems], [[], []]);
    await world.done(once.close());
  }
  // What is really wrong is told.
  const again = await world.open("carol", { own: pairOf("carol"), rows, offline: true, onProblem });
  const broken = bundleLines(group, [{ path: "roster/00001", value: new Uint8Array([32]) }]);
  await world.done(again.groups.unbundle({ group, leaves: broken.slice(1) }));
  strictEqual(problems.length, 1);
});
