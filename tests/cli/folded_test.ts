import { strictEqual } from "node:assert/strict";
import { folded } from "../../cli/folded.ts";
import { Printer } from "../../cli/print.ts";

const KEY = `02${"ab".repeat(32)}`;

Deno.test("A sentence is broken between words at a terminal's width, and a key stays whole", () => {
  strictEqual(folded("one two three\n  four five six seven\n", 13), "one two three\n  four five six seven\n");
  strictEqual(
    folded("one two three four five\n  six seven eight nine ten\n", 20),
    "one two three four\nfive\n  six seven eight\n  nine ten\n",
  );
  strictEqual(folded(`Cannot reach ${KEY} at all`, 40), `Cannot reach\n${KEY}\nat all`);
  strictEqual(folded(`${KEY} ${KEY}`, undefined), `${KEY} ${KEY}`);
});

Deno.test("Errors and notices fit the terminal; what goes elsewhere is one line", () => {
  const said = (columns?: () => number): string => {
    let text = "";
    const streams = {
      out: () => {},
      err: (more: string) => void (text += more),
      room: () => Promise.resolve(),
      hasRoom: true,
    };
    const print = new Printer(streams, { json: false, verbose: false, color: false, columns });
    const message = `Cannot reach ${KEY}: the discovery http://127.0.0.1:40000 has no entry of it`;
    print.failure({
      status: 3,
      code: "unreachable",
      message,
      hint: "Is its program running? Try again later.",
    });
    print.note("ncProblem", { error: "a problem that is told in more words than there is room for" });
    return text;
  };
  strictEqual(said().split("\n").length, 4);
  const lines = said(() => 40).split("\n");
  strictEqual(lines.filter((line) => line.length > 40 && !line.includes(KEY)).join(), "");
  strictEqual(lines.join(" "), said().replaceAll("\n", " "));
});
