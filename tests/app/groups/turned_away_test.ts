import { deepStrictEqual } from "node:assert/strict";
import { TurnedAway } from "../../../lib/app/groups/joining/turned_away.ts";
import { FakeClock } from "../../fakes/clock.ts";

Deno.test("Flood at a door is a line a minute with how many were turned away", async () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const away = new TurnedAway(clock, ({ message }) => lines.push(message));
  for (let i = 0; i < 500; i++) away.one("the door of group ops");
  away.one("the describe port");
  await clock.advance(59_999);
  deepStrictEqual(lines, []);
  await clock.advance(1);
  deepStrictEqual(lines, [
    "the door of group ops: 500 within a minute were turned away, more than are looked at",
    "the describe port: 1 within a minute were turned away, more than are looked at",
  ]);
  away.one("the door of group ops");
  away.close();
  await clock.advance(120_000);
  deepStrictEqual(lines.length, 2);
});
