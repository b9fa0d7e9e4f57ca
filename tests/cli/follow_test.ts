import { deepStrictEqual } from "node:assert/strict";
import { tellLost } from "../../cli/follow.ts";
import { Printer } from "../../cli/print.ts";

Deno.test("Who follows events is told of a gap: a warning beside the lines, or with JSON a line of its own", () => {
  const streams = { out: "", err: "" };
  const print = (json: boolean): Printer =>
    new Printer({
      out: (text) => void (streams.out += text),
      err: (text) => void (streams.err += text),
      hasRoom: true,
      room: () => Promise.resolve(),
    }, { json, verbose: false, color: false });
  const lost = { kind: "lost", ts: "2026-11-28T12:00:00Z", cursor: 7, foreign: true } as const;
  tellLost({ print: print(false) }, lost);
  deepStrictEqual(streams.out, "");
  deepStrictEqual(/^warning: the cursor is not one of this store/.test(streams.err), true);
  tellLost({ print: print(true) }, lost);
  deepStrictEqual(JSON.parse(streams.out), {
    type: "lost",
    ts: "2026-11-28T12:00:00Z",
    schema: "v1",
    cursor: 7,
    foreign: true,
  });
});
