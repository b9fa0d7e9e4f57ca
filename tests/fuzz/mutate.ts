/**
 * Makes inputs out of valid ones: seeded, and aware of what decoders look at (lengths, nesting, repetition).
 *
 * @module
 */
import { concat, utf8 } from "../../lib/wire/bytes.ts";

/** The longest input. */
export const MAX_INPUT_BYTES = 64 * 1024;

/** Fast numbers from a seed; not for secrets. */
export class Dice {
  #state: number;

  /** @param seed  Any text; another text, other numbers. */
  constructor(seed: string) {
    this.#state = 0x811c9dc5;
    for (const byte of utf8(seed)) this.#state = Math.imul(this.#state ^ byte, 0x01000193);
  }

  /** 0 … 2^32-1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** 0 … limit-1. */
  below(limit: number): number {
    return Math.floor(this.next() / 0x100000000 * limit);
  }

  /** One of a list. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** A length of 0 … most, small ones more often. */
  length(most: number): number {
    return Math.floor(most ** (this.next() / 0x100000000)) - (this.below(2) && most > 0 ? 1 : 0);
  }

  /** Random bytes. */
  bytes(count: number): Uint8Array {
    const out = new Uint8Array(count);
    for (let i = 0; i < count; i++) out[i] = this.next();
    return out;
  }
}

