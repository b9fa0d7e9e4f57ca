/** Objects of a fixed shape as Go reads and writes them. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { fromBase64, fromRawBase64Url, toBase64, toRawBase64Url } from "../../lib/wire/base64.ts";
import {
  field,
  goBytes,
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

Deno.test("Struct takes names in any case, null as absence, and the last of several", () => {
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
      '{"body":[1]}',
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
