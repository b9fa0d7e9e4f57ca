import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { checkName, checkText } from "../../lib/scp/path.ts";
import { utf8 } from "../../lib/wire/bytes.ts";

const wordsOf = (check: () => void): string => {
  try {
    check();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

Deno.test("A name is cut at / or at \\ to look for .., never at both, as by a Go host", () => {
  for (const name of ["a/..\\b", "a\\../b", "a/..\\b/..\\c"]) checkName(utf8(name));
  for (const name of ["a/../b", "a\\..\\b", "..\\a", "a/..", "a\\..", "a/..\\..\\b", "..\\b/.."]) {
    strictEqual(wordsOf(() => checkName(utf8(name))), "dmsgscp: name contains path traversal", name);
  }
});

Deno.test("A name as text is refused for what its bytes are refused for", () => {
  const piece = fc.constantFrom(
    "a",
    "B9",
    ".",
    "..",
    "/",
    "\\",
    "\0",
    "\r",
    "\n",
    "ü",
    "\u{1f600}",
    " ",
    "~",
  );
  const any = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((all) => all.join("")),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.integer({ min: 250, max: 260 }).map((length) => "x".repeat(length)),
    fc.integer({ min: 120, max: 130 }).map((length) => "ü".repeat(length)),
  );
  fc.assert(
    fc.property(
      any,
      (name) => strictEqual(wordsOf(() => checkText(name)), wordsOf(() => checkName(utf8(name)))),
    ),
    { numRuns: 2000 },
  );
});
