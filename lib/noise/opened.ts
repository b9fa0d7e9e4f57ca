/**
 * Opened text that waits for its reader, in buffers that are used again.
 *
 * What is opened while nobody has taken the text before it goes behind that text, as far as there is room: a reader
 * that is slower than the network gets few long views instead of many short ones. Each view costs the reader a turn of
 * the event loop, and where it writes to a pipe two switches to another thread.
 *
 * @see lib/noise/README.md "The bulk path"
 * @module
 */
import { MAX_FRAME_BYTES } from "./transport.ts";

/** A large buffer: two reads of a socket and the frame that straddled into the first of them. */
export const BUFFER_BYTES: number = 128 * 1024 + MAX_FRAME_BYTES;
/** Up to this a buffer is made to fit: a message in a chat must not cost a large one. */
const SMALL_BYTES = 16 * 1024;
/** Large buffers that are kept: more than a window of unread text is never there. */
const POOL_BUFFERS = 3;

/** A piece of text with one reader. */
export interface Opened {
  /** The text. */
  readonly plain: Uint8Array;
  /** Bytes of the wire that it took: what the peer gets back as window. */
  readonly cost: number;
}

/** Text in a buffer that may have room behind it. */
interface Growing {
  readonly buffer: Uint8Array;
  usedBytes: number;
  /** Of them the reader has so many. */
  takenBytes: number;
  /** Of those that it has not. */
  cost: number;
}

/** First in, first out, for one reader. */
export class OpenedText {
  readonly #pieces: Growing[] = [];
  #pool: Uint8Array[] = [];
  #taken: Uint8Array | undefined;
  #room: Growing | undefined;

  /** Whether there is text to take. */
  get waits(): boolean {
    return this.#pieces.length > 0;
  }

  /**
   * Where the next text goes.
   * @param bytes  How much may be written at most.
   * @returns The buffer and the place in it; it is text once {@link add} has said so.
   */
  roomFor(bytes: number): { readonly buffer: Uint8Array; readonly at: number } {
    const last = this.#pieces.at(-1);
    if (last && last.buffer.length - last.usedBytes >= bytes) this.#room = last;
    else this.#room = { buffer: this.#buffer(bytes, last), usedBytes: 0, takenBytes: 0, cost: 0 };
    return { buffer: this.#room.buffer, at: this.#room.usedBytes };
  }

  /**
   * Adds what was written into the last room.
   * @param writtenBytes  0 gives the room up.
   * @param cost  See {@link Opened}.
   */
  add(writtenBytes: number, cost: number): void {
    const room = this.#room;
    this.#room = undefined;
    if (!room) return;
    const isNew = room.usedBytes === 0;
    if (writtenBytes === 0) {
      if (isNew) this.#keep(room.buffer);
      return;
    }
    room.usedBytes += writtenBytes;
    room.cost += cost;
    if (isNew) this.#pieces.push(room);
  }

  /**
   * The oldest text. The reader is done with what it took before.
   * @param most  Bytes of it, 1 or more; whole when left out.
   * @returns A view that is valid until the next call; undefined when no text waits.
   */
  take(most = Infinity): Opened | undefined {
    if (this.#taken) this.#keep(this.#taken);
    this.#taken = undefined;
    const next = this.#pieces[0];
    if (!next) return undefined;
    const from = next.takenBytes;
    const left = next.usedBytes - from;
    const count = Math.min(most, left);
    const cost = Math.floor(next.cost * count / left);
    next.takenBytes += count;
    next.cost -= cost;
    if (count === left) this.#taken = this.#pieces.shift()!.buffer;
    return { plain: next.buffer.subarray(from, from + count), cost };
  }

  /** Nobody reads any more. */
  drop(): void {
    this.#pieces.length = 0;
    this.#pool = [];
  }

  /** Behind text that waits each further buffer is twice the last: single bytes must not cost an object each. */
  #buffer(bytes: number, last: Growing | undefined): Uint8Array {
    if (bytes > BUFFER_BYTES) return new Uint8Array(bytes);
    const spare = this.#pool.pop();
    if (spare) return spare;
    const wanted = Math.max(bytes, 2 * (last?.buffer.length ?? 0));
    return new Uint8Array(wanted > SMALL_BYTES ? BUFFER_BYTES : wanted);
  }

  #keep(buffer: Uint8Array): void {
    if (buffer.length === BUFFER_BYTES && this.#pool.length < POOL_BUFFERS) this.#pool.push(buffer);
  }
}
