/**
 * A Duplex of sealed frames over a {@link Conduit}: the bulk path of the program.
 *
 * Writing seals as many frames as the window takes (up to 32) into one buffer behind one header below and gives
 * it down once. Reading opens frames in place, straight from the socket's buffer into an output buffer, and
 * returns views of it. Credit goes to the peer when a view is taken: that is the backpressure.
 *
 * @see specification dmsg §9.4; lib/noise/README.md "The bulk path"
 * @module
 */
import type { AeadMaker } from "../crypto/aead.ts";
import { NetworkError } from "../wire/errors.ts";
import type { Conduit, ConduitSink, Duplex } from "../wire/machine.ts";
import type { TransportKeys } from "./handshake_state.ts";
import { OpenedText } from "./opened.ts";
import {
  FrameOpener,
  MAX_FRAME_BYTES,
  MAX_FRAME_PLAINTEXT,
  RECORD_OVERHEAD_BYTES,
  Sealer,
} from "./transport.ts";

/** Frames per write: beyond 32 nothing is gained (bench/README.md "The bulk path"). */
const FRAMES_PER_WRITE = 32;
/** A write at least this long keeps its buffer for the next one. */
const BULK_BYTES = 16 * 1024;
/** Bytes through a stream after which the runtime's faster cipher is worth loading. */
const UPGRADE_AFTER_BYTES = 256 * 1024;

/** The ciphers of a secured stream. */
export interface Ciphers {
  /** Used from the first byte. */
  readonly maker: AeadMaker;
  /** Loads a faster one for streams that turn out long; both give the same bytes. */
  readonly upgrade?: () => Promise<AeadMaker>;
  /** Bytes through the stream, both directions, before `upgrade` is called. Default 256 KiB. */
  readonly upgradeAfterBytes?: number;
}

/** A Duplex in sealed frames. */
export class SecureStream implements Duplex {
  readonly #conduit: Conduit;
  readonly #keys: TransportKeys;
  readonly #ciphers: Ciphers;
  readonly #sealer: Sealer;
  readonly #opener: FrameOpener;
  readonly #opened = new OpenedText();
  #waiting: { resolve(view: Uint8Array | null): void; reject(error: Error): void } | undefined;
  #ended: { error?: Error } | undefined;
  #writing: Promise<void> = Promise.resolve();
  #buffer: Uint8Array | undefined;
  #passedBytes = 0;
  #upgrading: Promise<void> | undefined;
  /** Bytes taken off the wire that no chunk has paid for yet. */
  #uncharged = 0;

