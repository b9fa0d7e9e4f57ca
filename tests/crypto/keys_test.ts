import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import {
  generateKeyPair,
  isNullKey,
  isPublicKey,
  KeyError,
  keyPairOf,
  NULL_KEY,
  parsePublicKey,
  parsePublicKeyText,
  parseSecretKey,
} from "../../lib/crypto/keys.ts";
import { fromHex, toHex } from "../../lib/wire/bytes.ts";
import { seededRandom } from "../fakes/random.ts";

const ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

Deno.test("A generated pair parses from its own text, in either case", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const pair = generateKeyPair(seededRandom(seed));
      deepStrictEqual(parsePublicKey(pair.pk.toUpperCase()), pair.public);
      deepStrictEqual(parsePublicKeyText(pair.pk), pair.public);
      deepStrictEqual(keyPairOf(parseSecretKey(toHex(pair.secret))), pair);
      ok(isPublicKey(pair.public));
    }),
    { seed: 2, numRuns: 25 },
  );
});

Deno.test("generateKeyPair draws again when a draw is no secret key", () => {
  const draws = [new Uint8Array(32), fromHex(ORDER), new Uint8Array(32).fill(7)];
  const pair = generateKeyPair({ bytes: () => draws.shift()!, fraction: () => 0 });
  strictEqual(toHex(pair.secret), "07".repeat(32));
});

Deno.test("isPublicKey refuses other lengths, prefixes and points", () => {
  const good = keyPairOf(new Uint8Array(32).fill(1)).public;
  strictEqual(isPublicKey(good.subarray(1)), false);
  const uncompressed = secp256k1.getPublicKey(new Uint8Array(32).fill(1), false);
  for (const start of [4, 2]) {
    strictEqual(isPublicKey(Uint8Array.of(start, ...uncompressed.subarray(1))), false);
  }
  for (const prefix of [0, 1, 4, 5, 6, 7]) {
    const bad = good.slice();
    bad[0] = prefix;
    strictEqual(isPublicKey(bad), false, `prefix ${prefix}`);
  }
  strictEqual(isPublicKey(fromHex(`02${"00".repeat(31)}05`)), false, "x is not on the curve");
  // p + 1: reduces to x = 1, which is on the curve.
  const beyond = "02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30";
  strictEqual(isPublicKey(fromHex(beyond)), false, "x is not below the field prime");
});

Deno.test("The null key is a text of zeros of any length, and no key to the strict parser", () => {
  for (const text of ["", "0", "0".repeat(66), "0".repeat(99)]) ok(isNullKey(parsePublicKeyText(text)));
  for (const other of [keyPairOf(new Uint8Array(32).fill(1)).public, new Uint8Array(32)]) {
    ok(!isNullKey(other));
  }
  throws(() => parsePublicKey("0".repeat(66)), KeyError);
  throws(() => parsePublicKeyText("0x0"), KeyError);
  strictEqual(isPublicKey(NULL_KEY), false);
  const one = parsePublicKeyText("0");
  one[0] = 2;
  ok(isNullKey(NULL_KEY), "each parse gives an array of its own");
  ok(!isNullKey(NULL_KEY.with(32, 1)));
});

Deno.test("A key's error never holds its text", () => {
  for (const text of [ORDER, `${ORDER}00`, ORDER.slice(2), `zz${ORDER.slice(2)}`]) {
    throws(
      () => parseSecretKey(text),
      (error) => error instanceof KeyError && !error.message.includes(text.slice(4)),
    );
  }
});
