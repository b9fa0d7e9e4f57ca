import { deepStrictEqual } from "node:assert/strict";
import { underItsName } from "../../../cli/args.ts";

Deno.test("The program is dmsgscp when its file has that name", () => {
  deepStrictEqual(underItsName(["/usr/bin/dmsgscp"], ["a", "b:"]), ["scp", "a", "b:"]);
  deepStrictEqual(underItsName(["/x/deno", "file:///y/dmsgscp.mjs"], ["--help"]), ["scp", "--help"]);
  deepStrictEqual(underItsName(["C:\\x\\dmsgscp.exe"], []), ["scp"]);
  deepStrictEqual(underItsName(["/usr/bin/dmsgscp"], ["--version"]), ["--version"]);
  deepStrictEqual(underItsName(["/usr/bin/dmsg", "file:///main.ts"], ["id"]), ["id"]);
});
