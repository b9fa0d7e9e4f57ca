import { strictEqual } from "node:assert/strict";
import { paragraphs } from "../../../cli/command_help.ts";
import { commands } from "../../../cli/commands/mod.ts";
import { folded, foldedHelp } from "../../../cli/output/folded.ts";
import { Printer } from "../../../cli/output/print.ts";
import { widthOf } from "../../../tui/drawing/width.ts";

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

Deno.test("Letters that take two cells count as two; without the table of letters all that are not ASCII do", () => {
  strictEqual(folded("漢字漢字漢字 漢字漢字 äöüäöüäöü", 20, widthOf), "漢字漢字漢字\n漢字漢字 äöüäöüäöü");
  strictEqual(folded("漢字漢字漢字 漢字漢字 äöüäöüäöü", 20), "漢字漢字漢字\n漢字漢字\näöüäöüäöü");
});

Deno.test("Help goes on below the second cell of a table, or below the first where there is no room", () => {
  const help =
    "A sentence of the help that is long.\n\nFLAGS\n  -a, --all   Show all that is there, also what is old\n" +
    "  -b          Show less";
  strictEqual(
    foldedHelp(help, 40),
    "A sentence of the help that is long.\n\nFLAGS\n  -a, --all   Show all that is there,\n" +
      "              also what is old\n  -b          Show less",
  );
  strictEqual(
    foldedHelp(help, 30),
    "A sentence of the help that is\nlong.\n\nFLAGS\n  -a, --all\n        Show all that is\n        there, also what is\n        old\n" +
      "  -b\n        Show less",
  );
  strictEqual(foldedHelp(help, 80), help);
});

Deno.test("Sentences of a help that the source breaks are joined; tables and short lines stay", () => {
  const long = "a sentence that goes on and on until the source has no room for it and";
  strictEqual(paragraphs(`${long}\nbreaks it here.\nAnother one.`), `${long} breaks it here.\nAnother one.`);
  strictEqual(paragraphs(`  ${long}\n  breaks it.\n    ${long}`), `  ${long} breaks it.\n    ${long}`);
  strictEqual(paragraphs("short\nlines"), "short\nlines");
});

Deno.test("Help of every command fits 80 columns, save for words and examples that have no blank", async () => {
  for (const [name, { load }] of Object.entries(commands)) {
    const { default: target } = await load();
    const targets = "parameters" in target
      ? [target]
      : [target, ...target.getAllEntries().map((one) => one.target)];
    for (const one of targets) {
      const text = foldedHelp(one.formatHelp({ prefix: ["dmsg", name] } as never), 80);
      const lines = text.split("\n").filter((line) => line.length > 80 && line.trim().includes(" "));
      strictEqual(lines.join("\n"), "", name);
    }
  }
});
