import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { edit, editing, type Editor } from "../../tui/compose/editor.ts";
import { runEditor } from "../../tui/terminal/outside.ts";

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

Deno.test("Ctrl+U cuts to the line's beginning, and there all that is before it; Ctrl+Y brings it back", () => {
  const keys = (editor: Editor, ...typed: string[]): Editor =>
    typed.reduce((before, key) => edit(before, key)!, editor);
  const draft = editing("one\ntwo\nthree");
  strictEqual(keys(draft, "ctrl+u").text, "one\ntwo\n");
  strictEqual(keys(draft, "ctrl+u", "ctrl+u").text, "");
  strictEqual(keys(draft, "ctrl+u", "ctrl+u", "ctrl+y").text, "one\ntwo\n");
  strictEqual(keys(draft, "up", "home", "ctrl+u").text, "two\nthree");
});
