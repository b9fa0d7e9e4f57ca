/** Screens as rows of text. `deno task screens` writes them anew: look at what changed. */
import { ok, strictEqual } from "node:assert/strict";
import { utf8 } from "../../lib/wire/bytes.ts";
import { PICTURE, picture } from "../../scripts/screen_svg.ts";
import { Screen } from "../../tui/drawing/screen.ts";
import { widthOf } from "../../tui/drawing/width.ts";
import { Emulator } from "./emulator.ts";
import { asText, newWorld, SIZES, walk } from "./journey.ts";
import { ALICE } from "./stage.ts";

const fileOf = (columns: number, rows: number): URL =>
  new URL(`golden/${columns}x${rows}.txt`, import.meta.url);

for (const [columns, rows] of SIZES) {
  Deno.test(`Screens at ${columns}×${rows} are those that were looked at`, async () => {
    const pictures = walk(columns, rows);
    for (const { name, rows: lines } of pictures) {
      strictEqual(lines.length, rows, name);
      for (const line of lines) ok(widthOf(line) <= columns, `${name}: ${line}`);
    }
    strictEqual(asText(pictures), await Deno.readTextFile(fileOf(columns, rows)));
  });
}

Deno.test("A terminal shows the rows cell by cell, keys and resizes in between", async () => {
  const stage = newWorld(80, 24);
  const emulator = new Emulator(80, 24);
  const screen = new Screen(80, 24, "256", "dark");
  const keys = [
    "\r",
    "h",
    "i",
    "\r",
    "\x1b[1;3A",
    "\x1b[A",
    "r",
    "x\x1b\ry",
    "\x1b",
    "\x1b[5~",
    "\x0b",
    "se",
    "\x1b",
  ];
  for (const [i, key] of keys.entries()) {
    stage.type(key);
    if (i % 4 === 3) {
      const [columns, rows] = SIZES[i % SIZES.length];
      stage.resize(columns, rows);
      emulator.resize(columns, rows);
      screen.resize(columns, rows);
    }
    const { frame } = stage;
    await emulator.write(screen.paint(frame));
    strictEqual(emulator.rows().join("\n"), stage.screen.join("\n"), `after key ${i}`);
    if (frame.cursor) strictEqual(JSON.stringify(emulator.cursor), JSON.stringify(frame.cursor));
  }
  strictEqual(emulator.bytes.split("\x1b[2J").length - 1, 1, "cleared once");
});

Deno.test("At 80×24 a key costs at most 64 bytes, a message at most 1 KiB, nothing costs nothing", () => {
  const stage = newWorld(80, 24);
  for (let n = 0; n < 60; n++) {
    stage.receive(ALICE, { text: `message ${n} with some words that differ: ${n * 7919}` });
  }
  stage.type("f");
  stage.type("alice\r");
  const screen = new Screen(80, 24, "256", "dark");
  const bytes = (): number => utf8(screen.paint(stage.frame)).length;
  bytes();
  strictEqual(bytes(), 0);
  for (const letter of "the quick brown fox, über 日本 and back") {
    stage.type(letter);
    const cost = bytes();
    ok(cost > 0 && cost <= 64, `${letter}: ${cost} bytes`);
  }
  stage.type("\x7f");
  ok(bytes() <= 64, "backspace");
  for (let n = 0; n < 40; n++) {
    stage.receive(ALICE, { text: `${n} ${"many words ".repeat(n % 12)}https://example.org/${n}` });
    const cost = bytes();
    ok(cost > 0 && cost <= 1024, `message ${n}: ${cost} bytes`);
  }
});

Deno.test("The picture in README.md is what the program shows", async () => {
  strictEqual(picture(), await Deno.readTextFile(PICTURE));
});

if (import.meta.main && Deno.args.includes("write")) {
  await Deno.mkdir(new URL("golden", import.meta.url), { recursive: true });
  for (const [columns, rows] of SIZES) {
    await Deno.writeTextFile(fileOf(columns, rows), asText(walk(columns, rows)));
  }
}
