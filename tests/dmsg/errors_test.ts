import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { DMSG_ERRORS, dmsgError, isTemporary } from "../../lib/dmsg/errors.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";

Deno.test("Error says its code, its text and its cause", () => {
  const cause = new SyntaxError("why");
  strictEqual(dmsgError(306).message, "dmsg error 306 - request has no associated listener");
  strictEqual(dmsgError(300, "because").message, "dmsg error 300 - request has invalid signature: because");
  const error = dmsgError(370, cause);
  strictEqual(error.message, "dmsg error 370 - signed object is invalid: why");
  strictEqual(error.cause, cause);
  deepStrictEqual([error.by, error.code, error.ends], ["peer", 370, "stream"]);
});

Deno.test("Error of a code that dmsg does not have is our mistake", () => {
  throws(() => dmsgError(0), RangeError);
  throws(() => dmsgError(309), RangeError);
});

Deno.test("Errors that pass by themselves are those of listeners and capacity", () => {
  const temporary = [...DMSG_ERRORS.keys()].filter((code) => isTemporary(dmsgError(code)));
  deepStrictEqual(temporary, [306, 308, 401]);
  strictEqual(isTemporary(new Error("dmsg error 306")), false);
  strictEqual(isTemporary(new ProtocolError("other", { by: "peer", code: "gob", ends: "stream" })), false);
});
