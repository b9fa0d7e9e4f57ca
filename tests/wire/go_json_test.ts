import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseExact } from "../../lib/wire/exact_json.ts";
import { goJson, goTrim, parseGoObject, readMembers, readText } from "../../lib/wire/go_json.ts";
import { anyText } from "../fakes/texts.ts";

const shape = { type: "string", ack: "boolean", count: "i64", inner: "object" } as const;
const read = (text: string) => {
  const object = parseGoObject(text);
  return object && readMembers(object, shape);
};
const zero = { type: "", ack: false, count: 0n, inner: undefined };

Deno.test("Go JSON gives zero values for members that are absent or null, and ignores unknown ones", () => {
  deepStrictEqual(read("{}"), zero);
  deepStrictEqual(read('{"type":null,"ack":null,"count":null,"inner":null,"x":[1]}'), zero);
  deepStrictEqual(read('{"__proto__":{"type":"x"},"constructor":1,"toString":2}'), zero);
});

Deno.test("Go JSON matches names without regard to case; the last one wins", () => {
  deepStrictEqual(read('{"TYPE":"a","Count":7,"ac\u212A":true}'), {
    ...zero,
    type: "a",
    count: 7n,
    ack: true,
  });
  strictEqual(read('{"type":"a","Type":"b"}')?.type, "b");
  strictEqual(read('{"type":"a","Type":null}')?.type, "a");
  deepStrictEqual(readMembers({ "fir\u017ft": "x" }, { first: "string" }), { first: "x" });
  deepStrictEqual(readMembers({ "me\u00dfage": "x" }, { message: "string" }), { message: "" });
});

Deno.test("Go JSON refuses the whole object for one member of another type", () => {
  const wrong = [
    '"type":1',
    '"ack":"true"',
    '"ack":1',
    '"count":1.0',
    '"count":"1"',
    '"count":1e3',
    '"inner":[]',
  ];
  for (const member of wrong) strictEqual(read(`{"type":"a",${member}}`), undefined, member);
});

Deno.test("Go JSON has no half surrogate pairs, in members of any shape", () => {
  const half = String.raw`"a\ud800b"`;
  deepStrictEqual(parseGoObject(`{"type":${half},"other":[${half}]}`), {
    type: "a\ufffdb",
    other: ["a\ufffdb"],
  });
});

Deno.test("Go JSON keeps every digit of 64 bits and refuses more", () => {
  strictEqual(read('{"count":1778580000123456789}')?.count, 1778580000123456789n);
  strictEqual(read('{"count":-9223372036854775808}')?.count, -(2n ** 63n));
  for (const text of ["9223372036854775808", "-9223372036854775809", "1" + "0".repeat(400)]) {
    strictEqual(read(`{"count":${text}}`), undefined, text);
  }
  strictEqual(goJson({ count: 1778580000123456789n }), '{"count":1778580000123456789}');
});

Deno.test("Go JSON is undefined for what is no object, and for brackets without end", () => {
  for (const text of ["", "null", "1", '"a"', "[1]", "{", "{'a':1}", '{"a":1} x', "\ufeff{}"]) {
    strictEqual(parseGoObject(text), undefined, text);
  }
  for (const open of ["[", '{"a":']) {
    const close = open === "[" ? "]" : "}";
    parseGoObject(`{"a":${open.repeat(30_000)}1${close.repeat(30_000)}}`);
    strictEqual(parseGoObject(`{"a":${open.repeat(30_000)}`), undefined);
  }
});

Deno.test("Go JSON writes members in order, without undefined ones, and escapes five characters", () => {
  strictEqual(
    goJson({ b: "<a>&\u2028\u2029", a: undefined, c: false }),
    '{"b":"\\u003ca\\u003e\\u0026\\u2028\\u2029","c":false}',
  );
  strictEqual(goJson({ a: "\ud800x" }), '{"a":"\ufffdx"}');
});

Deno.test("Go JSON reads back every text that it writes", () => {
  const unit = fc.oneof(anyText(), fc.string());
  fc.assert(
    fc.property(unit, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (type, count) => {
      deepStrictEqual(read(goJson({ type, count })), { ...zero, type: type.toWellFormed(), count });
    }),
    { seed: 2 },
  );
});

