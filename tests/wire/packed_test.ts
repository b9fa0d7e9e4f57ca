import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { LONGEST_PACKED, pack, PackedMap, unpack } from "../../lib/wire/packed.ts";

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
