/** Members of `--json` have names with `_`. */
import { deepStrictEqual } from "node:assert/strict";
import { alsoSnake, snake } from "../../../cli/output/snake.ts";

Deno.test("What the App says is printed with members in snake_case, at every depth", () => {
  const offer = { groupKind: "private", withKey: true, signed: { uses: 1 } };
  const widget = { ageMs: 60_000, value: [["aB", "c"]], history: [1, 2], unit: undefined, offer };
  deepStrictEqual(snake(widget), {
    age_ms: 60_000,
    value: [["aB", "c"]],
    history: [1, 2],
    unit: undefined,
    offer: { group_kind: "private", with_key: true, signed: { uses: 1 } },
  });
  deepStrictEqual([snake(null), snake("aB"), snake([{ aB: 1 }])], [null, "aB", [{ a_b: 1 }]]);
});

Deno.test("Output that had other names has those as well", () => {
  deepStrictEqual(alsoSnake({ tsNano: "1", of: [{ hasNewest: true }], sent: true }), {
    tsNano: "1",
    ts_nano: "1",
    of: [{ hasNewest: true, has_newest: true }],
    sent: true,
  });
});
