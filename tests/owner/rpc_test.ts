import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { failureOf } from "../../cli/exit.ts";
import { fromRpcError, toRpcError } from "../../lib/owner/rpc/errors.ts";
import {
  decodeLine,
  errorLine,
  LineCutter,
  LineTooLong,
  requestLine,
  RpcCode,
} from "../../lib/owner/rpc/rpc.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError, ProtocolError, UserError } from "../../lib/wire/errors.ts";

Deno.test("Lines come out the same in any chunking", () => {
  const lines = fc.array(fc.string({ maxLength: 40 }).map((s) => s.replaceAll("\n", "")), { maxLength: 12 });
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 50 }), fc.string(), (all, size, tail) => {
      const rest = tail.replaceAll("\n", "");
      const bytes = concat(...all.map((text) => utf8(text + "\n")), utf8(rest));
      const cutter = new LineCutter(200);
      const out: string[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        cutter.push(bytes.subarray(at, at + size));
        for (let line = cutter.next(); line; line = cutter.next()) out.push(fromUtf8(line));
      }
      deepStrictEqual(out, all);
      strictEqual(fromUtf8(cutter.rest()), rest);
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("A line beyond the cap is refused, with its newline or without", () => {
  const cutter = new LineCutter(4);
  cutter.push(utf8("1234\n12345"));
  strictEqual(fromUtf8(cutter.next()!), "1234");
  throws(() => cutter.next(), LineTooLong);
  const other = new LineCutter(4);
  other.push(utf8("12345\n"));
  throws(() => other.next(), LineTooLong);
});

Deno.test("What is no message gets the code of JSON-RPC", () => {
  const cases: [string, number, unknown][] = [
    ["", RpcCode.parse, null],
    ["{", RpcCode.parse, null],
    ["[]", RpcCode.invalid, null],
    ["1", RpcCode.invalid, null],
    ['{"id":1,"method":"x"}', RpcCode.invalid, 1],
    ['{"jsonrpc":"2.0","id":1.5,"method":"x"}', RpcCode.invalid, null],
    ['{"jsonrpc":"2.0","id":null,"method":"x"}', RpcCode.invalid, null],
    ['{"jsonrpc":"2.0","id":"","method":"x"}', RpcCode.invalid, null],
    ['{"jsonrpc":"2.0","id":1,"method":2}', RpcCode.invalid, 1],
    ['{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}', RpcCode.badParams, 1],
    ['{"jsonrpc":"2.0","id":1}', RpcCode.invalid, 1],
    ["[".repeat(33), RpcCode.invalid, null],
    [
      `{"jsonrpc":"2.0","id":1,"method":"x","params":${'{"a":'.repeat(33)}1${"}".repeat(34)}`,
      RpcCode.invalid,
      null,
    ],
  ];
  for (const [line, code, id] of cases) {
    const message = decodeLine(utf8(line));
    strictEqual(message.kind, "invalid", line);
    deepStrictEqual([message.kind === "invalid" && message.error.code, "id" in message && message.id], [
      code,
      id,
    ]);
  }
  strictEqual(decodeLine(Uint8Array.of(0x22, 0xff, 0x22)).kind, "invalid");
  // JSON-RPC 2.0, section 5.1
  const { parse, invalid, noMethod, badParams, fault } = RpcCode;
  deepStrictEqual([parse, invalid, noMethod, badParams, fault], [-32700, -32600, -32601, -32602, -32603]);
});

Deno.test("Brackets inside texts are not depth", () => {
  const params = { text: '"\\[{'.repeat(100) };
  const line = requestLine(1, "x", params);
  deepStrictEqual(decodeLine(line.subarray(0, -1)), { kind: "request", id: 1, method: "x", params });
});

Deno.test("Any bytes are understood or refused, never thrown", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void decodeLine(bytes)), { seed: 2 });
  fc.assert(fc.property(fc.json(), (text) => void decodeLine(utf8(text))), { seed: 3 });
});

Deno.test("An error is of the same class, sentence and status on the other side", () => {
  const errors = [
    new UserError("no", { kind: "busy", hint: "Wait." }),
    new UserError("no", { kind: "usage", hint: "" }),
    new NetworkError("gone", { reason: "refused", retry: true }),
    new NetworkError("gone", { reason: "no-network", retry: false }),
    new ProtocolError("bad", { by: "peer", code: 370, ends: "stream" }),
    new ProtocolError("bad", { by: "self", code: "word", ends: "session" }),
    new Error("a mistake"),
  ];
  for (const error of errors) {
    const message = decodeLine(errorLine(1, toRpcError(error)).subarray(0, -1));
    ok(message.kind === "error");
    const again = fromRpcError(message.error);
    strictEqual(again.constructor, error.constructor);
    deepStrictEqual({ ...again }, { ...error });
    deepStrictEqual({ ...failureOf(again), cause: 0 }, { ...failureOf(error), cause: 0 });
  }
});

Deno.test("An error that nobody can have sent is still an error", () => {
  const data = fc.oneof(
    fc.jsonValue(),
    fc.record({ kind: fc.string(), reason: fc.string(), code: fc.integer() }),
  );
  fc.assert(
    fc.property(fc.integer({ min: -3, max: 4 }), data, (code, value) => {
      ok(fromRpcError({ code, message: "x", data: value }) instanceof Error);
    }),
    { seed: 4 },
  );
});
