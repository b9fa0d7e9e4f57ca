/**
 * A Duplex of sealed frames over a {@link Conduit}: the bulk path of the program.
 *
 * Writing seals up to 32 frames into one buffer behind one header below and gives it down once. Reading opens
 * frames in place, straight from the socket's buffer into an output buffer, and returns views of it. Credit goes to
 * the peer when a view is taken: that is the backpressure.
 *
 * @see specification dmsg §9.4; lib/noise/README.md "The bulk path"
 * @module
 */
import type { AeadMaker } from "../crypto/aead.ts";
import type { Clock } from "../sys/clock.ts";
import { NetworkError } from "../wire/errors.ts";
import type { Conduit, ConduitSink, Duplex, LongFrames } from "../wire/machine.ts";
import type { TransportKeys } from "./handshake_state.ts";
import { OpenedText } from "./opened.ts";
import { ReaderPace } from "./pace.ts";
import { SealedText } from "./sealed.ts";
import { FrameOpener, LONG_FRAME_BYTES, LONG_NONCE, Sealer } from "./transport.ts";

/** Bytes through a stream after which the runtime's faster cipher is worth loading. */
const UPGRADE_AFTER_BYTES = 256 * 1024;
/**
 * Shorter pieces count nothing: a conversation sums up to a file some day, and never gains what loading costs (50 ms
 * and 3 MiB in the middle of it).
 */
const BULK_PIECE_BYTES = 2048;

/**
 * Bytes that one side has written, after which it is worth saying that it takes long frames, and as many from a peer that
 * has said so, after which one that writes nothing says it too. Short streams are as every other program's.
 */
const SAY_LONG_AFTER_BYTES = 64 * 1024;

/** The ciphers of a secured stream. */
export interface Ciphers {
  /** Used from the first byte. */
  readonly maker: AeadMaker;
  /** Loads a faster one for streams that turn out long; both give the same bytes. */
  readonly upgrade?: () => Promise<AeadMaker>;
  /** Bytes in pieces of 2 KiB or more, both directions, before `upgrade` is called. Default 256 KiB. */
  readonly upgradeAfterBytes?: number;
}

/** A Duplex in sealed frames. */
export class SecureStream implements Duplex {
  readonly #conduit: Conduit;
  readonly #keys: TransportKeys;
  readonly #ciphers: Ciphers;
  readonly #sealer: Sealer;
  readonly #sealed: SealedText;
  readonly #opener: FrameOpener;
  readonly #opened = new OpenedText();
  /** See {@link LongFrames}: frames of 32 KiB in place of 4. */
  readonly longFrames: LongFrames = {
    take: () => {
      this.#opener.takeLong();
      return LONG_FRAME_BYTES;
    },
    send: (mostBytes) => this.#sealed.sendLong(mostBytes),
  };
  #waiting: { resolve(view: Uint8Array | null): void; reject(error: Error): void } | undefined;
  #ended: { error?: Error } | undefined;
  #passedBytes = 0;
  #upgrading: Promise<void> | undefined;
  /** Bytes taken off the wire that no chunk has paid for yet. */
  #uncharged = 0;
  readonly #saysLong: boolean;
  #writtenBytes = 0;
  /** From now on our frames say it. */
  #says = false;
  /** Whether a frame of ours has said it. */
  #hasSaid = false;
  /** Nothing of ours will follow that has not been written yet. */
  #finishing = false;
  /** From a peer whose frames say it. */
  #takenBytes = 0;
  readonly #pace: ReaderPace | undefined;
  /** Reads of the wire that brought something of the peer's. */
  #heard = 0;
  #isSigning = false;

