/**
 * What comes from a terminal, as keys, pastes and reports. A machine: bytes in, events out, and a question for how
 * long an Esc may still become something else.
 *
 * Keys have names: a character as it is, `enter`, `tab`, `esc`, `backspace`, `up` …, with `ctrl+`, `alt+`, `shift+`
 * before them, in this order.
 *
 * @module
 */

/** Something from the terminal. */
export type InputEvent =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "paste"; readonly text: string }
  | { readonly kind: "focus"; readonly focused: boolean }
  /** The wheel, and over which column, from 0. */
  | { readonly kind: "wheel"; readonly rows: number; readonly column: number }
  /** The first button went down; cells from 0. */
  | { readonly kind: "click"; readonly column: number; readonly row: number }
  /** The terminal knows the kitty keyboard protocol. */
  | { readonly kind: "kitty" }
  /** Its background; `light` when it is nearer to white. */
  | { readonly kind: "background"; readonly light: boolean }
  /** The answer that every terminal gives: what has not answered by now will not. */
  | { readonly kind: "attributes" };

/** How long a lone Esc waits for what it may begin, milliseconds. */
const ESC_MS = 50;
/** A line end this soon behind a paste is part of it: a pasted text can hold the end mark. */
const PASTE_TAIL_MS = 30;
/** A paste whose end never comes is taken as it is after this. */
const PASTE_IDLE_MS = 1000;
/** Longest sequence; what is longer is not one. */
const MAX_SEQUENCE = 256;
/** Longest paste that is taken whole: far more than a message can hold. */
const MAX_PASTE = 1 << 20;

const PASTE_BEGIN = "\x1b[200~";
const PASTE_END = "\x1b[201~";

const FINALS: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
  Z: "shift+tab",
};
/** Behind `\x1bO`, with Ctrl, in rxvt. */
const RXVT: Readonly<Record<string, string>> = {
  a: "ctrl+up",
  b: "ctrl+down",
  c: "ctrl+right",
  d: "ctrl+left",
};
/** Behind `\x1b[[`. */
const CONSOLE: Readonly<Record<string, string>> = { A: "f1", B: "f2", C: "f3", D: "f4", E: "f5" };
const NUMBERS: Readonly<Record<string, string>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12",
};
const CODES: Readonly<Record<number, string>> = {
  9: "tab",
  13: "enter",
  27: "esc",
  32: " ",
  127: "backspace",
};

const NAMED: readonly string[] = [
  ...Object.values(FINALS),
  ...Object.values(NUMBERS),
  ...Object.values(CODES),
];

/** Whether a key can ever come by this name: `ctrl+g`, `alt+up`, `A`; never `ctlr+g`, `alt+ctrl+g`, `ctrl+G`, `shift+a`. */
export function isKeyName(name: string): boolean {
  const [, ctrl, alt, shift, base] = /^(ctrl\+)?(alt\+)?(shift\+)?(.+)$/su.exec(name) ?? [];
  if (base === undefined) return false;
  if (NAMED.includes(base)) return true;
  const isLetter = base.toUpperCase() !== base.toLowerCase();
  if (isLetter && ctrl !== undefined && base !== base.toLowerCase()) return false;
  if (isLetter && ctrl === undefined && alt === undefined && shift !== undefined) return false;
  return [...base].length === 1;
}

/** Reads a terminal. */
export class InputReader {
  readonly #decoder = new TextDecoder();
  #held = "";
  #paste: string | undefined;
  #pastedMs = -Infinity;

