/**
 * Text out of bytes that a person or a program gives. What is no UTF-8 is refused, not replaced: the peer would get
 * something else than what was given, and its ack would say that all is well.
 *
 * @module
 */
import { concat } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";

/** Stands for what could not be decoded; the runtime puts it into arguments. */
const REPLACEMENT = "\uFFFD";

const HINT =
  "Messages are text. Send bytes with `dmsg nc PK:PORT <FILE`, or as text: `base64 FILE | dmsg send PK`.";

/** A piece of text, and why nothing can follow it. */
export interface Piece {
  /** What could be decoded. */
  readonly text: string;
  /** The bytes behind it are no UTF-8: usage. */
  readonly error?: UserError;
}

/** Decodes bytes in pieces of any size. */
export class StrictText {
  #tail: Uint8Array = new Uint8Array(0);
  #offset = 0;

  /**
   * More bytes.
   * @returns Their text as far as it is whole, without a character that is still incomplete.
   */
  push(bytes: Uint8Array): Piece {
    const all = this.#tail.length === 0 ? bytes : concat(this.#tail, bytes);
    const whole = wholeBytes(all);
    const good = goodBytes(all.subarray(0, whole));
    const text = decoded(all.subarray(0, good))!;
    const error = good < whole ? notUtf8(this.#offset + good, all[good]) : undefined;
    this.#offset += good;
    this.#tail = all.slice(whole);
    return { text, error };
  }

  /** The end. @returns An error when it is in the middle of a character. */
  end(): UserError | undefined {
    return this.#tail.length === 0 ? undefined : notUtf8(this.#offset, this.#tail[0]);
  }
}

/**
 * The text of bytes.
 * @throws {UserError} usage: they are no UTF-8; names the first byte that is not, counted from 0.
 */
export function strictText(bytes: Uint8Array): string {
  const reader = new StrictText();
  const { text, error = reader.end() } = reader.push(bytes);
  if (error) throw error;
  return text;
}

/**
 * Refuses an argument in which the runtime has replaced bytes.
 * @throws {UserError} usage.
 */
export function checkArgument(text: string): void {
  if (!text.includes(REPLACEMENT)) return;
  throw new UserError("The text is not UTF-8, or holds the character that stands for such bytes (U+FFFD)", {
    kind: "usage",
    hint: "Give it on standard input, where each byte is looked at.",
  });
}

const notUtf8 = (offset: number, byte: number): UserError =>
  new UserError(
    `Standard input is not UTF-8: byte ${offset} (0x${byte.toString(16).padStart(2, "0")}) is no text`,
    { kind: "usage", hint: HINT },
  );

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** How many bytes are there without a last character whose other bytes are still to come. */
function wholeBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) break;
    if (byte < 0xc0) continue; // not the first one of a character
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** How many bytes from the start are text. */
function goodBytes(bytes: Uint8Array): number {
  if (decoded(bytes) !== undefined) return bytes.length;
  let [good, bad] = [0, bytes.length];
  while (bad - good > 4) {
    const middle = (good + bad) >> 1;
    const end = wholeBytes(bytes.subarray(0, middle));
    if (end > good && decoded(bytes.subarray(0, end)) !== undefined) good = end;
    else bad = middle;
  }
  for (let end = bad + 3; end > good; end--) {
    if (end <= bytes.length && decoded(bytes.subarray(good, end)) !== undefined) return end;
  }
  return good;
}
