import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Guests, MAX_GUESTS, MAX_PEER_GUESTS, type Stay } from "../../lib/bridge/guests.ts";
import type { NetworkError } from "../../lib/wire/errors.ts";
import { FakeClock, settle } from "../fakes/clock.ts";

const [ALICE, BOB] = ["02aa", "03bb"];

Deno.test("One peer leaves room for others, and all of them together for the rest of the identity", () => {
  const guests = new Guests({ clock: new FakeClock(), mayStay: () => Promise.resolve(true) });
  const stays: Stay[] = [];
  for (let i = 0; i < MAX_PEER_GUESTS; i++) stays.push(guests.enter(ALICE)!);
  strictEqual(guests.enter(ALICE), undefined);
  stays.push(guests.enter(BOB)!);
  stays[0].leave();
  stays[0].leave();
  ok(guests.enter(ALICE));
  strictEqual(guests.enter(ALICE), undefined);
  for (let i = 0; guests.count < MAX_GUESTS; i++) ok(guests.enter(`02${i}`));
  strictEqual(guests.enter("02cc"), undefined);
  guests.stop();
});

Deno.test("Where the mute yield, the oldest that has asked for nothing makes room for a new one, and no other", () => {
  const guests = new Guests({
    clock: new FakeClock(),
    mayStay: () => Promise.resolve(true),
    mutesYield: true,
  });
  const stays = Array.from({ length: MAX_GUESTS }, (_, i) => guests.enter(`02${i >> 6}`)!);
  stays[0].asked();
  const late = guests.enter(BOB)!;
  deepStrictEqual(stays.flatMap(({ signal }, i) => signal.aborted ? [i] : []), [1]);
  strictEqual(guests.count, MAX_GUESTS);
  stays[1].leave(); // its end comes later
  strictEqual(guests.count, MAX_GUESTS);
  strictEqual(guests.enter("023"), undefined, "64 of one peer are the most, whoever is mute");
  for (const stay of [...stays, late]) stay.asked();
  strictEqual(guests.enter("02cc"), undefined);
  guests.stop();
});

Deno.test("Who is taken off the list is cut off within 2 s, others stay", async () => {
  const clock = new FakeClock();
  const listed = new Set([ALICE, BOB]);
  const guests = new Guests({ clock, mayStay: (peer) => Promise.resolve(listed.has(peer)) });
  const [alice, bob] = [guests.enter(ALICE)!, guests.enter(BOB)!];
  await clock.advance(5000);
  deepStrictEqual([alice.signal.aborted, bob.signal.aborted], [false, false]);
  listed.delete(ALICE);
  await clock.advance(2000);
  deepStrictEqual([alice.signal.aborted, bob.signal.aborted], [true, false]);
  strictEqual((alice.signal.reason as Error).message, "the key was taken from the list");
  alice.leave();
  guests.stop();
  strictEqual(bob.signal.aborted, true);
});

Deno.test("When one leaves the list is still looked at for the others, and nothing waits behind the last one", async () => {
  const clock = new FakeClock();
  const listed = new Set([ALICE, BOB]);
  const guests = new Guests({ clock, mayStay: (peer) => Promise.resolve(listed.has(peer)) });
  const [alice, bob] = [guests.enter(ALICE)!, guests.enter(BOB)!];
  alice.leave();
  listed.delete(BOB);
  await clock.advance(2000);
  strictEqual(bob.signal.aborted, true);
  strictEqual((bob.signal.reason as NetworkError).retry, false, "a dial would be refused, too");
  bob.leave();
  strictEqual(clock.pendingTimers, 0);
  guests.enter(ALICE);
  guests.stop();
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("A list that can't be read lets nobody stay", async () => {
  const clock = new FakeClock();
  const guests = new Guests({ clock, mayStay: () => Promise.reject(new Error("damaged")) });
  const alice = guests.enter(ALICE)!;
  await clock.advance(2000);
  strictEqual(alice.signal.aborted, true);
});

Deno.test("However often the last one leaves and comes again while the list is read, it is read once a second", async () => {
  const clock = new FakeClock();
  const reads: (() => void)[] = [];
  const mayStay = () => new Promise<boolean>((resolve) => reads.push(() => resolve(true)));
  const guests = new Guests({ clock, mayStay });
  let stay = guests.enter(ALICE)!;
  for (let second = 0; second < 5; second++) {
    await clock.advance(1000);
    for (const read of reads.splice(0)) {
      stay.leave();
      stay = guests.enter(ALICE)!;
      read();
      await settle();
    }
  }
  await clock.advance(1000);
  strictEqual(reads.length, 1);
  guests.stop();
});
