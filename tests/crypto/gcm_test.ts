import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { GCM_NONCE_BYTES, openGcm, peekGcm, sealGcm } from "../../lib/crypto/gcm.ts";
import { fromHex, toHex } from "../../lib/wire/bytes.ts";

Deno.test("AES-256-GCM of the specification's test case 16", () => {
  const key = fromHex("feffe9928665731c6d6a8f9467308308".repeat(2));
  const plain = fromHex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
  );
  const sealed = sealGcm(
    key,
    fromHex("cafebabefacedbaddecaf888"),
    plain,
    fromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
  );
  strictEqual(
    toHex(sealed),
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" +
      "76fc6ece0f4e1768cddf8853bb2d551b",
  );
});

Deno.test("What was sealed opens with all that it was sealed with, and with nothing else", () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const any = fc.uint8Array({ maxLength: 40 });
  const altered = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at % copy.length] ^= 1;
    return copy;
  };
  fc.assert(
    fc.property(bytes(32), bytes(12), any, any, fc.nat(), (key, nonce, plain, associated, at) => {
      const sealed = sealGcm(key, nonce, plain, associated);
      deepStrictEqual(openGcm(key, nonce, sealed, associated), plain);
      strictEqual(openGcm(altered(key, at), nonce, sealed, associated), undefined);
      strictEqual(openGcm(key, altered(nonce, at), sealed, associated), undefined);
      strictEqual(openGcm(key, nonce, altered(sealed, at), associated), undefined);
      strictEqual(openGcm(key, nonce, sealed, Uint8Array.of(...associated, 0)), undefined);
      strictEqual(openGcm(key, nonce, sealed.subarray(0, at % sealed.length), associated), undefined);
    }),
    { seed: 11, numRuns: 40 },
  );
});

Deno.test("A nonce of another length opens nothing, also what was sealed with it", () => {
  const key = new Uint8Array(32).fill(1);
  for (const length of [11, 13, 16]) {
    const nonce = new Uint8Array(length).fill(2);
    strictEqual(openGcm(key, nonce, sealGcm(key, nonce, Uint8Array.of(3))), undefined);
  }
  strictEqual(openGcm(key, new Uint8Array(0), new Uint8Array(16)), undefined);
});

Deno.test("The first byte is known without the rest, and of what has none nothing is", () => {
  const [key, nonce] = [new Uint8Array(32).fill(7), new Uint8Array(GCM_NONCE_BYTES).fill(9)];
  for (const plain of [Uint8Array.of(123), new Uint8Array(5000).fill(200)]) {
    strictEqual(peekGcm(key, nonce, sealGcm(key, nonce, plain)), plain[0]);
  }
  strictEqual(peekGcm(key, nonce, sealGcm(key, nonce, new Uint8Array(0))), undefined);
  strictEqual(peekGcm(key, nonce.subarray(1), new Uint8Array(40)), undefined);
});
