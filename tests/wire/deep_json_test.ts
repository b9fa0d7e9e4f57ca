/** JSON that nests by thousands: what Go reads of it, and what it refuses. */
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { checkDepth, KEPT_DEPTH, MAX_DEPTH, withoutDepths } from "../../lib/wire/deep_json.ts";
import { parseGoObject, readMembers } from "../../lib/wire/go_json.ts";

/** An object whose unknown member makes it so many levels deep. */
const nested = (levels: number, [open, close] = ["[", "]"], inner = ""): string =>
  `{"id":"x","z":${open.repeat(levels - 1)}${inner}${close.repeat(levels - 1)},"ID":"y"}`;

const idOf = (text: string): string | undefined => {
  const object = parseGoObject(text);
  return object && readMembers(object, { id: "string" })?.id;
};

Deno.test("An object of 10,000 levels is read, of one more it is refused, as Go does it", () => {
  for (const levels of [2, KEPT_DEPTH, KEPT_DEPTH + 1, 3000, MAX_DEPTH]) {
    strictEqual(idOf(nested(levels)), "y", `${levels} lists`);
    strictEqual(idOf(nested(levels, ['{"a":', "}"], "1.5")), "y", `${levels} objects`);
  }
  for (const levels of [MAX_DEPTH + 1, 30_000]) strictEqual(idOf(nested(levels)), undefined);
  strictEqual(idOf(nested(3000).slice(0, -1)), undefined, "cut");
  strictEqual(idOf(nested(3000, ["[", "]"], "x")), undefined, "no JSON in its depth");
});

Deno.test("What lies deep is null; brackets and quotation marks in texts are none", () => {
  const deep = (levels: number, inner: string) => `${"[".repeat(levels)}${inner}${"]".repeat(levels)}`;
  strictEqual(withoutDepths(deep(KEPT_DEPTH, "1")), deep(KEPT_DEPTH, "1"));
  strictEqual(
    withoutDepths(deep(KEPT_DEPTH - 1, `[[1,[2]],{"a":"}\\"]"},"[\\\\",3]`)),
    deep(KEPT_DEPTH - 1, `[null,null,"[\\\\",3]`),
  );
  const text = `["[[{{\\"[",{"]":"\\\\"}]`;
  strictEqual(withoutDepths(text), text);
  throws(() => withoutDepths("[1,]"), SyntaxError);
  throws(() => checkDepth("[".repeat(MAX_DEPTH + 1)), RangeError);
  checkDepth("[".repeat(MAX_DEPTH) + `"${"[".repeat(MAX_DEPTH)}"` + "]".repeat(MAX_DEPTH));
  checkDepth("[]".repeat(MAX_DEPTH + 1));
  deepStrictEqual(JSON.parse(withoutDepths(deep(MAX_DEPTH, ""))).length, 1);
});
