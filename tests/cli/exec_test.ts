import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { shellFor } from "../../cli/exec_child.ts";

Deno.test("A command goes to the shell as it was written, quotes and all", () => {
  const command = `jq -r ".body" >> "my inbox.txt"`;
  deepStrictEqual(shellFor(command, "unix"), ["/bin/sh", { args: ["-c", command] }]);
  const [program, { args, windowsRawArguments }] = shellFor(command, "windows");
  deepStrictEqual([program, args], ["cmd.exe", ["/d", "/s", "/c", `"${command}"`]]);
  strictEqual(windowsRawArguments, true);
});
