import { deepStrictEqual, notDeepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { keyPairFromSeed } from "./groups/seed.ts";
import { toHex, utf8 } from "../../lib/wire/bytes.ts";

Deno.test("A seed gives the pair that skycoin's cipher library gives", () => {
  const { pair } = keyPairFromSeed(utf8("seed"));
  strictEqual(toHex(pair.secret), "001aa9e416aff5f3a3c7f9ae0811757cf54f393d50df861f5c33747954341aa7");
  strictEqual(pair.pk, "02e5be89fa161bf6b0bc64ec9ec7fe27311fbb78949c3ef9739d4c73a84920d6e1");
});

Deno.test("The next seed gives another pair, the same each time", () => {
  const first = keyPairFromSeed(utf8("seed"));
  const second = keyPairFromSeed(first.nextSeed);
  notDeepStrictEqual(second.pair.secret, first.pair.secret);
  deepStrictEqual(keyPairFromSeed(keyPairFromSeed(utf8("seed")).nextSeed), second);
});

Deno.test("An empty seed is refused", () => {
  throws(() => keyPairFromSeed(new Uint8Array(0)), RangeError);
});
