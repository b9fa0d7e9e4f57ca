/** Objects of a fixed shape as Go reads and writes them. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { fromBase64, fromRawBase64Url, toBase64, toRawBase64Url } from "../../lib/wire/base64.ts";
import {
  field,
  goBytes,
  goI64,
  goList,
  goMap,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  goU16,
  goU64,
  goU8,
  omitted,
} from "../../lib/wire/go_struct.ts";
import { GO_ZERO_TIME_NS } from "../../lib/wire/go_time.ts";

interface Sample {
  name: string;
  port: number;
  bits: number;
  nonce: bigint;
  at: bigint;
  body: Uint8Array;
  tags: readonly string[];
  since: ReadonlyMap<string, bigint>;
}

const SAMPLE: GoStruct<Sample> = goStruct<Sample>({
  name: field("name", goString),
  port: field("port", goU16),
  bits: omitted("bits", goU8),
  nonce: field("nonce", goU64),
  at: field("at", goTime),
  body: field("body", goBytes),
  tags: omitted("tags", goList(goString)),
  since: omitted("since", goMap(goTime)),
});

Deno.test("Struct reads what it writes", () => {
  fc.assert(fc.property(
    fc.record({
      name: fc.string().map((text) => text.toWellFormed()),
      port: fc.integer({ min: 0, max: 65535 }),
      bits: fc.integer({ min: 0, max: 255 }),
      nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      at: fc.bigInt({ min: 0n, max: 2n ** 62n }),
      body: fc.uint8Array(),
      tags: fc.array(fc.string().map((text) => text.toWellFormed())),
      since: fc.constant(new Map([["b", 1n], ["a", 2n]])),
    }),
    (value) =>
      deepStrictEqual(SAMPLE.decode(SAMPLE.encode(value)), { ...value, body: new Uint8Array(value.body) }),
  ));
});

Deno.test("Struct writes nil lists as null, leaves empty ones out where it is told, and keeps the order", () => {
  strictEqual(
    SAMPLE.encode(SAMPLE.zero),
    '{"name":"","port":0,"nonce":0,"at":"0001-01-01T00:00:00Z","body":null}',
  );
  strictEqual(SAMPLE.zero.at, GO_ZERO_TIME_NS);
});

Deno.test("Struct takes names in any case, null as nothing said, and the last of several", () => {
  const read = SAMPLE.decode('{"NAME":"a","Name":"b","port":null,"unknown":{"x":[1]},"tags":null}');
  deepStrictEqual(read, { ...SAMPLE.zero, name: "b" });
});

Deno.test("Struct with one member of the wrong type or size is none", () => {
  for (
    const json of [
      '{"name":1}',
      '{"port":65536}',
      '{"port":-1}',
      '{"port":1.5}',
      '{"bits":256}',
      '{"nonce":18446744073709551616}',
      '{"nonce":"1"}',
      '{"at":"2026"}',
      '{"at":5}',
      '{"body":"A"}',
      '{"body":[256]}',
      '{"tags":"a"}',
      '{"tags":[1]}',
      '{"since":[]}',
      '{"since":{"a":1}}',
      "[]",
      '"a"',
      "{",
      "",
    ]
  ) strictEqual(SAMPLE.decode(json), undefined, json);
});

/** What Go's encoding/json (1.26.8) made of each, run. */
Deno.test("Struct reads members that stand more than once one after the other, as Go does", () => {
  const read = (json: string) => SAMPLE.decode(json);
  const zero = SAMPLE.zero;
  deepStrictEqual(read('{"name":"a","NAME":"b","name":"c"}'), { ...zero, name: "c" });
  deepStrictEqual(read('{"name":"a","name":null}'), { ...zero, name: "a" });
  deepStrictEqual(read('{"tags":["a"],"tags":null}'), zero);
  deepStrictEqual(read('{"tags":["a","b"],"Tags":[null]}'), { ...zero, tags: ["a"] });
  strictEqual(read('{"name":1,"name":"a"}'), undefined);
  strictEqual(read('{"port":65536,"port":1}'), undefined);
  const since = new Map([["a", 0n], ["b", 1n]]);
  deepStrictEqual(
    read('{"since":{"a":"1970-01-01T00:00:00Z"},"since":{"b":"1970-01-01T00:00:00.000000001Z"}}'),
    { ...zero, since },
  );
  deepStrictEqual(read('{"n\\u0061me":"a","body":"\\":","name":"b"}'), undefined, "no base64");
  deepStrictEqual(read('{"__proto__":{"name":"x"},"name":"a\\":","port":1,"port":2}'), {
    ...zero,
    name: 'a":',
    port: 2,
  });
});

