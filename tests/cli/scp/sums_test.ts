/** Digests of blocks that are made as the pieces come. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { SharedSums } from "../../../cli/scp/many/sums.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { concat, toHex } from "../../../lib/wire/bytes.ts";

const PIECE = 128 * 1024;
const pieceOf = (index: number): Uint8Array => new Uint8Array(PIECE).fill(index);
const blockOf = (block: number): Uint8Array =>
  sha256(concat(...Array.from({ length: 8 }, (_, i) => pieceOf(block * 8 + i))));

function sumsOf(pieces: number): { sums: SharedSums; read: number[]; made: () => number } {
  const read: number[] = [];
  let made = 0;
  const digest = () => {
    made++;
    const parts: Uint8Array[] = [];
    return { add: (bytes: Uint8Array) => void parts.push(bytes), hex: () => toHex(sha256(concat(...parts))) };
  };
  const sums = new SharedSums(digest, pieces, (index) => {
    read.push(index);
    return Promise.resolve(pieceOf(index));
  });
  return { sums, read, made: () => made };
}

Deno.test("A block's digest is made of the pieces that come, and is there for all", async () => {
  const { sums, read, made } = sumsOf(16);
  for (let i = 0; i < 16; i++) sums.coming(i, Promise.resolve(pieceOf(i)));
  for (const block of [0, 1, 0, 1]) deepStrictEqual(await sums.hashOf(block), blockOf(block));
  deepStrictEqual([read, made()], [[], 2]);
});

Deno.test("A block that nobody has asked for while many more came is read again", async () => {
  const { sums, read } = sumsOf(8 * 100);
  for (let i = 0; i < 8 * 100; i++) sums.coming(i, Promise.resolve(pieceOf(i)));
  deepStrictEqual(await sums.hashOf(0), blockOf(0));
  deepStrictEqual(read, [0, 1, 2, 3, 4, 5, 6, 7]);
  deepStrictEqual(await sums.hashOf(99), blockOf(99));
  strictEqual(read.length, 8, "the newest are at hand");
});
