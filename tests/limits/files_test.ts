/** What a copy does not prove: docs/limits.md, "Files and services". */
import { deepStrictEqual } from "node:assert/strict";
import { pull } from "../../lib/scp/client.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { type ClassicFiles, classicHost } from "../fakes/classic_scp.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { MemoryTree } from "../fakes/tree.ts";

Deno.test("What a host sends is taken for the file: nobody has signed its content", async () => {
  const tree = new MemoryTree();
  const said: string[] = [];
  for (const content of ["release 1", "release 1, and something else"]) {
    const files: ClassicFiles = new Map([["release.txt", { bytes: utf8(content), mode: 0o600 }]]);
    const [near, far] = memoryDuplexPair();
    const serving = classicHost(far, files);
    await pull(near, () => tree.create(content), { clock: new FakeClock(), path: "release.txt" });
    await serving;
    said.push(new TextDecoder().decode(tree.files.get(content)!.bytes));
  }
  deepStrictEqual(said, ["release 1", "release 1, and something else"]);
});