  /**
   * Takes the conduit over: bytes that it holds are opened in this call.
   * @param conduit  Carries the frames; its next byte is the first byte of a frame.
   * @param keys  Of the finished handshake.
   */
  constructor(conduit: Conduit, keys: TransportKeys, ciphers: Ciphers) {
    this.#conduit = conduit;
    this.#keys = keys;
    this.#ciphers = ciphers;
    this.#sealer = new Sealer(ciphers.maker(keys.send));
    this.#opener = new FrameOpener(ciphers.maker(keys.receive));
    const sink: ConduitSink = { bytes: (view) => this.#receive(view), end: (error) => this.#end(error) };
    conduit.attach(sink);
  }

  /** The next opened bytes; see {@link Duplex.read}. The peer gets them back as window at once. */
  read(): Promise<Uint8Array | null> {
    if (this.#waiting) return Promise.reject(new TypeError("one read at a time"));
    const next = this.#take();
    if (next) return Promise.resolve(next);
    if (this.#ended) return this.#ended.error ? Promise.reject(this.#ended.error) : Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Seals and sends all bytes; see {@link Duplex.write}. Calls that are not awaited keep their order. */
  write(bytes: Uint8Array): Promise<void> {
    const turn = this.#writing.then(() => this.#write(bytes));
    this.#writing = turn.catch(() => {});
    return turn;
  }

  /** FIN, after the writes before it; see {@link Duplex.closeWrite}. */
  async closeWrite(): Promise<void> {
    await this.#writing;
    await this.#conduit.finish();
  }

  /** Ends both directions and drops what was not read; see {@link Duplex.close}. */
  close(): void {
    this.#conduit.release();
    this.#opened.drop();
    this.#end(new NetworkError("stream is closed", { retry: false, reason: "closed" }));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) {
      if (this.#upgrading) await this.#upgrading;
      const room = await this.#conduit.writable(RECORD_OVERHEAD_BYTES + 1);
      const taken = this.#fit(room, bytes.length - at);
      const frame = this.#seal(bytes, at, taken);
      at += taken;
      this.#count(frame.length);
      await this.#conduit.send(frame);
    }
  }

  /** How many plaintext bytes go into one write under this much window: whole frames, or one short one. */
  #fit(room: number, left: number): number {
    const frames = Math.min(FRAMES_PER_WRITE, Math.floor(room / MAX_FRAME_BYTES));
    if (frames > 0) return Math.min(left, frames * MAX_FRAME_PLAINTEXT);
    return Math.min(left, room - RECORD_OVERHEAD_BYTES);
  }

  /** Seals `count` bytes as frames behind the headroom; long writes share one buffer. */
  #seal(bytes: Uint8Array, from: number, count: number): Uint8Array {
    const head = this.#conduit.headroomBytes;
    const frames = Math.ceil(count / MAX_FRAME_PLAINTEXT);
    const size = head + count + frames * RECORD_OVERHEAD_BYTES;
    let buffer: Uint8Array;
    if (count >= BULK_BYTES) {
      this.#buffer ??= new Uint8Array(head + FRAMES_PER_WRITE * MAX_FRAME_BYTES);
      buffer = this.#buffer.subarray(0, size);
    } else {
      buffer = new Uint8Array(size);
    }
    let to = head;
    for (let at = from; at < from + count; at += MAX_FRAME_PLAINTEXT) {
      to += this.#sealer.seal(bytes, at, Math.min(MAX_FRAME_PLAINTEXT, from + count - at), buffer, to);
    }
    return buffer;
  }

  #receive(view: Uint8Array): void {
    if (this.#ended) return this.#conduit.consumed(view.length);
    const { buffer, at } = this.#opened.roomFor(this.#opener.roomFor(view.length));
    this.#uncharged += view.length;
    this.#count(view.length);
    let written = 0;
    try {
      written = this.#opener.push(view, buffer, at);
    } catch (error) {
      this.#opened.add(0, 0);
      return this.#fail(error as Error);
    }
    this.#opened.add(written, this.#uncharged);
    if (written > 0) {
      this.#uncharged = 0;
      // A turn later: all frames of one read of the socket reach the reader as one view.
      if (this.#waiting) queueMicrotask(() => this.#handOver());
    } else {
      this.#creditEmpty();
    }
    if (this.#opener.error) this.#fail(this.#opener.error);
  }

  /** Empty frames are legal and have no reader: their cost goes back at once, or enough of them end the window. */
  #creditEmpty(): void {
    const used = this.#uncharged - this.#opener.pendingBytes;
    if (used <= 0) return;
    this.#uncharged -= used;
    this.#conduit.consumed(used);
  }

  #handOver(): void {
    const waiting = this.#waiting;
    const next = waiting && this.#take();
    if (!next) return;
    this.#waiting = undefined;
    waiting.resolve(next);
  }

  /**
   * The next text, for the reader that is done with the one before. Its cost is the peer's window from now on, as
   * with Go's readers: the peer's next bytes are on their way while the reader is busy with these.
   */
  #take(): Uint8Array | undefined {
    const next = this.#opened.take();
    if (next) this.#conduit.consumed(next.cost);
    return next?.plain;
  }

  /** A bad frame: what came before it can still be read, then the error; the stream below ends. */
  #fail(error: Error): void {
    this.#end(error); // first: the reset ends the sink as well, and its word is less exact
    this.#conduit.reset();
  }

  #end(error?: Error): void {
    if (this.#ended) return;
    if (!error && this.#opener.midFrame) {
      error = new NetworkError("stream ended inside a frame", { retry: false, reason: "closed" });
    }
    this.#ended = { error };
    const waiting = this.#waiting;
    if (!waiting || this.#opened.waits) return; // what waits is on its way to the reader
    this.#waiting = undefined;
    if (error) waiting.reject(error);
    else waiting.resolve(null);
  }

  #count(bytes: number): void {
    this.#passedBytes += bytes;
    const after = this.#ciphers.upgradeAfterBytes ?? UPGRADE_AFTER_BYTES;
    if (this.#passedBytes < after || this.#upgrading || !this.#ciphers.upgrade) return;
    this.#upgrading = this.#ciphers.upgrade().then((maker) => {
      this.#sealer.aead = maker(this.#keys.send);
      this.#opener.aead = maker(this.#keys.receive);
    }, () => {}); // the first cipher stays: slower, not wrong
  }
}
