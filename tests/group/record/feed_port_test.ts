/** The port of a group that is made: one that no other group of this program has. */
import { strictEqual } from "node:assert/strict";
import { freeFeedPort } from "../../../lib/group/record/address.ts";

Deno.test("A new group has a port and one behind it that no other group here has", () => {
  strictEqual(freeFeedPort(60_100, []), 60_100);
  strictEqual(freeFeedPort(60_100, [60_098, 60_102]), 60_100);
  for (const taken of [60_099, 60_100, 60_101]) {
    strictEqual(Math.abs(freeFeedPort(60_100, [taken]) - taken) > 1, true);
  }
  strictEqual(freeFeedPort(64_999, [64_999]), 60_000);
  strictEqual(freeFeedPort(60_007, Array.from({ length: 5_000 }, (_, i) => 60_000 + i)), 60_007);
});
