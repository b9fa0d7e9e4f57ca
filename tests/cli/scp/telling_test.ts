import { deepStrictEqual, throws } from "node:assert/strict";
import type { Context } from "../../../cli/context.ts";
import { Status } from "../../../cli/exit.ts";
import type { PeopleWords } from "../../../cli/names/peers.ts";
import { overwriteOf, type ScpFlags } from "../../../cli/scp/plan/flags.ts";
import type { CopyCause, FileOutcome } from "../../../cli/scp/told/outcome.ts";
import { tell, tellOnce } from "../../../cli/scp/told/telling.ts";

const file = { source: "f", target: "alice:f", bytes: 1, ms: 1, attempts: 1 };
const failed = (why: CopyCause): FileOutcome => ({
  ...file,
  state: "failed",
  failure: { why, status: Status.unreachable, code: "unreachable", message: `it is ${why}`, hint: "Wait." },
});
const ALL: readonly FileOutcome[] = [
  { ...file, state: "copied" },
  failed("vanished"),
  failed("unreachable"),
  failed("vanished"),
  failed("unreachable"),
];

/** What is said of all of them. */
function told(flags: Partial<ScpFlags>, single: boolean): string[] {
  const said: string[] = [];
  const print = {
    out: (word: string, { cause = "" }: { cause?: string }) => said.push(`${word} ${cause}`.trim()),
    note: (word: string) => said.push(word),
    failure: ({ message }: { message: string }) => said.push(message),
  };
  const order = { pk: "02", direction: "upload" as const, path: "", local: [] };
  const words = { text: (text: string) => text } as unknown as PeopleWords;
  const telling = { single, said: new Set<CopyCause>(), words };
  for (const outcome of ALL) {
    tell({ print } as unknown as Context, flags as ScpFlags, order, outcome, telling);
  }
  return said;
}

Deno.test("Each file that failed is told, what is wrong with the peer once, and of a single file nothing", () => {
  const failures = ["scpFailed", "it is unreachable", "scpFailed"];
  deepStrictEqual(told({}, false), ["scpDone", ...failures]);
  deepStrictEqual(told({ quiet: true }, false), failures);
  // Its failure is that of the command.
  deepStrictEqual(told({}, true), ["scpDone"]);
  const events = [
    "scpFile",
    "scpFile vanished",
    "scpFile unreachable",
    "scpFile vanished",
    "scpFile unreachable",
  ];
  for (const single of [true, false]) {
    deepStrictEqual(told({ json: true, quiet: true }, single), events);
  }
});

Deno.test("Of --to each file that failed is told once for all peers, and what is wrong with a peer in the table", () => {
  const lines: string[] = [];
  const print = {
    note: (word: string, { source, message }: { source: string; message: string }) =>
      lines.push(`${word} ${source}: ${message}`),
  };
  const words = { text: (text: string) => text };
  const said = new Set<string>();
  for (const outcome of [...ALL, { ...ALL[1], source: "g" }]) {
    tellOnce({ print } as unknown as Context, outcome, { said, words });
  }
  deepStrictEqual(lines, ["scpFailed f: it is vanished", "scpFailed g: it is vanished"]);
});

Deno.test("One rule for local files that are there, and not two", () => {
  const names = ["force", "noClobber", "backup"] as const;
  const rule = (...given: (typeof names)[number][]) =>
    overwriteOf(Object.fromEntries(names.map((name) => [name, given.includes(name)])) as unknown as ScpFlags);
  deepStrictEqual([rule(), ...names.map((name) => rule(name))], ["refuse", "replace", "keep", "backup"]);
  for (const name of names) {
    throws(() => rule(...names.filter((one) => one !== name)), /exclude each other/);
  }
});
