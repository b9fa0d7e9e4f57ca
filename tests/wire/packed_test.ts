import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { holdsAt, LONGEST_PACKED, pack, PackedMap, unpack } from "../../lib/wire/packed.ts";

Deno.test("Packed bytes come back as they were, whatever they are", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    deepStrictEqual(unpack(pack(bytes)), bytes);
  }));
  for (const length of [LONGEST_PACKED, LONGEST_PACKED + 1]) {
    const bytes = new Uint8Array(length).fill(200);
    const packed = pack(bytes);
    strictEqual(typeof packed === "string", length === LONGEST_PACKED);
    deepStrictEqual(unpack(packed), bytes);
  }
});

Deno.test("Packed bytes are looked at in their place", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(40),
      fc.uint8Array({ maxLength: 4 }),
      (bytes, at, part) => {
        const expected = at + part.length <= bytes.length && part.every((byte, i) => byte === bytes[at + i]);
        for (const packed of [pack(bytes), bytes]) {
          strictEqual(holdsAt(packed, at, part), expected);
          strictEqual(holdsAt(packed, Math.min(at, bytes.length), bytes.slice(at, at + 3)), true);
        }
      },
    ),
  );
  const map = new PackedMap();
  for (const value of [Uint8Array.of(1, 200), new Uint8Array(LONGEST_PACKED + 1)]) {
    map.set("a", value);
    const other = value.slice();
    other[1] ^= 1;
    deepStrictEqual(
      [
        map.holds("a", value),
        map.holds("a", other),
        map.holds("a", value.subarray(1)),
        map.holds("b", value),
      ],
      [true, false, false, false],
    );
  }
});

Deno.test("A map of packed values gives what was put, and nobody changes it from outside", () => {
  const map = new PackedMap();
  const value = Uint8Array.of(1, 0, 255);
  map.set("a", value);
  map.set("b", Uint8Array.of(2));
  value[0] = 9;
  map.get("a")![1] = 9;
  deepStrictEqual([...map], [["a", Uint8Array.of(1, 0, 255)], ["b", Uint8Array.of(2)]]);
  deepStrictEqual([...map.keys()], ["a", "b"]);
  ok(map.delete("a") && !map.delete("a") && !map.has("a") && map.has("b"));
  strictEqual(map.get("a"), undefined);
  strictEqual(map.size, 1);
});
