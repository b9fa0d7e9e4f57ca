import { deepStrictEqual, throws } from "node:assert/strict";
import { parseListenSince, parseSince } from "../../../cli/flags/since.ts";
import { parseGoTime } from "../../../lib/wire/go_time.ts";

const NOW = parseGoTime("2026-11-23T10:00:00Z");

Deno.test("Since takes spans, dates and times", () => {
  const cases = {
    "90s": "2026-11-23T09:58:30Z",
    "1h30m": "2026-11-23T08:30:00Z",
    "3d": "2026-11-20T10:00:00Z",
    "999999w": "1970-01-01T00:00:00Z",
    "2026-11-01": "2026-11-01T00:00:00Z",
    "2026-11-01T12:00:00+02:00": "2026-11-01T10:00:00Z",
  };
  for (const [input, expected] of Object.entries(cases)) deepStrictEqual(parseSince(input)(NOW), expected);
});

Deno.test("Since refuses the rest", () => {
  for (const input of ["", "5", "h", "-1h", "1h ago", "2026-02-30", "2026-11-01 12:00", "1.5h"]) {
    throws(() => parseSince(input), SyntaxError, input);
  }
});

Deno.test("Since of a listener is a cursor or a time", () => {
  deepStrictEqual(parseListenSince("1748213"), 1748213);
  deepStrictEqual(parseListenSince("0"), 0);
  const since = parseListenSince("90s");
  deepStrictEqual(typeof since === "function" && since(NOW), "2026-11-23T09:58:30Z");
  throws(() => parseListenSince("now"), /^SyntaxError: a cursor is .*; a time is 30m, 2h or 3d/);
});
