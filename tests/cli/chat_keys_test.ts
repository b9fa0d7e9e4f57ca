import { throws } from "node:assert/strict";
import { preferencesOf } from "../../cli/chat/settings.ts";

Deno.test("A key that no terminal sends, and a command that there is not, are told", () => {
  for (
    const key of ["ctlr+g", "alt+ctrl+g", "ctrl+G", "shift+a", "picker.ctlr+g", "here.ctrl+g", "", "ctrl+"]
  ) {
    throws(() => preferencesOf({ keys: { [key]: "search" } }), /which no terminal sends/, key);
  }
  throws(() => preferencesOf({ keys: { "ctrl+g": "serch" } }), /which is no command/);
  const known = [
    "ctrl+g",
    "picker.ctrl+g",
    "alt+up",
    "f5",
    "A",
    "é",
    "ctrl+ ",
    "ctrl+alt+x",
    "alt+A",
    "+",
    ".",
  ];
  for (const key of known) preferencesOf({ keys: { [key]: "search", x: "" } });
});
