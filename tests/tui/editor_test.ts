import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { runEditor } from "../../tui/outside.ts";

/** Runs an editor that is a line for the shell. */
async function written(command: string): Promise<string> {
  const directory = await Deno.makeTempDir();
  try {
    const text = await runEditor(command, "draft", directory);
    deepStrictEqual([...Deno.readDirSync(directory)], [], "no draft lies about");
    return text;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("What an editor has written is the draft; one that failed or is not there says so", async () => {
  strictEqual(await written("true"), "draft");
  strictEqual(await written("f() { echo more >>$1; }; f"), "draftmore");
  await rejects(written("false"), /^UserError: The editor ended with status 1: the draft stays as it was$/);
  await rejects(
    written("/no/such/editor -w"),
    /There is no editor \/no\/such\/editor -w: set VISUAL or EDITOR/,
  );
});
