import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "../../lib/crypto/hash.ts";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import { curve } from "../../lib/crypto/opened_curve.ts";
import { sign, SIGNATURE_BYTES, signatureFault, signDigest, verify } from "../../lib/crypto/sign.ts";
import { fromHex, toHex, utf8 } from "../../lib/wire/bytes.ts";

const alice = keyPairOf(new Uint8Array(32).fill(0x11));
const bob = keyPairOf(new Uint8Array(32).fill(0x22));

Deno.test("A signature verifies for its key and payload only", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
      const signature = sign(alice.secret, payload);
      strictEqual(signature.length, SIGNATURE_BYTES);
      strictEqual(verify(alice.public, signature, payload), true);
      strictEqual(verify(bob.public, signature, payload), false);
      strictEqual(verify(alice.public, signature, Uint8Array.of(...payload, 0)), false);
      deepStrictEqual(recover(signature, sha256(payload)), alice.public);
    }),
    { seed: 3, numRuns: 20 },
  );
});

Deno.test("A flipped bit anywhere makes a signature invalid", () => {
  const payload = utf8("payload");
  const signature = sign(alice.secret, payload);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: SIGNATURE_BYTES * 8 - 1 }), (bit) => {
      const bad = signature.slice();
      bad[bit >> 3] ^= 1 << (bit & 7);
      strictEqual(verify(alice.public, bad, payload), false);
    }),
    { seed: 4, numRuns: 60 },
  );
});

Deno.test("Signing is deterministic and gives a low s", () => {
  const half = secp256k1.Point.Fn.ORDER / 2n;
  for (let i = 0; i < 20; i++) {
    const signature = sign(bob.secret, Uint8Array.of(i));
    strictEqual(BigInt(`0x${toHex(signature.subarray(32, 64))}`) <= half, true);
    deepStrictEqual(sign(bob.secret, Uint8Array.of(i)), signature);
  }
});

Deno.test("The nonce is that of RFC 6979 with 32 zero bytes as additional data (section 3.6)", () => {
  const payload = utf8("Satoshi Nakamoto");
  const one = fromHex("01".padStart(64, "0"));
  const expected = secp256k1.sign(sha256(payload), one, { prehash: false, extraEntropy: new Uint8Array(32) });
  strictEqual(toHex(sign(one, payload).subarray(0, 64)), toHex(expected));
});

Deno.test("verify refuses other lengths and s with the top bit set", () => {
  const payload = utf8("x");
  const signature = sign(alice.secret, payload);
  for (const length of [0, 64, 66]) strictEqual(verify(alice.public, new Uint8Array(length), payload), false);
  const n = secp256k1.Point.Fn.ORDER;
  const s = n - BigInt(`0x${toHex(signature.subarray(32, 64))}`);
  const twin = signature.slice();
  twin.set(fromHex(s.toString(16).padStart(64, "0")), 32);
  twin[64] ^= 1;
  deepStrictEqual(recover(twin, sha256(payload)), alice.public, "the twin does recover the key");
  strictEqual(verify(alice.public, twin, payload), false);
});

Deno.test("verify refuses zero and too large r and s", () => {
  const payload = utf8("x");
  const n = toHexNumber(secp256k1.Point.Fn.ORDER);
  const good = toHex(sign(alice.secret, payload));
  for (const bad of ["00".repeat(32), n]) {
    strictEqual(verify(alice.public, fromHex(bad + good.slice(64)), payload), false, "r");
    strictEqual(
      verify(alice.public, fromHex(good.slice(0, 64) + bad + good.slice(128)), payload),
      false,
      "s",
    );
  }
});

const toHexNumber = (value: bigint): string => value.toString(16).padStart(64, "0");

/** The Go program recovers with two bits of the id and looks at the others at the end. */
Deno.test("signatureFault says what the Go program says of each recovery id", () => {
  const unrecovered = "Failed to recover pubkey from signature";
  const another = "Recovered pubkey does not match pubkey";
  const malleable = "VerifySignatureRecoverPubKey, VerifySignatureValidity failed";
  const payload = utf8("x");
  for (const { secret, public: publicKey } of [alice, bob]) {
    const signature = sign(secret, payload);
    const id = signature[64];
    const says = (recid: number, of = publicKey) =>
      signatureFault(of, Uint8Array.of(...signature.subarray(0, 64), recid), payload);
    strictEqual(says(id), undefined);
    strictEqual(says(id, keyPairOf(new Uint8Array(32).fill(3)).public), another);
    for (const high of [0, 4, 8, 252]) {
      strictEqual(says((id ^ 1) + high), another);
      strictEqual(says((id | 2) + high), unrecovered, "r + n is no coordinate");
      if (high > 0) strictEqual(says(id + high), malleable);
    }
  }
  strictEqual(signatureFault(alice.public, new Uint8Array(64), payload), "Invalid signature length");
});

/** Whose a signature is, by the curve alone. */
const recover = (signature: Uint8Array, digest: Uint8Array): Uint8Array | undefined =>
  curve.recover(signature.subarray(0, 64), signature[64], digest);

Deno.test("An all-zero digest is not signed", () => {
  throws(() => signDigest(alice.secret, new Uint8Array(32)), RangeError);
});
