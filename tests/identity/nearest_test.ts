import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { didYouMean, nearest } from "../../lib/identity/nearest.ts";

Deno.test("A name is meant that is a typing error away, or whose end was not typed", () => {
  const names = ["alice", "Bob", "carol", "dorothea", "x1"];
  const cases: [string, string[]][] = [
    ["alcie", ["alice"]], // two neighbours
    ["laice", ["alice"]],
    ["ALICE", ["alice"]],
    ["bob", ["Bob"]],
    ["obb", ["Bob"]],
    ["bo", ["Bob"]],
    ["b", ["Bob"]],
    ["dor", ["dorothea"]],
    ["alicexx", ["alice"]], // one letter in three
    ["alicexxx", ["alice"]],
    ["alicexxxx", []],
    ["crl", []], // two letters of three are missing
    ["carl", ["carol"]],
    ["zoe", []],
    ["", []],
  ];
  for (const [typed, meant] of cases) deepStrictEqual(nearest(typed, names), meant, typed);
});

Deno.test("At most three are proposed, the nearest first, as near ones by name", () => {
  deepStrictEqual(nearest("anna", ["hanna", "annb", "anna-two", "annc", "anna"]), [
    "anna",
    "anna-two",
    "annb",
  ]);
  strictEqual(didYouMean("anna", ["annc", "annb"]), "Did you mean annb or annc?");
  strictEqual(didYouMean("anna", ["zoe"]), undefined);
});
