/**
 * The extension between two of ours: the hello, control frames, and blocks with their digests.
 *
 * @see specification dmsgscp §8; lib/scp/README.md "Extension"
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import { concat, equal, fromHex, fromUtf8, readU32, utf8, writeU32 } from "../../wire/bytes.ts";
import { encodeFrame, type FrameRule } from "../../wire/frame.ts";
import type { LongFrames } from "../../wire/machine.ts";
import { badWire, cutOff } from "../errors.ts";
import { CONTROL_MS, HELLO, Mark, type Wire } from "../wire.ts";

/** Bytes of a block: what is at most sent again after a break. */
export const BLOCK_BYTES: number = 2 ** 20;
/** Bytes of the digest behind each block. */
export const HASH_BYTES = 32;

/** A control frame holds one small object. */
const FRAME: FrameRule = {
  prefixBytes: 4,
  minBytes: 2,
  maxBytes: 4096,
  error: (length) => badWire("frame", `dmsgscp: frame of ${length} bytes`),
};

/** What may carry long frames. */
interface Frames {
  readonly longFrames?: LongFrames;
}

/** What our host answers to a marked role line, in the place of the ready ack or the record. */
export const hello = (wire: Frames = {}): Uint8Array =>
  concat(Uint8Array.of(Mark.warning), utf8(`${HELLO}${JSON.stringify({ v: 2, ...framesOf(wire) })}\n`));

/** Says how long the frames below may be that come; so long ones are taken from now on. */
export const framesOf = ({ longFrames }: Frames): { frames?: number } =>
  longFrames ? { frames: longFrames.take() } : {};

/** Members that a frame may have; unknown ones are ignored. */
export interface Control {
  /** Bytes of the longest frame of the stream below that its sender takes. */
  readonly frames?: number;
  /** `push`, `stream`, `pull`, `stripe`, `many` or `list`. */
  readonly op?: string;
  /** False: `err` says why, in the words of a fatal line. */
  readonly ok?: boolean;
  /** Why not; left out when it is well. */
  readonly err?: string;
  /** Bytes of the file. */
  readonly size?: number;
  /** Permission bits. */
  readonly mode?: number;
  /** When it was changed, milliseconds since 1970. */
  readonly mtime?: number;
  /** How long before 1970 that was, milliseconds; `mtime` is 0 then, which who knows nothing of this takes for it. */
  readonly past?: number;
  /** Stays the same while the source's file does: 32 hex characters. */
  readonly token?: string;
  /** Where to begin: a multiple of a block, or the size. */
  readonly offset?: number;
  /** Blocks of an old version can be left out; in the answer: their digests are told next. */
  readonly reuse?: boolean;
  /** SHA-256 over the digests of the blocks of this stream, 64 hex characters. */
  readonly sent?: string;
  /** Blocks can be packed, or are; see the README. */
  readonly zstd?: boolean;
  /** The copy can go over several streams; in a client's answer: it does. */
  readonly stripes?: boolean;
  /** What further streams of the copy name it by. */
  readonly join?: number;
  /** Of many: a path below the one of the role line. */
  readonly name?: string;
  /** Of many: `file`, `directory` or `other`. */
  readonly kind?: string;
  /** Of many: how many there were. */
  readonly entries?: number;
  /** Of many: so many from the first on are decided. */
  readonly done?: number;
  /** Of many: which one failed, 0 for the first. */
  readonly index?: number;
}

/** Writes a control frame. */
export const writeControl = (wire: Pick<Wire, "write">, control: Control): Promise<void> =>
  wire.write(frameOf(control));

/** The bytes of a control frame. */
export const frameOf = (control: Control): Uint8Array => encodeFrame(FRAME, utf8(JSON.stringify(control)));

/**
 * The same in a buffer.
 * @returns Where it ends; undefined when there may be too little room for it.
 * @throws {ProtocolError} by self: it is longer than a frame may be.
 */
export function frameInto(control: Control, buffer: Uint8Array, at: number): number | undefined {
  const text = JSON.stringify(control);
  const begin = at + FRAME.prefixBytes;
  if (begin + MAX_UNIT_BYTES * text.length > buffer.length) return undefined;
  const { written } = encoder.encodeInto(text, buffer.subarray(begin));
  if (written > FRAME.maxBytes) throw FRAME.error(written);
  writeU32(buffer, at, written);
  return begin + written;
}

const encoder = new TextEncoder();
/** Bytes of a UTF-16 unit, at most. */
const MAX_UNIT_BYTES = 3;

/**
 * Reads a control frame.
 * @throws {CopyError} broken: the stream ended. @throws {ProtocolError} by peer `frame`.
 */
