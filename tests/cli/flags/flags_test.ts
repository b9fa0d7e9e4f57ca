import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { asksFor, namedBack, withSeenFlags } from "../../../cli/args.ts";
import { parseDurationMs } from "../../../cli/flags/flags.ts";

Deno.test("Flags are looked for only before --", () => {
  strictEqual(asksFor(["id", "--json"], "--json"), true);
  strictEqual(asksFor(["send", "--", "--json"], "--json"), false);
  strictEqual(asksFor(["send", "-h"], "--help", "-h"), true);
  strictEqual(asksFor([], "--json"), false);
});

Deno.test("A value that the parser does not see becomes a word of its own", () => {
  const cases: [string, string[]][] = [
    ["--wait=", ["--wait", ""]],
    ["-w=", ["-w", ""]],
    ["-w5s", ["-w", "5s"]],
    ["--msg=a\nb", ["--msg", "a\nb"]],
    ["-m=a\rb", ["-m", "a\rb"]],
    ["--msg=a\u2028b", ["--msg", "a\u2028b"]],
    ["-m=--é\n", ["-m", "--é\n"]],
  ];
  for (const [arg, words] of cases) {
    deepStrictEqual(withSeenFlags(["send", arg, "x"]), ["send", ...words, "x"]);
    deepStrictEqual(withSeenFlags(["send", "--", arg]), ["send", "--", arg]);
  }
});

Deno.test("A switch with an empty value is told; any other flag has that value", () => {
  const isSwitch = (flag: string): boolean => flag === "--json" || flag === "-v";
  for (const arg of ["--json=", "-v="]) {
    throws(() => withSeenFlags(["send", arg], isSwitch), /is empty/, arg);
    deepStrictEqual(withSeenFlags(["send", "--", arg], isSwitch), ["send", "--", arg]);
  }
  deepStrictEqual(withSeenFlags(["send", "--msg=", "--json"], isSwitch), ["send", "--msg", "", "--json"]);
});

Deno.test("A switch with a value is told, and the value is not said back; one that says yes or no is the parser's", () => {
  const isSwitch = (flag: string): boolean => flag === "--json" || flag === "-v";
  for (const arg of ["--json=maybe", `-v=${"ab".repeat(32)}`, "--json=a\nb"]) {
    throws(() => withSeenFlags(["send", arg], isSwitch), /^UserError: --?\w+ takes no value$/, arg);
  }
  const fine = ["--json=false", "-v=1", "--json=Yes", "--msg=maybe"];
  deepStrictEqual(withSeenFlags(fine, isSwitch), fine);
});

Deno.test("A name that nothing has is said back, but for what may be a secret key", () => {
  deepStrictEqual(["a\nb", "ab".repeat(32)].map(namedBack), ['"a\\nb"', "of that name"]);
});

Deno.test("What can't be a flag and is meant as one is refused, not taken for an argument", () => {
  const meant = [
    "--w",
    "--w=1",
    "--wait:5",
    "--wait!=5 6",
    "--é",
    "--5",
    "-w.5",
    "-n-5",
    "-ab=5",
    "-é",
    "-p/x",
  ];
  for (const arg of meant) {
    throws(() => withSeenFlags(["send", "PK", arg]), { kind: "usage" }, arg);
    deepStrictEqual(withSeenFlags(["send", "--", arg]), ["send", "--", arg]);
  }
  const fine = [
    "-",
    "-5",
    "-5.3%",
    "->",
    "- a",
    "---",
    "--- a",
    "-ok, a",
    "--wait:5 a",
    "--wait=5",
    "-v",
    "-w=5",
    "a=b",
    "",
  ];
  deepStrictEqual(withSeenFlags(fine), fine);
});

Deno.test("Flags read times as milliseconds", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["5", 5000],
    ["1.5s", 1500],
    ["200ms", 200],
    ["2m", 120_000],
    [
      "1h",
      3_600_000,
    ],
    ["1d", 86_400_000],
    ["1m30s", 90_000],
    ["1h0m0.5s", 3_600_500],
  ];
  deepStrictEqual(cases.map(([text]) => parseDurationMs(text)), cases.map(([, ms]) => ms));
  for (const text of ["", "-1", "5 s", "1w", "1e3", "x", "999999999d", "1m30", "m", "1..5s"]) {
    throws(() => parseDurationMs(text), SyntaxError);
  }
});
