/**
 * The alphabet of the copier on a stream: acks, warnings, fatal lines, and the time that each may take.
 *
 * @see specification dmsgscp §3.1, §5
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import type { LongFrames } from "../wire/machine.ts";
import { concat, fromUtf8, utf8 } from "../wire/bytes.ts";
import { type Living, silent, type Stream, StreamReader, whileMoving } from "../wire/reading.ts";
import { badWire, cutOff, fatalError } from "./errors.ts";
import { withoutEnd } from "./record.ts";

/** Longest wait for a control line. */
export const CONTROL_MS = 30_000;
/** Longest time in which no byte of a payload moves. */
export const IDLE_MS = 60_000;
/** Longest wait for the last ack: the host has its disk to wait for by then. */
export const FINAL_MS = 120_000;
/** From one sign of life to the next, of a side whose file takes little. */
const SIGN_MS = 10_000;
/** Longest warning or fatal text that is read; Go has no limit. */
export const MAX_TEXT_BYTES = 4096;
/** Longest one that is written. */
const MAX_OWN_TEXT_BYTES = 512;

/** Streams at once of one peer that a host serves, so that it leaves room for others. */
export const MAX_PEER_STREAMS = 8;

/** How a warning begins that is our host's hello, specification §8. */
export const HELLO = "dmsgscp/2 ";

/** The three first bytes of an answer. */
export const Mark = { ack: 0, warning: 1, fatal: 2 } as const;

const LF = 0x0a;

/** What a run needs besides its stream. */
export interface WireOptions {
  /** For the limits. */
  readonly clock: Clock;
  /** Ends the run with its reason. */
  readonly signal?: AbortSignal;
  /** A warning of the peer; its text is not escaped. */
  readonly onWarning?: (text: string) => void;
}

/** One run of the protocol over one stream. */
export class Wire {
  /** Reads what is no answer. */
  readonly reader: StreamReader;
  readonly #stream: Stream;
  readonly #options: WireOptions;
  readonly #living: Living;

  /**
   * The stream is read and written here alone from now on.
   * @param living  Tells whether the other side is there.
   */
  constructor(stream: Stream, options: WireOptions, living: Living = stream) {
    this.#stream = stream;
    this.#options = options;
    this.#living = living;
    this.reader = new StreamReader(stream, options.clock, options.signal);
  }

  /** Measures. */
  get clock(): Clock {
    return this.#options.clock;
  }

  /** What the stream below can do; undefined where it has frames of one length, or none. */
  get longFrames(): LongFrames | undefined {
    return this.#stream.longFrames;
  }

  /** The same run, whose bytes come from elsewhere from now on. */
  reading(from: Pick<Stream, "read">): Wire {
    const stream = this.#stream;
    return new Wire(
      {
        read: () => from.read(),
        write: (bytes) => stream.write(bytes),
        closeWrite: () => stream.closeWrite(),
        close: () => stream.close(),
        ...(stream.sign && { sign: () => stream.sign!() }),
      },
      this.#options,
      this.#living,
    );
  }

