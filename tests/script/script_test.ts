import { deepStrictEqual, throws } from "node:assert/strict";
import { parseScript, pattern, runScript } from "./script.ts";

const folder = new URL("./", import.meta.url);

for (const name of [...Deno.readDirSync(folder)].map((entry) => entry.name).sort()) {
  if (!name.endsWith(".script")) continue;
  Deno.test({
    name: `Script ${name}`,
    ignore: Deno.build.os === "windows",
    fn: async () => await runScript(await Deno.readTextFile(new URL(name, folder))),
  });
}

Deno.test("Script text is read into commands with output, errors and status", () => {
  deepStrictEqual(parseScript("# note\n\n$ a | b\nout\n\n! err\n[3]\n"), [
    { line: 3, command: "a | b", stdout: ["out", ""], stderr: ["err"], status: 3 },
  ]);
});

Deno.test("Script refuses lines outside of a block and a block without a status", () => {
  throws(() => parseScript("lost\n"), /line 1 belongs to no command/);
  throws(() => parseScript("$ a\nout\n"), /line 1 has no \[status\]/);
});

Deno.test("Script compares exactly except for its placeholders", () => {
  const pk = `02${"a".repeat(64)}`;
  deepStrictEqual(pattern("k=<pk> <home>/x.key\n", "/h").test(`k=${pk} /h/x.key\n`), true);
  deepStrictEqual(pattern("k=<pk>\n", "/h").test(`k=${pk}a\n`), false);
  deepStrictEqual(pattern("a.b\n", "/h").test("axb\n"), false);
});
