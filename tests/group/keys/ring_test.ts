import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { around, type GroupKey, nearest } from "../../../lib/group/keys/ring.ts";

const WEEK_NS = 7n * 86_400n * 1_000_000_000n;

/** Newest first, one a week. */
const ring: GroupKey[] = [4n, 3n, 2n, 1n, 0n].map((epoch) => ({
  epoch,
  key: new Uint8Array(32).fill(Number(epoch)),
  issuedAtNs: epoch * WEEK_NS,
  issuer: "",
  mark: "",
  wraps: 1,
}));

const epochsAt = (atNs: bigint): bigint[] => nearest(ring, atNs).map(({ epoch }) => epoch);

Deno.test("What was sealed at a time is tried with the key of that time first, and with all others", () => {
  deepStrictEqual(epochsAt(2n * WEEK_NS + 1n), [2n, 1n, 0n, 3n, 4n]);
  deepStrictEqual(epochsAt(2n * WEEK_NS), [2n, 1n, 0n, 3n, 4n]);
  deepStrictEqual(epochsAt(2n * WEEK_NS - 1n), [1n, 0n, 2n, 3n, 4n]);
  strictEqual(nearest(ring, 9n * WEEK_NS), ring);
});

Deno.test("Of keys that have left a ring those around a time are tried, the one of that time first", () => {
  const epochs = (atNs: bigint) => around(ring, atNs, 2).map(({ epoch }) => epoch);
  deepStrictEqual(epochs(2n * WEEK_NS + 1n), [2n, 1n, 3n, 4n]);
  deepStrictEqual(epochs(9n * WEEK_NS), [4n, 3n]);
  deepStrictEqual(epochs(0n), [0n, 1n, 2n]);
  deepStrictEqual(epochs(-1n), [0n, 1n]);
  deepStrictEqual(around([], 0n, 2), []);
});

Deno.test("What claims to be older than all keys is tried with the current one first", () => {
  strictEqual(nearest(ring, -1n), ring);
  deepStrictEqual(nearest([], 0n), []);
});
