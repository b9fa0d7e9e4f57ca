import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  concat,
  copy,
  cutUtf8,
  equal,
  fromHex,
  fromShortAscii,
  fromUtf8,
  readU16,
  readU32,
  readU64,
  toHex,
  utf8,
  utf8Length,
  utf8View,
  writeU16,
  writeU32,
  writeU64,
} from "../../lib/wire/bytes.ts";
import { anyText } from "../fakes/texts.ts";

const seeded = { seed: 20261123, numRuns: 200 };
const anyBytes = fc.uint8Array({ maxLength: 64 });

Deno.test("Bytes of a text for a moment are its bytes, however long it is", () => {
  const text = fc.oneof(
    anyText(),
    fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)), // halves of pairs among them
    fc.tuple(fc.constantFrom("a", "é", "€", "😀", "\ud800"), fc.nat(6000)).map(([one, n]) => one.repeat(n)),
  );
  fc.assert(
    fc.property(text, (text) => {
      deepStrictEqual(utf8View(text).slice(), utf8(text));
      strictEqual(utf8Length(text), utf8(text).length);
    }),
    seeded,
  );
});

Deno.test("Hex of bytes reads back, in either case", () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      deepStrictEqual(fromHex(toHex(bytes)), bytes);
      deepStrictEqual(fromHex(toHex(bytes).toUpperCase()), bytes);
    }),
    seeded,
  );
});

Deno.test("Hex refuses odd lengths and other characters", () => {
  for (const text of ["0", "zz", "0x", " 00", "00\n", "ab c"]) throws(() => fromHex(text), SyntaxError);
});

Deno.test("Integers are big-endian and read back", () => {
  const b = new Uint8Array(9);
  writeU16(b, 1, 0x0102);
  strictEqual(toHex(b.subarray(1, 3)), "0102");
  writeU32(b, 1, 0xfffefdfc);
  strictEqual(toHex(b.subarray(1, 5)), "fffefdfc");
  strictEqual(readU32(b, 1), 0xfffefdfc);
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(0xffffffff), fc.nat(0xffff), (u64, u32, u16) => {
      writeU64(b, 1, u64);
      strictEqual(readU64(b, 1), u64);
      strictEqual(BigInt(`0x${toHex(b.subarray(1))}`), BigInt(u64));
      writeU32(b, 1, u32);
      strictEqual(readU32(b, 1), u32);
      writeU16(b, 1, u16);
      strictEqual(readU16(b, 1), u16);
    }),
    seeded,
  );
});

Deno.test("A u64 beyond 2^53 reads as Infinity", () => {
  strictEqual(readU64(fromHex("001fffffffffffff"), 0), Number.MAX_SAFE_INTEGER);
  strictEqual(readU64(fromHex("0020000000000000"), 0), Infinity);
  strictEqual(readU64(fromHex("ffffffffffffffff"), 0), Infinity);
});

Deno.test("Joining, comparing and copying bytes", () => {
  fc.assert(
    fc.property(fc.array(anyBytes, { maxLength: 5 }), (parts) => {
      const whole = concat(...parts);
      deepStrictEqual([...whole], parts.flatMap((part) => [...part]));
      const twin = copy(whole);
      strictEqual(equal(whole, twin), true);
      if (twin.length === 0) return;
      twin[twin.length - 1] ^= 1;
      strictEqual(equal(whole, twin), false);
      strictEqual(equal(whole, whole.subarray(1)), false);
    }),
    seeded,
  );
});

Deno.test("Text keeps a byte order mark and replaces invalid UTF-8", () => {
  strictEqual(fromUtf8(utf8("\ufeffhéllo 🛰")), "\ufeffhéllo 🛰");
  strictEqual(fromUtf8(Uint8Array.of(0x61, 0xff, 0x62)), "a\ufffdb");
});

Deno.test("Text is cut to bytes at a character, whatever its length", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), fc.nat(40), (text, bytes) => {
      const short = cutUtf8(text, bytes);
      strictEqual(text.startsWith(short), true);
      strictEqual(utf8(short).length <= bytes, true);
      const next = [...text.slice(short.length)][0];
      strictEqual(next === undefined || utf8(short + next).length > bytes, true);
    }),
    seeded,
  );
  strictEqual(cutUtf8("é".repeat(1_000_000), 281), "é".repeat(140));
});

Deno.test("Each byte that belongs to no character is one U+FFFD, as in Go", () => {
  const mark = "\ufffd";
  const cases: [string, string][] = [
    ["ff", mark],
    ["e282", mark.repeat(2)],
    ["e28241", `${mark.repeat(2)}A`],
    ["f09f9841", `${mark.repeat(3)}A`],
    ["c080", mark.repeat(2)],
    ["eda080", mark.repeat(3)],
    ["f4908080", mark.repeat(4)],
    ["e2e282ac", `${mark}€`],
    ["61f180c262", `a${mark.repeat(3)}b`],
    ["efbfbd", mark],
    ["efbbbfff", `\ufeff${mark}`],
    ["f09f9880e0a0", `😀${mark.repeat(2)}`],
  ];
  for (const [hex, text] of cases) strictEqual(fromUtf8(fromHex(hex)), text, hex);
});

Deno.test("A few bytes of ASCII are a text without a decoder, and others are not", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const isShort = bytes.length <= 256 && bytes.every((byte) => byte < 0x80);
    strictEqual(fromShortAscii(bytes), isShort ? new TextDecoder().decode(bytes) : undefined);
    const ascii = bytes.map((byte) => byte & 0x7f);
    strictEqual(fromUtf8(ascii), new TextDecoder("utf-8", { ignoreBOM: true }).decode(ascii));
  }));
});

Deno.test("Text of any characters is read back beside bytes that are none", () => {
  fc.assert(fc.property(anyText(), (text) => {
    strictEqual(fromUtf8(concat(fromHex("ff"), utf8(text))), `\ufffd${text}`);
  }));
});
