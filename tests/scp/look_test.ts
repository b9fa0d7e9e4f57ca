import { rejects, strictEqual } from "node:assert/strict";
import { isAtHost } from "../../lib/scp/client.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { hosted } from "./faults_stage.ts";

const clock = new FakeClock();

async function told(answer: string): Promise<boolean> {
  const [near, far] = memoryDuplexPair({ bufferBytes: Infinity });
  await far.write(utf8(answer));
  await far.closeWrite();
  return await isAtHost(near, { clock, path: "f" });
}

Deno.test("Whether a file is at a host: its record says so, and that there is none says it in these words only", async () => {
  strictEqual(await told("C0644 5 f\n"), true);
  for (
    const none of [
      "stat: no such file",
      "stat: stat /srv/a b: c/f: no such file or directory",
      "stat: stat /srv/f/x: not a directory",
      "stat: CreateFile C:\\srv\\f: The system cannot find the file specified.",
      "directory transfers not supported",
    ]
  ) strictEqual(await told(`\x02${none}\n`), false, none);
  for (
    const unsaid of [
      "stat: permission denied",
      "stat: stat /srv/f: permission denied",
      "open: permission denied",
      "open: not a regular file",
      "open: no such file or directory: x",
    ]
  ) await rejects(told(`\x02${unsaid}\n`), /^CopyError: remote: /, unsaid);
});

Deno.test("Who may only write is not told that there is nothing in a place", async () => {
  await hosted(async ({ top, dial }) => {
    await Deno.writeTextFile(`${top}/root/f`, "old");
    await rejects(isAtHost(dial(), { clock, path: "f" }), /open: permission denied/);
    await rejects(isAtHost(dial(), { clock, path: "g" }), /open: permission denied/);
  }, { read: false });
  await hosted(async ({ top, dial }) => {
    await Deno.writeTextFile(`${top}/root/f`, "old");
    await Deno.symlink("f", `${top}/root/link`);
    strictEqual(await isAtHost(dial(), { clock, path: "f" }), true);
    strictEqual(await isAtHost(dial(), { clock, path: "g" }), false);
    strictEqual(await isAtHost(dial(), { clock, path: "f/g" }), false);
    await rejects(isAtHost(dial(), { clock, path: "link" }), /not a regular file/);
  });
});
