import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Printer } from "../../../cli/output/print.ts";

function recorded(json: boolean, verbose = false) {
  const streams = { out: "", err: "" };
  const print = new Printer({
    out: (text) => void (streams.out += text),
    err: (text) => void (streams.err += text),
    hasRoom: true,
    room: () => Promise.resolve(),
  }, { json, verbose, color: false });
  return { print, streams };
}

const failure = { status: 3, code: "timeout", message: "No answer from \x1b[1mx", hint: "Wait" } as const;

Deno.test("Printer says a result in words or as its value", () => {
  const value = { pk: "02aa", origin: "file", path: "/k", created: false };
  const text = recorded(false);
  text.print.out("identity", value);
  deepStrictEqual(text.streams, { out: "02aa\n", err: "" });
  const json = recorded(true);
  json.print.out("identity", value);
  deepStrictEqual(JSON.parse(json.streams.out), value);
});

Deno.test("Printer puts a failure on standard error, or with JSON on standard output", () => {
  const text = recorded(false);
  text.print.failure(failure);
  deepStrictEqual(text.streams, { out: "", err: "dmsg: No answer from \\x1b[1mx\nhint: Wait\n" });
  const json = recorded(true);
  json.print.failure(failure);
  deepStrictEqual(JSON.parse(json.streams.out), { error: failure });
  strictEqual(json.streams.out.split("\n").length, 2);
});

Deno.test("Printer shows stacks only when it is verbose", () => {
  const cause = new Error("outer", { cause: new Error("inner\x07") });
  const quiet = recorded(false);
  quiet.print.failure({ ...failure, cause });
  strictEqual(quiet.streams.err.includes("inner"), false);
  const verbose = recorded(false, true);
  verbose.print.failure({ ...failure, cause });
  strictEqual(/caused by: Error: inner\\x07\n {4}at /.test(verbose.streams.err), true);
});
