import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { inPart, NetworkError, UserError } from "../../lib/wire/errors.ts";

Deno.test("What was done in part says so first, and ends as the rest did", () => {
  const network = new NetworkError("nobody there", { retry: true, reason: "unreachable" });
  const { message, reason, retry, cause } = inPart("Half is done", network) as NetworkError;
  deepStrictEqual([message, reason, retry], ["Half is done; nobody there", "unreachable", true]);
  strictEqual(cause, network);
  const user = new UserError("no room", { kind: "local", hint: "Free some." });
  const told = inPart("Half is done", user) as UserError;
  deepStrictEqual([told.message, told.kind, told.hint], ["Half is done; no room", "local", "Free some."]);
  const fault = new TypeError("ours");
  strictEqual(inPart("Half is done", fault), fault);
});