Deno.test("Go trim cuts what Go calls space: U+0085 but not U+FEFF", () => {
  strictEqual(goTrim("\t\n\v\f\r \u0085\u00a0\u1680\u2003\u2028\u202f\u205f\u3000a b\u0085\n"), "a b");
  strictEqual(goTrim("\ufeffa\u200b"), "\ufeffa\u200b");
  strictEqual(goTrim(" \n "), "");
  strictEqual(goTrim(" ".repeat(65_536) + "a" + " ".repeat(65_536)), "a");
});

Deno.test("Objects of texts alone are read and written as any others", () => {
  const text = fc.oneof(
    fc.string(),
    anyText(),
    fc.constantFrom("a: 5", "\ud800", "{", "[1]", "\\u0041"),
  );
  fc.assert(fc.property(fc.dictionary(text, fc.oneof(text, fc.boolean(), fc.constant(null))), (members) => {
    const whole = (value: unknown): unknown => typeof value === "string" ? value.toWellFormed() : value;
    const expected = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, whole(value)]));
    deepStrictEqual({ ...parseGoObject(JSON.stringify(members)) }, { ...expected });
    // With a number beside them nothing is passed over.
    const { n, ...rest } = parseGoObject(goJson({ ...members, n: 1n }))!;
    strictEqual(n, 1n);
    deepStrictEqual({ ...parseGoObject(goJson(members)) }, {
      ...rest,
      ...("n" in members ? { n: whole(members.n) } : {}),
    });
  }));
});

Deno.test("Exact JSON reads every number as the reader that looks at each of them", () => {
  const slowly = (text: string): unknown =>
    (JSON as unknown as {
      parse(t: string, r: (k: string, v: unknown, c: { source?: string }) => unknown): unknown;
    })
      .parse(text, (_key, value, { source }) => {
        if (typeof value === "string") return value.toWellFormed();
        if (source === "-0") return -0;
        return typeof value === "number" && /^-?\d{1,20}$/.test(source!) ? BigInt(source!) : value;
      });
  const number = fc.oneof(
    fc.constantFrom(
      "0",
      "-0",
      "1.0",
      "1e3",
      "-2E-2",
      "9007199254740993",
      "18446744073709551615",
      "123456789012345",
    ),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  );
  const text = fc.oneof(fc.string(), fc.constantFrom('": 1.5', "10:00:45.12", "[3.5", ',"a":1e9', "\ud800"))
    .map((value) => JSON.stringify(value));
  const space = fc.constantFrom("", " ", "\n\t");
  const { json } = fc.letrec<{ json: string }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      number,
      text,
      fc.constantFrom("null", "true", "false"),
      fc.tuple(space, fc.array(tie("json"))).map(([gap, list]) =>
        `[${gap}${list.join(`${gap},${gap}`)}${gap}]`
      ),
      fc.tuple(space, fc.array(fc.tuple(fc.oneof(text, fc.constant('"__proto__"')), tie("json")))).map((
        [gap, list],
      ) =>
        `{${gap}${list.map(([key, value]) => `${key}${gap}:${gap}${value}`).join(`${gap},${gap}`)}${gap}}`
      ),
    ),
  }));
  fc.assert(
    fc.property(fc.tuple(space, json), ([gap, value]) => {
      deepStrictEqual(parseExact(gap + value), slowly(gap + value));
    }),
    { numRuns: 60 },
  );
});

Deno.test("One text is read as by a shape that names it alone", () => {
  const texts = [
    '{"type":"a"}',
    '{"TYPE":"a","type":"b"}',
    '{"type":"b","Type":"a"}',
    '{"type":null}',
    '{"type":5}',
    '{"type":5,"type":"a"}',
    '{"type":"a","tyPe":{}}',
    '{"typo":1}',
    '{"type":"\\ud800"}',
    '{"__proto__":{"type":"a"}}',
    '{"toString":1,"type":"a"}',
  ];
  for (const text of texts) {
    const object = parseGoObject(text)!;
    strictEqual(readText(object, "type"), readMembers(object, { type: "string" })?.type, text);
  }
});
