import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { concat, utf8 } from "../../lib/wire/bytes.ts";
import { wholeJson } from "../../lib/wire/whole_json.ts";

Deno.test("A value is found before whatever follows it", () => {
  const object = fc.oneof(
    fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()),
    fc.array(fc.jsonValue()),
  );
  fc.assert(fc.property(object, fc.boolean(), fc.uint8Array(), (value, newline, garbage) => {
    const text = utf8(JSON.stringify(value) + (newline ? "\n" : ""));
    const found = wholeJson(concat(text, garbage));
    deepStrictEqual(found?.value, JSON.parse(JSON.stringify(value)));
    const isNewline = !newline && garbage[0] === 0x0a;
    strictEqual(found?.end, text.length + (isNewline ? 1 : 0));
  }));
});

Deno.test("What is no whole object or list is nothing", () => {
  for (
    const text of ["", " ", "{", '{"a":1', '"a"', "1", "x{}", "}", "]{}", '{"a":}', "[1,]", "{]", '"{}"']
  ) {
    strictEqual(wholeJson(utf8(text)), undefined, text);
  }
  deepStrictEqual(wholeJson(utf8(' {"a":"}"} x')), { value: { a: "}" }, end: 10 });
});
