/** What a file of a peer's is called here, beyond the vectors. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { savedName, shortName } from "../../lib/xfer/names.ts";
import { utf8 } from "../../lib/wire/bytes.ts";

Deno.test("A name as long as a frame is cut at once, at a character, and keeps its ending", () => {
  const name = savedName("é".repeat(30_000) + ".txt", "id")!;
  deepStrictEqual([name.slice(-5), utf8(name).length], ["é.txt", 240]);
  strictEqual(shortName("a.long-ending", 5), ".long-ending", "an ending is never cut");
});

Deno.test("What can move a cursor or turn letters around has no place in a name", () => {
  const name = "a\x1b[2J\u0085\u202eb\u2028c\ud800.txt";
  strictEqual(savedName(name, "id"), "a_[2J__b_c_.txt");
  strictEqual(savedName("\x07", "id"), "_");
});