/** What Go's encoding/json (1.26.8) made of each, run: a shorter list leaves its array as it is behind its end. */
Deno.test("Struct reads a list that stands three times into what earlier ones left, as Go does", () => {
  interface Pair {
    a: string;
    b: bigint;
  }
  const PAIR = goStruct<Pair>({ a: omitted("a", goString), b: omitted("b", goI64) });
  const lists = goStruct<{ l: readonly Pair[]; d: Uint8Array; t: readonly string[] }>({
    l: omitted("l", goList(PAIR)),
    d: omitted("d", goBytes),
    t: omitted("t", goList(goString)),
  });
  const two = '{"l":[{"a":"x","b":1},{"a":"y","b":2}]';
  for (
    const [json, written] of [
      [`${two},"l":[{}],"l":[{},{}]}`, '{"l":[{"a":"x","b":1},{"a":"y","b":2}]}'],
      [`${two},"l":[{"a":"z"}],"l":[null,{"b":3},{}]}`, '{"l":[{"a":"z","b":1},{"a":"y","b":3},{}]}'],
      [`${two},"l":[],"l":[{},{}]}`, '{"l":[{},{}]}'],
      [`${two},"l":null,"l":[{},{}]}`, '{"l":[{},{}]}'],
      ['{"t":["a","b","c"],"t":["d"],"t":[null,null,null,null]}', '{"t":["d","b","c",""]}'],
      ['{"t":["a","b","c"],"t":["d"],"t":["e","f"],"t":[null,null,null]}', '{"t":["e","f","c"]}'],
      ['{"d":"AQID","d":[9],"d":[null,null,null,null]}', '{"d":"CQIDAA=="}'],
      ['{"d":"AQID","d":"CQ==","d":[null,null]}', '{"d":"CQA="}'],
      ['{"d":[1,2,3],"d":[],"d":[null,null]}', '{"d":"AAA="}'],
      ['{"d":[1,2,3],"d":[4],"d":[null],"d":[null,null,null,5]}', '{"d":"BAIDBQ=="}'],
    ]
  ) strictEqual(lists.encode(lists.decode(json)!), written, json);
});

Deno.test("A map is written in the order of its keys' bytes, whatever they look like, and read with well-formed keys", () => {
  const map = goStruct<{ m: ReadonlyMap<string, string> }>({ m: field("m", goMap(goString)) });
  const text = '{"m":{"10":"a","9":"b","\uffee":"c","\u{1f600}":"d"}}';
  strictEqual(map.encode(map.decode('{"m":{"\u{1f600}":"d","9":"b","\uffee":"c","10":"a"}}')!), text);
  deepStrictEqual([...map.decode(String.raw`{"m":{"\ud800":"lone"}}`)!.m], [["\ufffd", "lone"]]);
});

Deno.test("Struct in a struct takes the members of both", () => {
  const outer = goStruct<{ inner: Sample }>({ inner: field("inner", SAMPLE) });
  const { inner } = outer.decode('{"inner":{"port":1,"name":"a"},"inner":{"port":2},"inner":null}')!;
  deepStrictEqual(inner, { ...SAMPLE.zero, port: 2, name: "a" });
});

Deno.test("Struct is zero for null, takes bytes as numbers, and minus zero only with a sign", () => {
  deepStrictEqual(SAMPLE.decode(" null\n"), SAMPLE.zero);
  deepStrictEqual(SAMPLE.decode('{"body":[1,null,255]}')?.body, Uint8Array.of(1, 0, 255));
  const signed = goStruct<{ n: bigint }>({ n: field("n", goI64) });
  deepStrictEqual(signed.decode('{"n":-0}'), { n: 0n });
  deepStrictEqual(signed.decode('{"n":-0,"x":1.5}'), { n: 0n });
  for (const json of ['{"n":-0.0}', '{"n":0.0}', '{"n":-0e1}', '{"n":0e0}']) {
    strictEqual(signed.decode(json), undefined, json);
  }
  for (const json of ['{"port":-0}', '{"nonce":-0}', '{"bits":-0,"x":1e3}']) {
    strictEqual(SAMPLE.decode(json), undefined, json);
  }
});

Deno.test("Base64 of both alphabets reads what it writes, and refuses the other's form", () => {
  fc.assert(fc.property(fc.uint8Array(), (input) => {
    const bytes = new Uint8Array(input);
    deepStrictEqual(fromBase64(toBase64(bytes)), bytes);
    deepStrictEqual(fromRawBase64Url(toRawBase64Url(bytes)), bytes);
  }));
  deepStrictEqual(fromBase64("QU\r\nI="), new Uint8Array([65, 66]));
  for (const text of ["QUI", "QU I=", "QU-_", "====", "Q==="]) strictEqual(fromBase64(text), undefined, text);
  for (const text of ["QUI=", "QU+/", "QU I", "Q"]) strictEqual(fromRawBase64Url(text), undefined, text);
});
