import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type BodyObject, encodeBody, readBody, shownText } from "../../lib/chat/body.ts";

/** Objects with the usual prototype, as parsed ones have it. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>;

Deno.test("Body reads a reply whose time is none, and keeps the text of it", () => {
  deepStrictEqual(readBody('{"skychat_reply":{"text":"yes","to_ts":"noon"}}'), {
    kind: "reply",
    toTs: "noon",
    text: "yes",
  });
});

Deno.test("A reply or forward with an empty text is one, as Go programs write it; without a text it is none", () => {
  deepStrictEqual(readBody('{"skychat_reply":{"to_preview":"hi","text":""}}'), {
    kind: "reply",
    toPreview: "hi",
    text: "",
  });
  deepStrictEqual(readBody('{"skychat_forward":{"Text":""}}'), { kind: "forward", text: "" });
  for (const text of ['{"skychat_reply":{"to_preview":"hi"}}', '{"skychat_forward":{"from":"x"}}']) {
    deepStrictEqual(readBody(text), { kind: "text", text });
  }
});

Deno.test("Of an object that stands twice the members are put together, and null takes it away, as in Go", () => {
  const file = '"skychat_file":{"id":"f","name":"n","size":10}';
  const found = { kind: "file", id: "f", name: "n", size: 10n };
  deepStrictEqual(readBody(`{${file},"skychat_file":{}}`), found);
  deepStrictEqual(readBody(`{${file},"Skychat_File":{"SIZE":11,"name":null}}`), { ...found, size: 11n });
  deepStrictEqual(readBody(`{"skychat_file":null,${file}}`), found);
  deepStrictEqual(readBody(`{"skychat_file":{"id":"x","__proto__":{"id":"y"}},${file}}`), found);
  for (
    const text of [
      `{${file},"skychat_file":null}`,
      `{${file},"skychat_file":[]}`,
      `{"skychat_file":{"size":""},${file}}`,
    ]
  ) {
    deepStrictEqual(readBody(text), { kind: "text", text });
  }
});

Deno.test("Body cuts a forward's origin at 64 bytes, between characters", () => {
  const body = readBody(`{"skychat_forward":{"from":"${"é".repeat(31)}a€€","text":"t"}}`);
  deepStrictEqual(body, { kind: "forward", from: "é".repeat(31) + "a", text: "t" });
});

Deno.test("Body reads what follows white space, in any case of inner names", () => {
  deepStrictEqual(readBody(' {"skychat_file":{"ID":"f","Name":"n","SIZE":9007199254740993}}\n'), {
    kind: "file",
    id: "f",
    name: "n",
    size: 9007199254740993n,
  });
});

for (
  const text of [
    '{"skychat_file":{"id":"","name":"a","size":1}}',
    '{"skychat_file":{"id":"f","name":"a","size":1.5}}',
    '{"skychat_file":{"id":"f","name":"a","size":"1"}}',
    '{"skychat_file":["f"]}',
    '{"skychat_file":null}',
    '{"skychat_delete":{"to_ts_nano":"1"}}',
    '{"skychat_delete":{"to_ts_nano":-0}}',
    '{"skychat_delete":{"to_ts_nano":9223372036854775808}}',
    '{"skychat_delete":{}}',
    '{"skychat_reply":{"to_sender":"x"}}',
    '{"skychat_reply":{"text":1}}',
    '{"skychat_forward":{"from":"x"}}',
    '{"skychat_file":{"id":"f"',
    '{"SKYCHAT_FILE":{"id":"f","name":"a","size":1}}',
    '{"skychat\\u005ffile":{"id":"f","name":"a","size":1}}',
    '[{"skychat_file":{"id":"f"}}]',
    '{"x":{"skychat_file":{"id":"f","name":"a","size":1}}}',
    `{"skychat_file":${"[".repeat(30_000)}${"]".repeat(30_000)}}`,
    "",
  ]
) {
  Deno.test(`Body leaves ${JSON.stringify(text.slice(0, 70))} as text`, () => {
    deepStrictEqual(readBody(text), { kind: "text", text });
  });
}

const some = fc.string({ minLength: 1 });
const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const anyBody: fc.Arbitrary<BodyObject> = fc.oneof(
  record({ kind: fc.constant("reply" as const), text: some }),
  record({ kind: fc.constant("reply" as const), toSender: some, toPreview: some, text: some }),
  record({ kind: fc.constant("forward" as const), from: some, text: some }),
  record({ kind: fc.constant("file" as const), id: some, name: fc.string(), size: i64 }),
  record({ kind: fc.constant("delete" as const), toTsNano: i64.filter((ns) => ns !== 0n) }),
);

Deno.test("Body reads back every object that is written", () => {
  fc.assert(fc.property(anyBody, (body) => deepStrictEqual(readBody(encodeBody(body)), body)), { seed: 7 });
});

Deno.test("Body is shown as its text, a file by its name, a tombstone not at all", () => {
  strictEqual(shownText(readBody("a")), "a");
  strictEqual(shownText({ kind: "forward", text: "a" }), "a");
  strictEqual(shownText({ kind: "file", id: "f", name: "n", size: 0n }), "📎 n");
  strictEqual(shownText({ kind: "delete", toTsNano: 1n }), undefined);
});
