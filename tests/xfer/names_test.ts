/** What a file of a peer's is called here, beyond the vectors. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { isTransferId, numberedName, savedName, shortName } from "../../lib/xfer/names.ts";
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

Deno.test("A name is its last part, on any system, and leads nowhere; an id that could is none", () => {
  for (
    const [name, saved] of [
      ["a/b.txt", "b.txt"],
      ["C:\\a\\b.txt", "b.txt"],
      ["..\\..\\x", "x"],
      [".bashrc", "bashrc"],
      ["...x", "x"],
      ["a..b", "file-id"],
      ["..", "file-id"],
      ["a/", "file-id"],
      ["", "file-id"],
      ["-rf", "-rf"],
    ]
  ) strictEqual(savedName(name, "id"), saved, name);
  for (const id of ["", "a/b", "..", "a b", "a\n", "a".repeat(65)]) {
    deepStrictEqual([isTransferId(id), savedName("f", id)], [false, undefined], id);
  }
  strictEqual(isTransferId(`${"a".repeat(62)}_-`), true);
  deepStrictEqual(["a.tar.gz", "a", ".x"].map((name) => numberedName(name, 2)), [
    "a.tar (2).gz",
    "a (2)",
    ".x (2)",
  ]);
});