/** What to put in: numbers at the edges of their range, and words that parsers of texts trip over. */
const BINARY: readonly Uint8Array[] = [
  [0],
  [1],
  [0x7f],
  [0x80],
  [0xff],
  [0, 0],
  [0xff, 0xff],
  [0x0f, 0xff],
  [0x10, 0],
  [0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff],
  [0x7f, 0xff, 0xff, 0xff],
  [0, 1, 0, 1],
  [0, 4, 0, 0],
  [0, 0, 0, 0, 0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0, 0x20, 0, 0, 0, 0, 0, 0],
  [0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // gob: 2^64-1
  [0xfc, 0xff, 0xff, 0xff, 0xff], // gob: 2^32-1
  [0xff, 0x81, 0x03, 0x01],
].map((bytes) => Uint8Array.from(bytes));

const WORDS: readonly Uint8Array[] = [
  '"',
  "\\",
  "\\u0000",
  "\\ud800",
  "{}",
  "[]",
  "[[[[",
  "{{",
  "}",
  ":",
  ",",
  "~",
  "0x",
  "_",
  "null",
  "true",
  "-1",
  "-0",
  "1e999",
  "18446744073709551616",
  "9223372036854775808",
  "0.1",
  '"__proto__":',
  '"constructor":',
  '"sk":',
  '{"type":"chat-msg","body":"x"}',
  '{"skychat_reply":{"text":"x"}}',
  "\u001b[2J",
  "\u202e",
  "\u2028",
  "\ufeff",
  "\ufffd",
  "dmsg://",
  "/",
  "%00",
  "\r\n",
  "\n",
  " ",
  "\t",
  "2026-05-12T10:00:00Z",
].map(utf8);

type Mutation = (input: Uint8Array, dice: Dice, seeds: readonly Uint8Array[]) => Uint8Array;

const cut = (input: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array =>
  concat(input.subarray(0, from), middle, input.subarray(to));

/** A place and a length within an input. */
function range(input: Uint8Array, dice: Dice): [number, number] {
  const from = dice.below(input.length + 1);
  return [from, Math.min(input.length, from + dice.length(input.length - from + 1))];
}

/** Repeats bytes up to some length. */
function repeated(block: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  if (block.length > 0) {
    for (let at = 0; at < length; at += block.length) out.set(block.subarray(0, length - at), at);
  }
  return out;
}

const MUTATIONS: readonly Mutation[] = [
  function flip(input, dice) {
    const out = input.slice();
    for (let i = dice.below(4); i >= 0 && out.length > 0; i--) {
      out[dice.below(out.length)] ^= 1 << dice.below(8);
    }
    return out;
  },
  (input, dice) => input.slice(0, dice.below(input.length + 1)), // truncation
  (input, dice) => input.slice(Math.max(0, input.length - 1 - dice.below(8))),
  (input, dice) => cut(input, ...range(input, dice), new Uint8Array(0)),
  function duplicate(input, dice) {
    const [from, to] = range(input, dice);
    return cut(input, to, to, input.subarray(from, to));
  },
  function overwrite(input, dice) {
    const token = dice.of(dice.below(2) ? BINARY : WORDS);
    const at = dice.below(input.length + 1);
    return cut(input, at, Math.min(input.length, at + token.length), token);
  },
  function insert(input, dice) {
    const at = dice.below(input.length + 1);
    return cut(input, at, at, dice.of(dice.below(2) ? BINARY : WORDS));
  },
  function insertRandom(input, dice) {
    const at = dice.below(input.length + 1);
    return cut(input, at, at, dice.bytes(dice.length(300)));
  },
  function splice(input, dice, seeds) {
    const other = dice.of(seeds);
    return concat(
      input.subarray(0, dice.below(input.length + 1)),
      other.subarray(dice.below(other.length + 1)),
    );
  },
  (input, dice, seeds) => concat(input, dice.of(seeds)),
  function many(input, dice) { // the input again and again
    return repeated(input, input.length * (1 + dice.length(MAX_INPUT_BYTES / (input.length + 1))));
  },
  function blow(input, dice) { // a short run in it becomes a long one
    const [from, to] = range(input, dice);
    const block = input.slice(from, Math.min(to, from + 16));
    return cut(input, from, to, repeated(block, dice.length(MAX_INPUT_BYTES)));
  },
  function nest(input, dice) {
    const [open, close] = dice.of([["[", "]"], ['{"a":', "}"], ["(", ")"], ['["', '"]']]);
    const at = dice.below(input.length + 1);
    const depth = dice.length(Math.floor(MAX_INPUT_BYTES / (open.length + close.length)));
    return cut(input, at, at, utf8(open.repeat(depth) + close.repeat(depth)));
  },
  function digits(input, dice) { // a digit becomes many
    const at = input.findIndex((byte, i) => byte >= 0x30 && byte <= 0x39 && i >= dice.below(input.length));
    return at < 0 ? input : cut(input, at, at + 1, utf8("9".repeat(dice.length(MAX_INPUT_BYTES))));
  },
  (_input, dice) => dice.bytes(dice.length(MAX_INPUT_BYTES)),
];

const filled = (block: Uint8Array | readonly number[]): Uint8Array =>
  repeated(Uint8Array.from(block), MAX_INPUT_BYTES);

/** Inputs that every decoder gets, whatever it decodes. */
export const EXTREMES: readonly Uint8Array[] = [
  new Uint8Array(0),
  Uint8Array.of(0),
  Uint8Array.of(0xff),
  filled([0]),
  filled([0xff]),
  filled([1]),
  filled([0x80]),
  filled([0, 1, 0xaa]), // frames of 1 byte behind a u16
  filled([0, 0, 0, 1, 0xaa]), // behind a u32
  filled([0, 0]), // frames of 0 bytes
  filled([0, 8, 0, 0, 0, 0, 0, 0, 0, 1]),
  filled([0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]), // yamux: SYN of stream 1 again and again
  filled([0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7]), // pings
  filled([0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0]), // data of 1 byte on an unknown stream
  concat(Uint8Array.of(0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0), filled([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0])),
  concat(Uint8Array.of(0, 1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0), filled([0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0])),
  opens(1),
  opens(2),
  filled(utf8("[")),
  filled(utf8('{"a":')),
  filled(utf8('"')),
  filled(utf8("\\")),
  filled(utf8(" ")),
  filled(utf8("9")),
  filled(utf8(":")),
  filled(utf8("\u001b")),
  filled(utf8("\u202e")),
  filled(utf8("{}\n")),
  utf8("[".repeat(MAX_INPUT_BYTES / 2) + "]".repeat(MAX_INPUT_BYTES / 2)),
  utf8('{"a":'.repeat(10_000) + "1" + "}".repeat(10_000)),
  utf8(`{${Array.from({ length: 5000 }, (_, i) => `"k${i}":${i}`).join(",")}}`),
].map((input) => input.slice(0, MAX_INPUT_BYTES));

/** SYNs of as many streams as fit, from an id on. */
function opens(first: number): Uint8Array {
  const out = new Uint8Array(MAX_INPUT_BYTES - MAX_INPUT_BYTES % 12);
  const view = new DataView(out.buffer);
  for (let at = 0, id = first; at < out.length; at += 12, id += 2) {
    out[at + 1] = 1;
    out[at + 3] = 1;
    view.setUint32(at + 4, id);
  }
  return out;
}

/**
 * The input of a number: first the extremes, then the seeds as they are, then mutated seeds for ever.
 * @param seeds  One or more.
 * @param dice  Decides everything that is random.
 */
export function inputOf(index: number, seeds: readonly Uint8Array[], dice: Dice): Uint8Array {
  if (index < EXTREMES.length) return EXTREMES[index];
  if (index < EXTREMES.length + seeds.length) return seeds[index - EXTREMES.length];
  let input = dice.of(seeds);
  for (let i = dice.below(3); i >= 0; i--) {
    input = dice.of(MUTATIONS)(input, dice, seeds).subarray(0, MAX_INPUT_BYTES);
  }
  return input;
}

/** Cuts an input at random: into single bytes, into a few pieces, or anything between. */
export function* piecesOf(input: Uint8Array, dice: Dice): Generator<Uint8Array> {
  const most = dice.of([1, 2, 7, 13, 100, 1000, 20_000]);
  // A copy, overwritten afterwards: whoever keeps a view of a chunk is found out.
  for (let at = 0; at < input.length;) {
    const piece = input.slice(at, at + 1 + dice.below(input.length > 4096 ? Math.max(100, most) : most));
    at += piece.length;
    yield piece;
    piece.fill(0xee);
  }
}