  /**
   * Takes the conduit over: bytes that it holds are opened in this call.
   * @param conduit  Carries the frames; its next byte is the first byte of a frame.
   * @param keys  Of the finished handshake.
   * @param saysLong  In bulk our frames say that we take long ones, and we send them to a peer whose frames say it too.
   * @param clock  Tells a slow reader, of whom the peer hears: without one all that has come is handed over at once.
   */
  constructor(conduit: Conduit, keys: TransportKeys, ciphers: Ciphers, saysLong = false, clock?: Clock) {
    this.#conduit = conduit;
    this.#keys = keys;
    this.#ciphers = ciphers;
    this.#saysLong = saysLong;
    this.#pace = clock && new ReaderPace(clock);
    this.#sealer = new Sealer(ciphers.maker(keys.send));
    this.#sealed = new SealedText({
      conduit,
      sealer: this.#sealer,
      beforeBatch: () => this.#upgrading,
      onSealed: (bytes) => this.#onSealed(bytes),
    });
    this.#opener = new FrameOpener(ciphers.maker(keys.receive));
    const sink: ConduitSink = { bytes: (view) => this.#receive(view), end: (error) => this.#end(error) };
    conduit.attach(sink);
  }

  /** The next opened bytes; see {@link Duplex.read}. The peer gets them back as window at once. */
  read(): Promise<Uint8Array | null> {
    if (this.#waiting) return Promise.reject(new TypeError("one read at a time"));
    if (this.#pace?.isBack()) this.sign();
    const next = this.#take();
    if (next) return Promise.resolve(next);
    if (this.#ended) return this.#ended.error ? Promise.reject(this.#ended.error) : Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Grows whenever the peer has taken something, or said anything: whether somebody is there. */
  get moved(): number {
    return this.#heard + (this.#conduit.moved ?? 0);
  }

  /**
   * Writes a frame without text, which no reader sees: ours is there, and takes something. Credit does not say so through
   * a server of Go, which credits half a window at a time.
   */
  sign(): void {
    if (!this.isWhole || this.#isSigning) return; // one that waits for window says it as well
    this.#isSigning = true;
    this.#sealed.writeEmpty().catch(() => {}).finally(() => this.#isSigning = false); // the stream has ended
  }

  /** Whether neither direction has ended. */
  get isWhole(): boolean {
    return !this.#finishing && !this.#ended;
  }

  /** Seals and sends all bytes; see {@link Duplex.write}. Calls that are not awaited keep their order. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#sealed.write(bytes);
  }

  /** FIN, after the writes before it; see {@link Duplex.closeWrite}. */
  async closeWrite(): Promise<void> {
    this.#finishing = true;
    await this.#sealed.settled();
    await this.#conduit.finish();
  }

  /** Ends both directions and drops what was not read; see {@link Duplex.close}. */
  close(): void {
    this.#conduit.release();
    this.#opened.drop();
    const closed = new NetworkError("stream is closed", { retry: false, reason: "closed" });
    this.#end(closed);
    // Text was on its way to a reader that waits, and the end had come behind it: nothing else settles it.
    this.#waiting?.reject(closed);
    this.#waiting = undefined;
  }

  #receive(view: Uint8Array): void {
    if (this.#ended) return this.#conduit.consumed(view.length);
    const { buffer, at } = this.#opened.roomFor(this.#opener.roomFor(view.length));
    this.#uncharged += view.length;
    this.#heard++;
    this.#count(view.length);
    let written = 0;
    try {
      written = this.#opener.push(view, buffer, at);
    } catch (error) {
      this.#opened.add(0, 0);
      return this.#fail(error as Error);
    }
    if (this.#saysLong && this.#opener.saysLong) this.#agree(view.length);
    this.#opened.add(written, this.#uncharged);
    if (written > 0) {
      this.#uncharged = 0;
      // A turn later: in bulk, all frames of one read of the socket reach the reader as one view.
      if (this.#waiting) queueMicrotask(() => this.#handOver());
    } else {
      this.#creditEmpty();
    }
    if (this.#opener.error) this.#fail(this.#opener.error);
  }

  /**
   * The peer takes long frames. They begin once both sides have said so in a short one; the peer hears it from our next
   * frame, and of a side that only reads that is one without text.
   */
  #agree(bytes: number): void {
    this.#say();
    if (this.#hasSaid) return this.#sealed.sendLong(LONG_FRAME_BYTES);
    const takenBytes = this.#takenBytes;
    this.#takenBytes += bytes;
    if (takenBytes >= SAY_LONG_AFTER_BYTES || this.#takenBytes < SAY_LONG_AFTER_BYTES || this.#finishing) {
      return;
    }
    this.#sealed.writeEmpty().catch(() => {}); // the stream has ended
  }

  #onSealed(bytes: number): void {
    this.#count(bytes);
    if (!this.#saysLong || this.#hasSaid) return;
    this.#writtenBytes += bytes;
    if (!this.#says) {
      if (this.#writtenBytes >= SAY_LONG_AFTER_BYTES) this.#say();
      return;
    }
    this.#hasSaid = true;
    this.#opener.expectLong();
    if (this.#opener.saysLong) this.#sealed.sendLong(LONG_FRAME_BYTES);
  }

  #say(): void {
    this.#says = true;
    this.#sealer.leapTo(LONG_NONCE);
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
    const next = this.#opened.take(this.#pace?.mostBytes);
    if (!next) return undefined;
    this.#conduit.consumed(next.cost);
    this.#pace?.gave();
    return next.plain;
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
    if (bytes < BULK_PIECE_BYTES) return;
    this.#passedBytes += bytes;
    const after = this.#ciphers.upgradeAfterBytes ?? UPGRADE_AFTER_BYTES;
    if (this.#passedBytes < after || this.#upgrading || !this.#ciphers.upgrade) return;
    this.#upgrading = this.#ciphers.upgrade().then((maker) => {
      this.#sealer.aead = maker(this.#keys.send);
      this.#opener.aead = maker(this.#keys.receive);
    }, () => {}); // the first cipher stays: slower, not wrong
  }
}
