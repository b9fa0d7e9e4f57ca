import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { hkdfSha256, hmacSha256, hmacSha256Of, sha256, sha256Into } from "../../lib/crypto/hash.ts";
import { concat, fromHex, toHex, utf8 } from "../../lib/wire/bytes.ts";

Deno.test("SHA-256 of FIPS 180-4's example", () => {
  strictEqual(toHex(sha256(utf8("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

Deno.test("HMAC-SHA-256 of RFC 4231, case 2", () => {
  strictEqual(
    toHex(hmacSha256(utf8("Jefe"), utf8("what do ya want for nothing?"))),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

Deno.test("HKDF-SHA-256 of RFC 5869, case 1", () => {
  const okm = hkdfSha256(
    fromHex("0b".repeat(22)),
    fromHex("000102030405060708090a0b0c"),
    fromHex("f0f1f2f3f4f5f6f7f8f9"),
    42,
  );
  strictEqual(
    toHex(okm),
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  );
});

Deno.test("Hashes that use their memory again are those that do not, in any order", () => {
  const bytes = fc.uint8Array({ maxLength: 150 });
  fc.assert(
    fc.property(bytes, fc.array(bytes, { maxLength: 4 }), bytes, (key, texts, prefix) => {
      const keyed = hmacSha256Of(key);
      const behind = keyed.behind(prefix);
      const into = new Uint8Array(32);
      for (const text of texts) {
        sha256Into(text, into);
        deepStrictEqual(into, sha256(text));
        deepStrictEqual(keyed.of(text), hmacSha256(key, text));
        deepStrictEqual(behind(text), hmacSha256(key, concat(prefix, text)));
      }
    }),
    { seed: 6, numRuns: 50 },
  );
});
