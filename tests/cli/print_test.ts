import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { noticeWriter, outputWriter } from "../../cli/output.ts";
import { Printer } from "../../cli/print.ts";
import { UserError } from "../../lib/wire/errors.ts";

function recorded(json: boolean, verbose = false) {
  const streams = { out: "", err: "" };
  const print = new Printer((text) => streams.out += text, (text) => streams.err += text, {
    json,
    verbose,
    color: false,
  });
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

Deno.test("Output is written whole when the system takes it in pieces", () => {
  const taken: number[] = [];
  const write = outputWriter({ writeSync: (bytes) => taken.push(bytes[0]) && 1 }, () => {});
  write("héllo");
  deepStrictEqual(taken, [...new TextEncoder().encode("héllo")]);
});

Deno.test("Output waits for a slow reader of a pipe that does not block", () => {
  let refusals = 3;
  const write = outputWriter({
    writeSync(bytes) {
      if (refusals-- > 0) throw new Deno.errors.WouldBlock("again");
      return bytes.length;
    },
  }, () => {});
  write("x");
  strictEqual(refusals, -1);
});

Deno.test("Output ends quietly, once, when its reader left", () => {
  let closed = 0;
  const sink = {
    writeSync(): number {
      throw new Deno.errors.BrokenPipe("left");
    },
  };
  const write = outputWriter(sink, () => closed++);
  write("a");
  write("b");
  strictEqual(closed, 1);
  noticeWriter(sink)("dropped");
});

Deno.test("Output that can't be written is a local failure", () => {
  const write = outputWriter({
    writeSync() {
      throw new Error("No space left on device");
    },
  }, () => {});
  throws(() => write("a"), (error) => error instanceof UserError && error.kind === "local");
});
