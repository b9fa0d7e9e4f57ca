/** How much is said under one key of a private group: thousands of messages, and of heartbeats. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { readRotation, ROTATION_MESSAGES } from "../../../lib/group/keys/rotation.ts";
import { seeded, World } from "../sim/world.ts";

Deno.test("A key is not replaced for what admins only beat under it", () => {
  const world = new World("private", seeded(18));
  const [alice, bob] = [world.founder, world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  for (let beat = 0; beat < ROTATION_MESSAGES + 100; beat++) {
    world.tick(30);
    if (beat % 100 === 0) world.settle();
  }
  world.settle();
  deepStrictEqual([alice, bob].map(({ record }) => record.keyEpoch), [0n, 0n]);
});

Deno.test("A key is replaced after 4096 messages of whomever, by one admin", () => {
  const world = new World("private", seeded(19));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  const say = (count: number): void => {
    for (let i = 0; i < count; i++) {
      world.post(carol, `${i}`);
      if (i % 100 === 99) world.settle();
    }
    world.settle();
    world.tick(30);
    world.settle();
  };
  say(ROTATION_MESSAGES - 1);
  deepStrictEqual([alice, bob, carol].map(({ record }) => record.keyEpoch), [0n, 0n, 0n]);
  say(1);
  deepStrictEqual([alice, bob, carol].map(({ record }) => record.keyEpoch), [1n, 1n, 1n]);
  const [[, by]] = [...carol.feed].filter(([path]) => path.startsWith("keys/"));
  strictEqual(readRotation(by)!.issuer, alice.pair.pk, "the second admin waits for 64 more");
  say(100);
  strictEqual(carol.record.keyEpoch, 1n);
});
