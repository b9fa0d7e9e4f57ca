import { deepStrictEqual } from "node:assert/strict";
import { Bursts } from "../../../cli/chat/bursts.ts";
import { FakeClock } from "../../fakes/clock.ts";

Deno.test("Of a burst 20 lines are said, then how many more there were, also at the end", async () => {
  const [clock, said] = [new FakeClock(), [] as string[]];
  const bursts = new Bursts(clock, (line) => void said.push(line));
  for (let i = 1; i <= 30; i++) bursts.say(`${i}`);
  deepStrictEqual(said.splice(0), Array.from({ length: 20 }, (_, i) => `${i + 1}`));
  await clock.advance(1000);
  deepStrictEqual(said.splice(0), ["10 more lines; /page-up says them"]);
  for (let i = 1; i <= 22; i++) bursts.say(`${i}`);
  bursts.end();
  bursts.end();
  deepStrictEqual(said.splice(20), ["2 more lines; /page-up says them"]);
  await clock.advance(1000);
  deepStrictEqual(said.length, 20, "nothing is counted twice");
});
