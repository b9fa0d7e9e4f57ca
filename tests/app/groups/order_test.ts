/** What is read at once, by who comes late or comes back, stands in the order in which it was said. */
import { deepStrictEqual } from "node:assert/strict";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

const test = worldTests(GroupWorld);

test("Who comes late, and who comes back, reads what was said in its order, and not author by author", async (world) => {
  const { group, apps } = await world.group("private", "bob", "carol", "dave");
  const rows = emptyRows();
  const { link } = await apps[0].groups.invite({ group });
  const away = await world.member("erin", rows);
  await world.done(away.groups.join({ link }));
  await world.pass(5_000);
  await world.done(away.close());
  const said: string[] = [];
  for (const app of [...apps, ...apps.toReversed(), ...apps]) {
    said.push(`${said.length}`);
    await world.done(app.groups.send({ group, text: said.at(-1)!, waitMs: 0 }));
    await world.pass(1_500);
  }
  const back = await world.member("erin", rows);
  const late = await world.member("frank");
  await world.done(late.groups.join({ link }));
  await world.pass(10_000);
  for (const app of [...apps, back, late]) {
    const messages = await world.done(app.messages.history({ peer: group, limit: 100 }));
    deepStrictEqual(messages.map(({ text }) => text), said);
  }
});
