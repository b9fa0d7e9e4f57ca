import { doesNotThrow, throws } from "node:assert/strict";
import type { CommandApp } from "../../../cli/app.ts";
import { checkFiles } from "../../../cli/flags/files.ts";

Deno.test("--files beside a program that runs does not say that it takes files, which scp-host may not", () => {
  const as = (role: string) => ({ app: { role } }) as unknown as CommandApp;
  throws(() => checkFiles(as("client"), { files: "in" }), {
    kind: "busy",
    message: "Another process of this identity runs already, and decides about the files that come",
    hint: 'End that one first, or leave --files out and set "files" in config.json.',
  });
  doesNotThrow(() => checkFiles(as("client"), {}));
  doesNotThrow(() => checkFiles(as("owner"), { files: "in" }));
});
