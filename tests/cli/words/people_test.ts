import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AnswerError, failureOf } from "../../../cli/exit.ts";
import { forPeople } from "../../../cli/names/peers.ts";
import type { PrintMode } from "../../../cli/output/print.ts";
import { pairLines } from "../../../cli/output/table.ts";
import { clipped, counted, inOneLine, localTime, shortKeys, withNames } from "../../../cli/words/people.ts";
import { NetworkError, ProtocolError, UserError } from "../../../lib/wire/errors.ts";
import { widthOf } from "../../../tui/drawing/width.ts";

const PK = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

Deno.test("People read their own clock, to the second", async () => {
  const code = `import { localTime } from "${new URL("../../../cli/words/people.ts", import.meta.url)}";
    console.log(localTime("2026-11-23T10:00:07.123456789Z"));`;
  for (const [TZ, expected] of [["UTC", "10:00:07"], ["Asia/Kolkata", "15:30:07"]]) {
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", code], env: { TZ } })
      .output();
    strictEqual(new TextDecoder().decode(stdout), `2026-11-23 ${expected}\n`);
  }
  strictEqual(localTime("soon"), "soon");
});

Deno.test("People read counts, and names instead of keys", () => {
  deepStrictEqual([0, 1, 2].map((count) => counted(count, "conversation")), [
    "0 conversations",
    "1 conversation",
    "2 conversations",
  ]);
  strictEqual(withNames(`Cannot reach ${PK}:1`, () => "alice"), "Cannot reach alice:1");
  strictEqual(withNames(`Cannot reach ${PK}`, () => undefined), `Cannot reach ${PK}`);
});

Deno.test("Errors of the network have names or the beginnings of keys, others have whole keys", async () => {
  const told = async (cause: Error, mode: Partial<PrintMode> = {}) => {
    const print = { mode: { json: false, verbose: false, ...mode } };
    const host = { env: () => undefined, os: "linux", files: {}, clock: { nowMs: () => 0 }, print };
    return (await forPeople(host as never, failureOf(cause))).message;
  };
  const away = new NetworkError(`Cannot open stream to ${PK}:1: no time left`, {
    retry: true,
    reason: "unreachable",
  });
  strictEqual(await told(away), "Cannot open stream to 02c6047f…:1: no time left");
  strictEqual(await told(away, { verbose: true }), away.message);
  strictEqual(await told(away, { json: true }), away.message);
  const answered = new AnswerError(`${PK}:80 answered 404 Not Found`, "remote");
  strictEqual(await told(answered), "02c6047f…:80 answered 404 Not Found");
  strictEqual(await told(answered, { json: true }), answered.message);
  const broke = new ProtocolError(`${PK} said nonsense`, { by: "peer", code: 1, ends: "stream" });
  strictEqual(await told(broke), "02c6047f… said nonsense");
  const other = new UserError(`The backup is of ${PK}`, { kind: "refused", hint: "Name another." });
  strictEqual(await told(other), other.message);
  strictEqual(shortKeys(`${PK}:1`, () => "alice"), "alice:1");
});

Deno.test("People read a peer that is away in one line", () => {
  const message = `Cannot reach ${PK}: the discovery has no entry of it. Is its program running?`;
  strictEqual(inOneLine(message, () => "alice"), "Cannot reach alice: the discovery has no entry of it");
  strictEqual(
    inOneLine(message, () => undefined),
    "Cannot reach 02c6047f…: the discovery has no entry of it",
  );
});

Deno.test("People read what fits a line, whatever the letters", () => {
  strictEqual(clipped("short", 2), "short");
  const long = clipped("a".repeat(100), 2);
  ok(long.length <= 78 && long.endsWith("…"));
  ok([...clipped("漢".repeat(100), 2)].length <= 39);
});

Deno.test("People read keys in one column, whatever letters the names have", async () => {
  const names = ["alice", "漢字", "e\u0301", "x".repeat(24)];
  const lines = (await pairLines(names.map((name) => [name, PK]), 20)).split("\n");
  deepStrictEqual(lines.map((line) => widthOf(line) - PK.length), [21, 21, 21, 25, -PK.length]);
});
