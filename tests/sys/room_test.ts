import { deepStrictEqual, ok } from "node:assert/strict";
import { Room } from "../../lib/sys/copies/room.ts";

Deno.test("Room gives each its own bytes, of any length, until it is freed", () => {
  const room = new Room();
  const lengths = [0, 1, 1024, 0, 2 ** 15, 2 ** 15 + 1, 2 ** 20, ...Array(300).fill(1000), 0];
  const copies = lengths.map((length, i) => room.copyOf(new Uint8Array(length).fill(i)));
  deepStrictEqual(copies.map(({ length }) => length), lengths);
  for (const [i, copy] of copies.entries()) ok(copy.every((byte) => byte === i % 256), `number ${i}`);
});

Deno.test("Room uses its memory again", () => {
  const room = new Room();
  const first = room.take(100).buffer;
  room.free();
  deepStrictEqual(room.take(0).length, 0);
  ok(room.take(100).buffer === first);
});
