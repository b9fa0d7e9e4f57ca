import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { abortWith } from "../../lib/sys/abort.ts";

Deno.test("A linked controller is aborted with the signal's reason, at once when that was before", () => {
  for (const before of [true, false]) {
    const [source, controller] = [new AbortController(), new AbortController()];
    const reason = new Error("enough");
    if (before) source.abort(reason);
    abortWith(controller, source.signal);
    if (!before) source.abort(reason);
    deepStrictEqual([controller.signal.aborted, controller.signal.reason], [true, reason]);
  }
});

Deno.test("A controller whose link is undone, or that has none, goes on", () => {
  const [source, controller] = [new AbortController(), new AbortController()];
  abortWith(controller, source.signal)();
  abortWith(controller, undefined)();
  source.abort();
  strictEqual(controller.signal.aborted, false);
});
