import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { encodeOffer, parseOffer } from "../../lib/xfer/frames.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";

const KEY = "0362b3c320e8851255aeda0931645948fb4ba24f99651d5634ace4ed82ffbe1c10";
const ZEROS = "0".repeat(66);
const fromIn = (...members: string[]): string | undefined =>
  parseOffer(utf8(`{"id":"a","name":"b","size":1${members.map((member) => `,${member}`).join("")}}`))?.from;

Deno.test("Of an offer that names its sender more than once each must be a key, and zeros change nothing, as in Go", () => {
  const [key, zeros, none] = [`"from":"${KEY}"`, `"FROM":"000"`, `"from":"02"`];
  strictEqual(fromIn(none, key), undefined);
  strictEqual(fromIn(key, none), undefined);
  strictEqual(fromIn(key, zeros), KEY);
  strictEqual(fromIn(key, `"from":null`), KEY);
  strictEqual(fromIn(`"from":"${KEY.toUpperCase()}"`), KEY);
  for (const nobody of [[], [zeros], [`"from":""`], [`"from":null`]]) strictEqual(fromIn(...nobody), ZEROS);
});

Deno.test("An offer is written as it was read, and a size beyond 64 bits is none", () => {
  for (const size of ["0", "-9223372036854775808", "9223372036854775807"]) {
    const text = `{"id":"a","name":"\\u003cb","size":${size},"mime":"text/x","from":"${KEY}","group":"g"}`;
    const offer = parseOffer(utf8(text))!;
    strictEqual(fromUtf8(encodeOffer(offer).subarray(4)), text);
  }
  deepStrictEqual(parseOffer(utf8(`{"size":9223372036854775808,"from":"${KEY}"}`)), undefined);
});
