import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BlockList } from "../../lib/store/block_list.ts";
import { concat, toHex } from "../../lib/wire/bytes.ts";
import { ANN, BEN, CAT, SECRET } from "./support.ts";

const list = new BlockList(SECRET);

Deno.test("A block list says who is in it and hides their keys", () => {
  const file = list.encode(new Set([ANN, BEN].map((peer) => list.nameOf(peer))));
  const { names } = list.decode(file)!;
  deepStrictEqual([ANN, BEN, CAT].map((peer) => names.has(list.nameOf(peer))), [true, true, false]);
  for (const peer of [ANN, BEN]) ok(!toHex(file).includes(peer.slice(2)));
  strictEqual(list.decode(list.encode(new Set()))?.names.size, 0);
});

Deno.test("A block list is found before whatever follows it", () => {
  for (const count of [0, 1, 3]) {
    const file = list.encode(new Set([ANN, BEN, CAT].slice(0, count).map((peer) => list.nameOf(peer))));
    for (const more of [1, 7, 15, 16, 17, 48, 4000]) {
      const found = list.decode(concat(file, new Uint8Array(more).fill(0x67)));
      deepStrictEqual([found?.names.size, found?.end], [count, file.length], `${count} and ${more}`);
    }
  }
});

Deno.test("A block list that is cut, altered or another identity's is none", () => {
  const file = list.encode(new Set([ANN, BEN].map((peer) => list.nameOf(peer))));
  for (let at = 0; at < file.length; at++) {
    strictEqual(list.decode(file.subarray(0, at)), undefined, `cut at ${at}`);
    const altered = file.slice();
    altered[at] ^= 1;
    strictEqual(list.decode(altered), undefined, `altered at ${at}`);
  }
  strictEqual(new BlockList(new Uint8Array(32).fill(8)).decode(file), undefined);
});
