/** Whether tests/FAULTS.md names, for each fault, tests that there are. */
import { ok } from "node:assert/strict";

const TESTS = new URL("../", import.meta.url);

Deno.test("Each fault that was seen in use names a test that there is", async () => {
  const page = await Deno.readTextFile(new URL("FAULTS.md", TESTS));
  const faults = page.split(/^## /m).slice(1);
  ok(faults.length >= 24, `${faults.length} faults`);
  for (const fault of faults) {
    const lines = fault.split(/^- /m).slice(1);
    ok(lines.length > 0, `no test: ${fault}`);
    for (const line of lines) {
      const link = /\[([^\]]+)\]\(([^)\s]+)\)/.exec(line);
      ok(link, `no test: ${line}`);
      const name = link[1].replace(/\s+/g, " ");
      const source = await Deno.readTextFile(new URL(link[2], TESTS));
      ok(source.includes(`"${name}"`) || source.includes(`\`${name}\``), `${link[2]} has no test "${name}"`);
    }
  }
});
