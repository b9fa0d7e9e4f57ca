import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import { asksFor } from "../../cli/args.ts";
import { parseDurationMs, parsePeer } from "../../cli/flags.ts";

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

Deno.test("Flags read a peer in either case and refuse what is no key", async () => {
  const pk = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  strictEqual(await parsePeer(pk.toUpperCase()), pk);
  for (const text of ["", "02", `05${pk.slice(2)}`, "z".repeat(66)]) {
    await rejects(parsePeer(text), SyntaxError);
  }
});
