import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { dh, ecdh } from "../../lib/crypto/ecdh.ts";
import { generateKeyPair, keyPairOf, NULL_KEY } from "../../lib/crypto/keys.ts";
import { fromHex } from "../../lib/wire/bytes.ts";
import { seededRandom } from "../fakes/random.ts";

Deno.test("Both sides get the same 33 bytes, the last one zero", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = seededRandom(seed);
      const [a, b] = [generateKeyPair(random), generateKeyPair(random)];
      const shared = dh(a.secret, b.public);
      deepStrictEqual(dh(b.secret, a.public), shared);
      strictEqual(shared.length, 33);
      strictEqual(shared[32], 0);
      deepStrictEqual(shared.subarray(0, 32), ecdh(a.secret, b.public));
    }),
    { seed: 5, numRuns: 15 },
  );
});

Deno.test("DH refuses what is not a point", () => {
  const { secret } = keyPairOf(new Uint8Array(32).fill(3));
  for (const bad of [NULL_KEY, fromHex(`02${"00".repeat(31)}05`), new Uint8Array(32)]) {
    throws(() => dh(secret, bad));
  }
});
