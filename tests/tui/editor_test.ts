import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { edit, editing, type Editor, EMPTY, insert, replacing, rewritten } from "../../tui/compose/editor.ts";
import { runEditor } from "../../tui/terminal/outside.ts";
import { ALICE, BOB, Stage } from "./stage.ts";

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

const typed = (editor: Editor, keys: string): Editor =>
  [...keys].reduce((before, key) => edit(before, key)!, editor);
const pressed = (editor: Editor, ...keys: string[]): Editor =>
  keys.reduce((before, key) => edit(before, key)!, editor);

Deno.test("What is cut by keys in a row comes back as it stood; a key between them begins anew", () => {
  const draft = editing("one two  three");
  strictEqual(pressed(draft, "ctrl+w", "ctrl+w", "ctrl+y").text, "one two  three");
  strictEqual(pressed(draft, "ctrl+w", "ctrl+w", "ctrl+a", "ctrl+y").text, "two  threeone ");
  strictEqual(pressed(draft, "ctrl+a", "alt+d", "alt+d", "ctrl+e", "ctrl+y").text, "  threeone two");
  strictEqual(pressed(draft, "alt+b", "alt+d", "ctrl+w", "ctrl+y").text, "one two  three", "both sides");
  strictEqual(pressed(draft, "ctrl+w", "left", "right", "ctrl+w", "ctrl+y", "ctrl+y").text, "one two  two  ");
  strictEqual(pressed(draft, "ctrl+w", "x", "backspace", "ctrl+w", "ctrl+y").text, "one two  ");
});

Deno.test("Ctrl+_ takes back what was done last: a word that was typed, a cut, a paste, and so on to the beginning", () => {
  const undo = (editor: Editor): string[] => {
    const texts = [editor.text];
    for (let i = 0; i < 20; i++) {
      editor = edit(editor, i % 2 === 0 ? "ctrl+_" : "ctrl+/")!;
      if (editor.text === texts[0]) break;
      texts.unshift(editor.text);
    }
    return texts;
  };
  const text = typed(EMPTY, "one two");
  deepStrictEqual(undo(text), ["", "one ", "one two"]);
  deepStrictEqual(undo(pressed(text, "ctrl+w", "ctrl+w")), ["", "one ", "one two", ""]);
  deepStrictEqual(undo(pressed(text, "backspace", "backspace", "!")), [
    "",
    "one ",
    "one two",
    "one t",
    "one t!",
  ]);
  deepStrictEqual(undo(insert(insert(EMPTY, "a paste"), "another")), ["", "a paste", "a pasteanother"]);
  deepStrictEqual(undo(rewritten(text, "by an editor")), ["", "one ", "one two", "by an editor"]);
  deepStrictEqual(undo(pressed(text, "left", "right", "ctrl+t")), ["", "one ", "one two", "one tow"]);
  deepStrictEqual(undo(replacing(text, 4, "zwei ")), ["", "one ", "one two", "one zwei "]);
  const back = pressed(typed(pressed(text, "ctrl+a"), "x"), "ctrl+_");
  deepStrictEqual([back.text, back.at], ["one two", 0], "the cursor is where it was");
  strictEqual(edit(EMPTY, "ctrl+_"), EMPTY);
  strictEqual(pressed(text, "ctrl+w", "ctrl+_", "ctrl+y").text, "one twotwo", "what was cut is still there");
});

Deno.test("What can be undone has a bound, in steps and in characters", () => {
  const many = Array.from({ length: 1000 }, (_, i) => `${i} `).reduce(
    (before, word) => typed(before, word),
    EMPTY,
  );
  strictEqual(many.past!.length, 200);
  let long = editing("x".repeat(60_000));
  for (let i = 0; i < 100; i++) long = edit(edit(long, "y")!, " ")!;
  ok(long.past!.length > 10 && long.past!.length < 20, `${long.past!.length}`);
  strictEqual(edit(long, "ctrl+_")!.text.length, long.text.length - 2);
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

Deno.test("What was cut out of a draft is there behind an answer that was sent first, and in another conversation", () => {
  const [CTRL_U, CTRL_Y] = ["\x15", "\x19"];
  const stage = new Stage();
  stage.keep(ALICE, { text: "hello" });
  stage.keep(BOB, { text: "hello" });
  stage.begin();
  const draft = (): string => stage.model.threads[stage.model.open!].draft.text;
  stage.tell({ kind: "command", name: "open", argument: ALICE });
  stage.type(`a long thought${CTRL_U}yes\r`);
  strictEqual(stage.stored.get(ALICE)?.at(-1)?.text, "yes");
  stage.type(CTRL_Y);
  strictEqual(draft(), "a long thought");
  stage.tell({ kind: "command", name: "open", argument: BOB });
  stage.type(`for you: ${CTRL_Y}`);
  strictEqual(draft(), "for you: a long thought");
  stage.type(`\x17${CTRL_Y}${CTRL_Y}`);
  strictEqual(draft(), "for you: a long thoughtthought");
});
