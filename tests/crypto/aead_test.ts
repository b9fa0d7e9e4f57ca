import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import fc from "fast-check";
import {
  type AeadMaker,
  loadNativeAead,
  nobleAead,
  openWith,
  sealWith,
  TAG_BYTES,
} from "../../lib/crypto/aead.ts";
import { fromHex, toHex } from "../../lib/wire/bytes.ts";
import { seededRandom } from "../fakes/random.ts";

const nativeAead = await loadNativeAead();
const makers: [string, AeadMaker][] = [["noble", nobleAead], ["native", nativeAead]];
const key = seededRandom("aead").bytes(32);

const nonces = fc.oneof(
  fc.integer({ min: 0, max: 1000 }),
  fc.constantFrom(255, 256, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 3, 2 ** 53 - 1),
);

Deno.test("Both ciphers seal to the same bytes and open each other's", () => {
  fc.assert(
    fc.property(nonces, fc.uint8Array({ maxLength: 300 }), fc.nat(20), fc.nat(20), (n, plain, at, to) => {
      const src = new Uint8Array(at + plain.length + 5).fill(0xaa);
      src.set(plain, at);
      const sealed = makers.map(([, make]) => {
        const dst = new Uint8Array(to + plain.length + TAG_BYTES + 7).fill(0xbb);
        make(key).seal(n, src, at, plain.length, dst, to);
        return dst;
      });
      deepStrictEqual(sealed[0], sealed[1]);
      for (const [name, make] of makers) {
        const out = new Uint8Array(at + plain.length + 3).fill(0xcc);
        strictEqual(make(key).open(n, sealed[0], to, plain.length + TAG_BYTES, out, at), true, name);
        deepStrictEqual(out.subarray(at, at + plain.length), plain, name);
        strictEqual(
          out.subarray(at + plain.length).every((byte) => byte === 0xcc),
          true,
          "nothing behind is touched",
        );
      }
    }),
    { seed: 6, numRuns: 100 },
  );
});

Deno.test("The nonce is 4 zero bytes and the number, little-endian", () => {
  for (const [n, nonce] of [[1, "0100000000000000"], [0x05060708090a0b, "0b0a090807060500"]] as const) {
    const expected = chacha20poly1305(key, fromHex(`00000000${nonce}`)).encrypt(new Uint8Array(3));
    for (const [name, make] of makers) {
      const dst = new Uint8Array(3 + TAG_BYTES);
      make(key).seal(n, new Uint8Array(3), 0, 3, dst, 0);
      strictEqual(toHex(dst), toHex(expected), name);
    }
  }
});

Deno.test("A flipped bit, another nonce or another key does not open", () => {
  const plain = seededRandom("plain").bytes(100);
  const sealed = new Uint8Array(plain.length + TAG_BYTES);
  nobleAead(key).seal(9, plain, 0, plain.length, sealed, 0);
  const out = new Uint8Array(plain.length);
  for (const [name, make] of makers) {
    strictEqual(make(key).open(9, sealed, 0, sealed.length, out, 0), true, name);
    strictEqual(make(key).open(10, sealed, 0, sealed.length, out, 0), false, name);
    strictEqual(make(key).open(9 + 2 ** 32, sealed, 0, sealed.length, out, 0), false, name);
    strictEqual(make(fromHex("01".repeat(32))).open(9, sealed, 0, sealed.length, out, 0), false, name);
    strictEqual(make(key).open(9, sealed, 0, sealed.length - 1, out, 0), false, name);
    for (const at of [0, 50, 99, 100, 115]) {
      const bad = sealed.slice();
      bad[at] ^= 0x40;
      strictEqual(make(key).open(9, bad, 0, bad.length, out, 0), false, `${name}, byte ${at}`);
    }
  }
});

Deno.test("Fewer bytes than a tag do not open", () => {
  for (const [name, make] of makers) {
    for (const length of [0, 1, 15]) {
      strictEqual(make(key).open(1, new Uint8Array(16), 0, length, new Uint8Array(16), 0), false, name);
    }
  }
});

Deno.test("sealWith binds what is associated, under the runtime's cipher as under noble's", () => {
  const random = seededRandom("associated");
  const nonce = random.bytes(12);
  for (const [length, about] of [[0, 0], [0, 9], [5, 0], [100, 33]]) {
    const [plain, associated] = [random.bytes(length), random.bytes(about)];
    const sealed = sealWith(key, nonce, plain, associated);
    deepStrictEqual(sealed, chacha20poly1305(key, nonce, associated).encrypt(plain));
    deepStrictEqual(openWith(key, nonce, sealed, associated), plain);
    strictEqual(openWith(key, nonce, sealed, Uint8Array.of(...associated, 0)), undefined);
    sealed[length] ^= 1;
    strictEqual(openWith(key, nonce, sealed, associated), undefined);
  }
});
