import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { asksFor } from "../../cli/args.ts";
import { parseDurationMs } from "../../cli/flags.ts";

Deno.test("Flags are looked for only before --", () => {
  strictEqual(asksFor(["id", "--json"], "--json"), true);
  strictEqual(asksFor(["send", "--", "--json"], "--json"), false);
  strictEqual(asksFor(["send", "-h"], "--help", "-h"), true);
  strictEqual(asksFor([], "--json"), false);
});

Deno.test("Flags read times as milliseconds", () => {
  const cases: [string, number][] = [["0", 0], ["5", 5000], ["1.5s", 1500], ["200ms", 200], ["2m", 120_000], [
    "1h",
    3_600_000,
  ]];
  deepStrictEqual(cases.map(([text]) => parseDurationMs(text)), cases.map(([, ms]) => ms));
  for (const text of ["", "-1", "5 s", "1d", "1e3", "x"]) throws(() => parseDurationMs(text), SyntaxError);
});
