import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { shuffled, systemRandom } from "../../lib/sys/random.ts";
import { seededRandom } from "../fakes/random.ts";

Deno.test("The system's randomness has the length that was asked for and no fixed value", () => {
  strictEqual(systemRandom.bytes(33).length, 33);
  notDeepStrictEqual(systemRandom.bytes(32), systemRandom.bytes(32));
  const fraction = systemRandom.fraction();
  ok(fraction >= 0 && fraction < 1);
});

Deno.test("The system's randomness gives nobody bytes of others, however few are asked for", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 400; i++) {
    const count = 8 + i % 10; // some are drawn together, some alone
    const bytes = systemRandom.bytes(count);
    strictEqual(bytes.length, count);
    ok(bytes.some((byte) => byte !== 0));
    strictEqual(bytes.buffer.byteLength, count, "an array of its own");
    seen.add(bytes.subarray(0, 8).toHex());
    bytes.fill(0);
  }
  strictEqual(seen.size, 400);
});

Deno.test("shuffled keeps every item, changes no argument and follows the seed", () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const mixed = shuffled(seededRandom(1), items);
  notDeepStrictEqual(mixed, items);
  deepStrictEqual([...mixed].sort((a, b) => a - b), items);
  deepStrictEqual(shuffled(seededRandom(1), items), mixed);
  notDeepStrictEqual(shuffled(seededRandom(2), items), mixed);
});

Deno.test("shuffled puts every item everywhere", () => {
  const random = seededRandom("places");
  const seen = new Set<string>();
  for (let i = 0; i < 300; i++) shuffled(random, ["a", "b", "c"]).forEach((item, at) => seen.add(item + at));
  strictEqual(seen.size, 9);
});

Deno.test("A seeded Random gives the same bytes however they are drawn", () => {
  const [a, b] = [seededRandom(9), seededRandom(9)];
  const whole = a.bytes(100);
  deepStrictEqual(new Uint8Array([...b.bytes(1), ...b.bytes(40), ...b.bytes(0), ...b.bytes(59)]), whole);
});