  /**
   * Waits for an answer to what was written, while the other side still takes some of it.
   * @param limitMs  Without any sign of that. @throws What `answer` throws, or `late` makes.
   */
  patiently<T>(answer: Promise<T>, limitMs: number, late: () => Error): Promise<T> {
    return whileMoving(this.#living, this.clock, limitMs, answer, late);
  }

  /** See {@link Living}. */
  get moved(): number | undefined {
    return this.#living.moved;
  }

  /**
   * Writes bytes.
   * @param living  What must move meanwhile: this stream, or several that are read in turns.
   * @throws {NetworkError} The stream broke, or nothing moves for a minute.
   */
  write(bytes: Uint8Array, living = this.#living): Promise<void> {
    const { clock, signal } = this.#options;
    return whileMoving(living, clock, IDLE_MS, this.#stream.write(bytes), () => silent(IDLE_MS), signal);
  }

  /** Waits for something, and lets the other side know of each time that it moves on. @throws What it throws. */
  async whileTaking(target: Living, work: Promise<void>): Promise<void> {
    let { moved } = target;
    if (moved === undefined || !this.#stream.sign) return await work;
    const look = (): void => {
      if (target.moved !== moved) this.#stream.sign?.();
      moved = target.moved;
      cancel = this.clock.after(SIGN_MS, look);
    };
    let cancel = this.clock.after(SIGN_MS, look);
    try {
      await work;
    } finally {
      cancel();
    }
  }

  /**
   * Breaks the stream: writes that wait fail. The other side has ended its direction and is gone; a classic server in
   * between takes our bytes all the same, until its window is full.
   */
  abandon(): void {
    if (this.#stream.reset) this.#stream.reset();
    else this.#stream.close();
  }

  /** Writes the one byte that says "go on" or "that was all". */
  ack(): Promise<void> {
    return this.write(Uint8Array.of(Mark.ack));
  }

  /** Writes a fatal line and ends our direction; a stream that is gone already is no matter. */
  async fatal(text: string): Promise<void> {
    try {
      await this.write(fatalLine(text));
      await this.#stream.closeWrite();
    } catch {
      // The peer has left: there is nobody to tell.
    }
  }

  /**
   * Waits for an ack; a warning counts as one.
   * @param when  For the error: where in the run the stream ended.
   * @returns The text of a warning.
   * @throws What {@link fatalError} makes of a fatal line; {@link CopyError} broken: the stream ended.
   * @throws {ProtocolError} by peer `answer`: another byte.
   */
  async awaitAck(limitMs: number, when: string): Promise<string | undefined> {
    const first = await this.reader.byte(limitMs);
    return first === Mark.ack ? undefined : await this.answer(first, when);
  }

  /**
   * Takes an answer of which the first byte was read.
   * @returns The text of a warning, which is told to `onWarning` too unless it is a hello.
   * @throws As {@link awaitAck}.
   */
  async answer(first: number | undefined, when: string): Promise<string> {
    if (first === undefined) throw cutOff(when);
    if (first !== Mark.warning && first !== Mark.fatal) {
      throw badWire("answer", `dmsgscp: unexpected byte 0x${first.toString(16).padStart(2, "0")} from peer`);
    }
    const line = await this.reader.line(MAX_TEXT_BYTES, CONTROL_MS);
    const text = fromUtf8(withoutEnd(line));
    if (first === Mark.fatal || line.at(-1) !== LF) throw fatalError(text);
    if (text.startsWith(HELLO)) this.#greeted(text.slice(HELLO.length));
    else this.#options.onWarning?.(text);
    return text;
  }

  /** Our host's hello: what it says of the frames that it takes holds for what is written from now on. */
  #greeted(json: string): void {
    const frames = /"frames":(\d{4,9})[,}]/.exec(json)?.[1];
    if (frames !== undefined) this.longFrames?.send(Number(frames));
  }

  /**
   * A control line.
   * @param most  Bytes with the LF.
   * @param before  How it begins: bytes that were read.
   * @returns Without LF at its end when it has so many bytes without one, or the stream ended.
   */
  async line(most: number, before: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
    const rest = await this.reader.line(most - before.length, CONTROL_MS);
    return before.length === 0 ? rest : concat(before, rest);
  }
}

/**
 * A line that ends everything.
 * @param text  CR and LF in it become spaces; cut to 512 bytes.
 */
export function fatalLine(text: string): Uint8Array {
  const bytes = utf8(text.replace(/[\r\n]/g, " "));
  let end = Math.min(bytes.length, MAX_OWN_TEXT_BYTES);
  while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) end--; // not inside a character
  return concat(Uint8Array.of(Mark.fatal), bytes.subarray(0, end), Uint8Array.of(LF));
}