export async function readControl(wire: Wire, limitMs: number = CONTROL_MS): Promise<Control> {
  const { reader } = wire;
  const head = reader.here(FRAME.prefixBytes) ?? await reader.exactly(FRAME.prefixBytes, limitMs);
  if (head === undefined) throw cutOff("before the next frame");
  const length = lengthIn(head);
  const payload = reader.here(length) ?? await reader.exactly(length, CONTROL_MS);
  if (payload === undefined) throw cutOff("inside a frame");
  return heard(wire, parseControl(payload));
}

/** The same for one that has come already, without a wait. @returns undefined: it has not, or not all of it. */
export function controlHere(wire: Wire): Control | undefined {
  if (!hasControl(wire)) return undefined;
  const { reader } = wire;
  return heard(wire, parseControl(reader.here(lengthIn(reader.here(FRAME.prefixBytes)!))!));
}

function lengthIn(prefix: Uint8Array): number {
  const length = readU32(prefix, 0);
  if (length < FRAME.minBytes || length > FRAME.maxBytes) throw FRAME.error(length);
  return length;
}

function heard(wire: Wire, control: Control): Control {
  if (control.frames !== undefined) wire.longFrames?.send(control.frames);
  return control;
}

/** Whether a whole control frame has come already. */
export function hasControl({ reader: { held } }: Wire): boolean {
  return held.length >= FRAME.prefixBytes && held.length - FRAME.prefixBytes >= readU32(held, 0);
}

/** Reads the object of a frame. @throws {ProtocolError} by peer `frame`: not one, or a member of another type. */
export function parseControl(payload: Uint8Array): Control {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(payload));
  } catch {
    throw badWire("frame", "dmsgscp: frame is not JSON");
  }
  if (typeof value !== "object" || value === null) throw badWire("frame", "dmsgscp: frame is no object");
  for (const member in value) {
    const found: unknown = (value as Record<string, unknown>)[member];
    const type = TYPES.get(member);
    const fits = type === undefined || (type === "count" ? isCount(found) : typeof found === type);
    if (!fits) throw badWire("frame", `dmsgscp: frame with a wrong ${member}`);
  }
  return value as Control;
}

const TYPES: ReadonlyMap<string, string> = new Map(Object.entries({
  op: "string",
  frames: "count",
  ok: "boolean",
  err: "string",
  size: "count",
  mode: "count",
  mtime: "count",
  past: "count",
  token: "string",
  offset: "count",
  reuse: "boolean",
  sent: "string",
  zstd: "boolean",
  stripes: "boolean",
  join: "count",
  name: "string",
  kind: "string",
  entries: "count",
  done: "count",
  index: "count",
}));

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** Digests of the blocks of one stream, and what they are together. */
export class BlockSum {
  readonly #whole: Digest;
  readonly #make: () => Digest;
  #block: Digest;

  /** Before the first byte. @param make  A fresh SHA-256. */
  constructor(make: () => Digest) {
    this.#make = make;
    this.#whole = make();
    this.#block = make();
  }

  /** Takes bytes of the block. */
  add(bytes: Uint8Array): void {
    this.#block.add(bytes);
  }

  /** Ends the block. @returns Its digest, 32 bytes. */
  end(): Uint8Array {
    const hash = fromHex(this.#block.hex());
    this.#whole.add(hash);
    this.#block = this.#make();
    return hash;
  }

  /** Takes a block by its digest. @returns That. */
  pass(hash: Uint8Array): Uint8Array {
    this.#whole.add(hash);
    return hash;
  }

  /** Of all blocks that have ended or were passed, 64 hex characters. */
  all(): string {
    return this.#whole.hex();
  }
}

/** Whether a text may be a token. */
export const isToken = (text: unknown): text is string =>
  typeof text === "string" && /^[0-9a-f]{32}$/.test(text);

/** The digest of a small file or a block, 32 bytes. */
export function hashOf(bytes: Uint8Array, digest: () => Digest): Uint8Array {
  const sum = digest();
  sum.add(bytes);
  return fromHex(sum.hex());
}

/** Whether two digests are the same. */
export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => equal(a, b);

/** A file's time as a count: nothing before 1970, and 1970 for what no date holds. */
export const timeOf = (mtimeMs: number): number => Math.max(0, Math.trunc(mtimeMs)) || 0;

/** A file's time as frames have it. */
export const timesOf = (mtimeMs: number): Pick<Control, "mtime" | "past"> =>
  mtimeMs <= -1 ? { mtime: 0, past: Math.trunc(-mtimeMs) } : { mtime: timeOf(mtimeMs) };

/** The time in a frame, milliseconds since 1970; undefined when there is none. */
export const timeIn = ({ mtime, past }: Control): number | undefined => past ? -past : mtime;
