/** Offers that wait for the user: how many, and for how long. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { HeldOffers } from "../../../lib/app/files/held_offers.ts";
import type { FileMessage } from "../../../lib/app/files/records.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";

const NOW = Promise.resolve();

function waiting() {
  const clock = new FakeClock();
  const stop = new AbortController();
  const held = new HeldOffers({ clock, stop: stop.signal });
  const said: string[] = [];
  const file = (peer: string, position: number) => ({ conversation: peer, peer, position }) as FileMessage;
  const hold = (peer: string, position: number): void =>
    void held.hold(file(peer, position), NOW).then((word) => said.push(`${peer} ${position} ${word}`));
  return { clock, stop, held, said, file, hold };
}

Deno.test("Four offers of a peer wait, and sixteen of all; others are told at once that nothing is decided", async () => {
  const { held, said, file, hold, stop } = waiting();
  for (let i = 1; i <= 5; i++) hold("02a", i);
  hold("02a", 1); // on a second stream
  await settle();
  deepStrictEqual(said, ["02a 5 later", "02a 1 later"]);
  for (const peer of ["02b", "02c", "02d"]) for (let i = 1; i <= 4; i++) hold(peer, i);
  hold("02e", 1);
  await settle();
  deepStrictEqual(said.slice(2), ["02e 1 later"]);
  held.of(file("02b", 2))!.say("refuse");
  await settle();
  strictEqual(held.of(file("02b", 2)), undefined);
  hold("02e", 1);
  await settle();
  deepStrictEqual(said.slice(3), ["02b 2 refuse"]);
  stop.abort();
  await settle();
  strictEqual(said.length, 4 + 16);
});

Deno.test("An offer waits for 50 s, the first word about it counts, and nothing of it stays", async () => {
  const { clock, held, said, file, hold } = waiting();
  hold("02a", 1);
  hold("02b", 1);
  await clock.advance(49_999);
  held.of(file("02b", 1))!.say("take");
  held.of(file("02b", 1))!.say("refuse");
  await settle();
  deepStrictEqual(said, ["02b 1 take"]);
  await clock.advance(1);
  deepStrictEqual(said, ["02b 1 take", "02a 1 later"]);
  deepStrictEqual([held.of(file("02a", 1)), clock.pendingTimers], [undefined, 0]);
});
