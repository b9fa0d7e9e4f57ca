import { strictEqual } from "node:assert/strict";
import { lineLog } from "../../lib/sys/log.ts";
import { join, parent } from "../../lib/sys/paths.ts";

const clock = { nowMs: () => 0, wallNs: () => 1_700_000_000_123_456_789n, after: () => () => {} };

Deno.test("Log writes time, level, sentence and fields, and quotes what could pass for a field", () => {
  let lines = "";
  const log = lineLog((line) => lines += line, clock, "info");
  log("debug", "dropped");
  log("info", "session opened", { peer: "02ab", streams: 3, again: false });
  log("warn", "odd name\x1b", { name: 'x" y=1\n\u202e' });
  strictEqual(
    lines,
    "2023-11-14T22:13:20.123Z info session opened peer=02ab streams=3 again=false\n" +
      '2023-11-14T22:13:20.123Z warn odd name\\u{1b} name="x\\" y=1\\n\\u{202e}"\n',
  );
});

Deno.test("Paths are joined and taken apart", () => {
  strictEqual(join("/a/", "b", "c"), "/a/b/c");
  strictEqual(join("/", "b"), "/b");
  strictEqual(join("a", "b"), "a/b");
  strictEqual(parent("/a/b"), "/a");
  strictEqual(parent("/a"), "/");
  strictEqual(parent("a"), ".");
  strictEqual(parent("C:\\a\\b", "windows"), "C:\\a");
  strictEqual(parent("a/b\\c", "unix"), "a", "a letter like others");
});
