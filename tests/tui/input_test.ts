import fc from "fast-check";
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { utf8 } from "../../lib/wire/bytes.ts";
import { type InputEvent, InputReader } from "../../tui/terminal/input.ts";

const read = (text: string): InputEvent[] => {
  const reader = new InputReader();
  const events = reader.feed(utf8(text), 1000);
  return reader.waitMs === undefined ? events : [...events, ...reader.flush(1100)];
};
const keys = (text: string): string[] =>
  read(text).map((event) => event.kind === "key" ? event.key : `<${event.kind}>`);

Deno.test("Input knows the keys of terminals", () => {
  deepStrictEqual(keys("aé日👍"), ["a", "é", "日", "👍"]);
  deepStrictEqual(keys("\r\n\t\x7f\x03\x0b\x1b"), [
    "enter",
    "ctrl+j",
    "tab",
    "backspace",
    "ctrl+c",
    "ctrl+k",
    "esc",
  ]);
  deepStrictEqual(keys("\x1b\r\x1bb\x1bB"), ["alt+enter", "alt+b", "alt+B"]);
  deepStrictEqual(keys("\x1b[A\x1bOB\x1b[1;3A\x1b[1;5C\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[Z"), [
    "up",
    "down",
    "alt+up",
    "ctrl+right",
    "pageup",
    "pagedown",
    "home",
    "end",
    "shift+tab",
  ]);
  deepStrictEqual(keys("\x1b[13;2u\x1b[27u\x1b[99;5u\x1b[27;2;13~\x1b[97;2u"), [
    "shift+enter",
    "esc",
    "ctrl+c",
    "shift+enter",
    "A",
  ]);
});

Deno.test("Input takes Esc and Ctrl with a letter that a slow line brings together as both", () => {
  deepStrictEqual(keys("\x1b\x13\x1b\x03\x1b\x0bx"), [
    "esc",
    "ctrl+s",
    "esc",
    "ctrl+c",
    "esc",
    "ctrl+k",
    "x",
  ]);
  deepStrictEqual(keys("\x1b\r\x1b\x7f"), ["alt+enter", "alt+backspace"]);
});

Deno.test("Input knows what the Linux console, rxvt and PuTTY call their keys, and types none of it", () => {
  deepStrictEqual(keys("\x1b[[A\x1b[[E\x1b[[Zx"), ["f1", "f5", "x"]);
  deepStrictEqual(keys("\x1b[11~\x1b[12~\x1b[13~\x1b[14~\x1bOP"), ["f1", "f2", "f3", "f4", "f1"]);
  deepStrictEqual(keys("\x1bOa\x1bOb\x1bOc\x1bOd"), ["ctrl+up", "ctrl+down", "ctrl+right", "ctrl+left"]);
  deepStrictEqual(keys("\x1b[7~\x1b[8~\x1b[7^\x1b[8^"), ["home", "end", "ctrl+home", "ctrl+end"]);
  const reader = new InputReader();
  const cut = [..."\x1b[[Ax"].flatMap((one, i) => reader.feed(utf8(one), i));
  deepStrictEqual(cut.map((event) => event.kind === "key" && event.key), ["f1", "x"]);
});

Deno.test("A click is the first button as it goes down, with no key held", () => {
  deepStrictEqual(read("\x1b[<0;1;1M\x1b[<0;1;1m\x1b[<0;300;24M"), [
    { kind: "click", column: 0, row: 0 },
    { kind: "click", column: 299, row: 23 },
  ]);
  // Other buttons, Shift and Ctrl, moving with a button held, and what no terminal says.
  deepStrictEqual(read("\x1b[<1;1;1M\x1b[<2;1;1M\x1b[<4;1;1M\x1b[<16;1;1M\x1b[<32;1;1M"), []);
  deepStrictEqual(read("\x1b[<0;0;1M\x1b[<0;1M\x1b[<0M\x1b[<M\x1b[<;;M"), []);
});

Deno.test("Input tells focus, the wheel and what a terminal answers", () => {
  deepStrictEqual(read("\x1b[I\x1b[O"), [{ kind: "focus", focused: true }, {
    kind: "focus",
    focused: false,
  }]);
  // A wheel that is tilted, or a finger that goes to the side, moves nothing up or down.
  deepStrictEqual(read("\x1b[<64;10;5M\x1b[<65;10;5M\x1b[<66;1;1M\x1b[<67;1;1M"), [
    { kind: "wheel", rows: -3, column: 9 },
    { kind: "wheel", rows: 3, column: 9 },
  ]);
  deepStrictEqual(read("\x1b[?1u\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b]11;rgb:0000/0000/0000\x07\x1b[?62;c"), [
    { kind: "kitty" },
    { kind: "background", light: true },
    { kind: "background", light: false },
    { kind: "attributes" },
  ]);
  deepStrictEqual(read("\x1bP1$r0m\x1b\\\x1b_x\x1b\\a"), [{ kind: "key", key: "a" }]);
});

Deno.test("A paste is one text, also when it holds its own end mark", () => {
  deepStrictEqual(read("\x1b[200~one\rtwo\x1b[201~"), [{ kind: "paste", text: "one\ntwo" }]);
  deepStrictEqual(read("\x1b[200~rm\x1b[201~\rx\x1b[201~"), [
    { kind: "paste", text: "rm" },
    { kind: "paste", text: "\n" },
    { kind: "key", key: "x" },
  ]);
  deepStrictEqual(read("\x1b[200~never ended"), [{ kind: "paste", text: "never ended" }]);
});

Deno.test("The end mark of a paste that is too long is found wherever it is cut", () => {
  const long = "x".repeat(1 << 20);
  for (let at = 0; at <= 6; at++) {
    const reader = new InputReader();
    const events = [`\x1b[200~${long}`, `${long}${"\x1b[201~".slice(0, at)}`, "\x1b[201~".slice(at) + "a"]
      .flatMap((text, i) => reader.feed(utf8(text), 1000 * i));
    deepStrictEqual(events.map((event) => event.kind === "paste" ? event.text.slice(0, 2) : event), [
      "xx",
      { kind: "key", key: "a" },
    ]);
  }
});

Deno.test("Where the bytes are cut makes no difference", () => {
  const piece = fc.constantFrom(
    "a",
    "日",
    "\x1b[1;5C",
    "\x1b[200~p\x1b[201~",
    "\x1b[I",
    "\x1bOA",
    "\x1b[?1u",
    "\t",
  );
  fc.assert(fc.property(fc.array(piece), fc.integer({ min: 1, max: 3 }), (pieces, size) => {
    const bytes = utf8(pieces.join(""));
    const whole = new InputReader().feed(bytes, 0);
    const reader = new InputReader();
    const parts: InputEvent[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      parts.push(...reader.feed(bytes.subarray(at, at + size), 0));
    }
    deepStrictEqual(parts, whole);
  }));
});

Deno.test("No bytes hang or break it", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
    const reader = new InputReader();
    for (const chunk of chunks) reader.feed(chunk, 0);
    reader.flush(1);
    strictEqual(reader.waitMs, undefined);
  }));
});
