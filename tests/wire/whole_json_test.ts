import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { concat, utf8 } from "../../lib/wire/bytes.ts";
import { tornJson, wholeJson } from "../../lib/wire/whole_json.ts";
import { anyText } from "../fakes/texts.ts";

Deno.test("A value is found before whatever follows it", () => {
  const object = fc.oneof(
    fc.dictionary(anyText(), fc.jsonValue()),
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

Deno.test("Of an object or list that breaks off what stands before a comma is whole", () => {
  const torn = (text: string, depth: number) => tornJson(utf8(text), depth)?.value;
  deepStrictEqual(torn('{"a":"1","b":"2","c":"', 1), { a: "1", b: "2" });
  deepStrictEqual(torn('{"a":{"x":"1,}","y":2},"b":{"x":"3","y', 1), { a: { x: "1,}", y: 2 } });
  deepStrictEqual(torn('{"a":{"x":"1,}","y":2},"b":{"x":"3","y', 2), {
    a: { x: "1,}", y: 2 },
    b: { x: "3" },
  });
  deepStrictEqual(torn('[{"a":1,"b":2},{"a":3,"b', 1), [{ a: 1, b: 2 }]);
  for (const text of ["", "garbage", '{"a":1', "[", '{"a":1,"b":2}', '{"a" 1,"b":2', "{],", '"a,']) {
    strictEqual(torn(text, 1), undefined, text);
  }
  const records = fc.array(fc.dictionary(anyText(), fc.string()), { minLength: 1 });
  fc.assert(fc.property(records, fc.nat(), (list, cut) => {
    const text = utf8(JSON.stringify(list));
    const found = tornJson(text.subarray(0, cut % text.length), 1);
    const kept = (found?.value ?? []) as unknown[];
    deepStrictEqual(kept, JSON.parse(JSON.stringify(list.slice(0, kept.length))));
  }));
});
