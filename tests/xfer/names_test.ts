/** What a file of a peer's is called here, beyond the vectors. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { savedName, shortName } from "../../lib/xfer/names.ts";
import { utf8 } from "../../lib/wire/bytes.ts";

Deno.test("A name as long as a frame is cut at once, at a character, and keeps its ending", () => {
  const name = savedName("é".repeat(30_000) + ".txt", "id")!;
  deepStrictEqual([name.slice(-5), utf8(name).length], ["é.txt", 240]);
  strictEqual(shortName("a.long-ending", 5), ".long-ending", "an ending is never cut");
});