  /** After how many milliseconds without a byte to call {@link flush}; undefined: nothing waits. */
  get waitMs(): number | undefined {
    if (this.#paste !== undefined) return PASTE_IDLE_MS;
    return this.#held === "" ? undefined : ESC_MS;
  }

  /** Takes bytes, cut anywhere. @param nowMs  Any clock that does not go back. */
  feed(bytes: Uint8Array, nowMs: number): InputEvent[] {
    this.#held += this.#decoder.decode(bytes, { stream: true });
    return this.#read(nowMs, false);
  }

  /** Nothing more came: what waits is what it looks like. */
  flush(nowMs: number): InputEvent[] {
    if (this.#paste !== undefined) this.#held += PASTE_END;
    return this.#read(nowMs, true);
  }

  #read(nowMs: number, isFinal: boolean): InputEvent[] {
    const events: InputEvent[] = [];
    while (this.#held !== "") {
      if (this.#paste !== undefined) {
        if (!this.#pasteUntilEnd(events, nowMs)) break;
        continue;
      }
      const length = sequenceLength(this.#held);
      if (length === 0 && !isFinal) break;
      const sequence = this.#held.slice(0, length || 1);
      this.#held = this.#held.slice(sequence.length);
      if (sequence === PASTE_BEGIN) this.#paste = "";
      else events.push(...this.#eventsOf(sequence, nowMs));
    }
    return events;
  }

  /** Whether the end was there. */
  #pasteUntilEnd(events: InputEvent[], nowMs: number): boolean {
    const text = this.#paste! + this.#held;
    const end = text.indexOf(PASTE_END);
    if (end < 0) {
      // The end mark may be cut: of what is too long its beginning is kept as well.
      this.#paste = text.length <= MAX_PASTE
        ? text
        : text.slice(0, MAX_PASTE) + text.slice(1 - PASTE_END.length);
      this.#held = "";
      return false;
    }
    events.push({ kind: "paste", text: text.slice(0, end).replace(/\r\n?/g, "\n") });
    this.#held = text.slice(end + PASTE_END.length);
    this.#paste = undefined;
    this.#pastedMs = nowMs;
    return true;
  }

  #eventsOf(sequence: string, nowMs: number): InputEvent[] {
    const event = eventOf(sequence);
    if (event?.kind === "key" && nowMs - this.#pastedMs < PASTE_TAIL_MS) {
      this.#pastedMs = nowMs;
      if (event.key === "enter" || event.key === "ctrl+j") return [{ kind: "paste", text: "\n" }];
    }
    return event ? [event] : [];
  }
}

/** How many characters of a text are its first key or sequence; 0 when it may go on. */
function sequenceLength(text: string): number {
  if (text[0] !== "\x1b") return String.fromCodePoint(text.codePointAt(0)!).length;
  if (text.length === 1) return 0;
  const second = text[1];
  // F1 to F5 of the Linux console.
  if (text.startsWith("\x1b[[")) return text.length > 3 ? 4 : 0;
  if (second === "[") {
    // deno-lint-ignore no-control-regex
    const match = /^\x1b\[[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]/.exec(text);
    if (match) return match[0].length;
    // deno-lint-ignore no-control-regex
    return /^\x1b\[[\x20-\x3f]*$/.test(text) && text.length < MAX_SEQUENCE ? 0 : 2;
  }
  if (second === "O") return text.length > 2 ? 3 : 0;
  if (second === "]" || second === "P" || second === "_") {
    // deno-lint-ignore no-control-regex
    const match = /^\x1b[\]P_][^\x07\x1b]*(?:\x07|\x1b\\)/.exec(text);
    if (match) return match[0].length;
    return text.length < MAX_SEQUENCE ? 0 : 2;
  }
  // No key is Alt with Ctrl and a letter here: Esc came, and then that. Alt with Enter or Backspace are keys.
  // deno-lint-ignore no-control-regex
  if (/[\x01-\x07\x0b\x0c\x0e-\x1b]/.test(second)) return 1;
  return 1 + String.fromCodePoint(text.codePointAt(1)!).length;
}

function eventOf(sequence: string): InputEvent | undefined {
  if (sequence[0] !== "\x1b") return keyEvent(plainKey(sequence));
  if (sequence === "\x1b") return keyEvent("esc");
  if (sequence === "\x1b[I" || sequence === "\x1b[O") {
    return { kind: "focus", focused: sequence.endsWith("I") };
  }
  if (sequence.startsWith("\x1b]11;")) return background(sequence);
  if (/^.[\]P_]/s.test(sequence)) return undefined;
  if (sequence.startsWith("\x1b[[")) return keyEvent(CONSOLE[sequence[3]]);
  if (sequence.startsWith("\x1b[")) return control(sequence.slice(2));
  if (sequence.startsWith("\x1bO")) return keyEvent(FINALS[sequence[2]] ?? RXVT[sequence[2]]);
  const key = plainKey(sequence.slice(1));
  return keyEvent(key === undefined ? undefined : withModifiers(key, 2));
}

/** The key of a character that stands alone. */
function plainKey(character: string): string | undefined {
  const code = character.codePointAt(0)!;
  if (character === "\r") return "enter";
  if (character === "\t") return "tab";
  if (character === "\n") return "ctrl+j";
  if (code === 127 || code === 8) return "backspace";
  if (code === 0) return "ctrl+ ";
  if (code < 27) return `ctrl+${String.fromCharCode(96 + code)}`;
  if (code < 32) return `ctrl+${String.fromCharCode(64 + code)}`;
  return code >= 0x80 && code < 0xa0 ? undefined : character;
}

function control(body: string): InputEvent | undefined {
  const final = body.at(-1)!;
  const text = body.slice(0, -1);
  if (text.startsWith("?") && final === "u") return { kind: "kitty" };
  if (text.startsWith("?") && final === "c") return { kind: "attributes" };
  if (text.startsWith("<")) return mouse(text, final);
  const [first = "", second = ""] = text.split(";");
  const bits = (Number.parseInt(second) || 1) - 1;
  if (final === "u") {
    const code = Number.parseInt(first);
    if (!(code > 0 && code <= 0x10ffff)) return undefined;
    const key = CODES[code] ?? (code >= 32 && !isSurrogate(code) ? String.fromCodePoint(code) : undefined);
    return keyEvent(key === undefined ? undefined : withModifiers(key, bits));
  }
  if (final === "~" && first === "27") { // modifyOtherKeys: 27;modifier;code~
    return control(`${text.split(";")[2] ?? 0};${second}u`);
  }
  const key = final === "~" || final === "^" ? NUMBERS[first] : FINALS[final];
  return keyEvent(key === undefined ? undefined : withModifiers(key, final === "^" ? 4 : bits));
}

/** `<button;column;row`, cells from 1, and `M` for what went down. With Shift, Alt or Ctrl it is no click of ours. */
function mouse(text: string, final: string): InputEvent | undefined {
  const [button, column, row] = text.slice(1).split(";").map((one) => Number.parseInt(one));
  if (final === "M" && button === 0 && column > 0 && row > 0) {
    return { kind: "click", column: column - 1, row: row - 1 };
  }
  if (final !== "M" || (button & 64) === 0 || (button & 2) !== 0) return undefined; // 66, 67: to the sides
  return column > 0 ? { kind: "wheel", rows: (button & 1) === 0 ? -3 : 3, column: column - 1 } : undefined;
}

/** `rgb:rrrr/gggg/bbbb`, one to four digits each. */
function background(sequence: string): InputEvent | undefined {
  const match = /rgba?:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})/i.exec(sequence);
  if (!match) return undefined;
  const [red, green, blue] = match.slice(1).map((hex) => parseInt(hex, 16) / (16 ** hex.length - 1));
  return { kind: "background", light: 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 };
}

/** @param bits  1 shift, 2 alt, 4 ctrl. */
function withModifiers(key: string, bits: number): string {
  const isLetter = key.length === 1 && key.toUpperCase() !== key.toLowerCase();
  if ((bits & 1) !== 0 && isLetter && (bits & 4) === 0) return withModifiers(key.toUpperCase(), bits & ~1);
  const base = (bits & 4) !== 0 && isLetter ? key.toLowerCase() : key;
  const names = [
    (bits & 4) !== 0 ? "ctrl+" : "",
    (bits & 2) !== 0 ? "alt+" : "",
    (bits & 1) !== 0 && !base.startsWith("shift+") ? "shift+" : "",
  ];
  return names.join("") + base;
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xe000;
const keyEvent = (key: string | undefined): InputEvent | undefined =>
  key === undefined ? undefined : { kind: "key", key };
