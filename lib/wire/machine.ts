/**
 * The shapes that protocol cores and their shells share.
 *
 * A core is a {@link Machine}: bytes, commands, a tick or the end of the stream go in; writes, events or a
 * close come out, all returned from the one call. It has no socket, clock or randomness of its own. A shell
 * ({@link file://./drive.ts}) owns the {@link Duplex} and runs the machine over it.
 *
 * @module
 */

/** A protocol core: everything that it does is the return value of `handle`. */
export interface Machine<In, Out> {
  /**
   * Takes one input and returns everything that follows from it, in order.
   * @param input  Bytes, a command, a tick, or the end of the stream. Byte views are only valid during the call.
   * @param nowMs  The clock, in milliseconds; never goes back.
   * @returns Outputs in the order in which the shell must act on them. Byte views are valid until the next call.
   */
  handle(input: In, nowMs: number): Out[];
  /** When the machine wants a `tick` (same clock as `nowMs`), or undefined when it waits for nothing. */
  readonly deadlineMs: number | undefined;
}

/** What a shell feeds into every machine. */
export type WireIn =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "eof" }
  | { readonly kind: "tick" };

/** What a shell does for every machine. A `close` ends the duplex after the writes before it. */
export type WireOut =
  | { readonly kind: "write"; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly error?: Error };

/** An ordered byte pipe with two directions: a socket, a dmsg stream, or a pair in memory. */
export interface Duplex {
  /**
   * Waits for the next bytes.
   * @returns A view that is valid until the next call of `read`, 1 byte or longer; null at the end of the stream.
   * @throws {NetworkError} When the pipe broke.
   */
  read(): Promise<Uint8Array | null>;
  /**
   * Writes all bytes; resolves when they are handed to the next layer and the buffer may be reused.
   * This is the backpressure: it stays pending while the peer does not read.
   * @throws {NetworkError} When the pipe broke or was closed.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Says "no more bytes from me"; reading goes on. */
  closeWrite(): Promise<void>;
  /** Ends both directions at once; pending calls settle. Safe to call twice. */
  close(): void;
}

/** How a stream is told that its frames may be longer than every peer takes them; both sides must have said so. */
export interface LongFrames {
  /** Takes them from now on. @returns Bytes of the longest that is taken: what to tell the peer. */
  take(): number;
  /** Sends them from now on. @param mostBytes  Of the longest that the peer takes. */
  send(mostBytes: number): void;
}

/** Where a {@link Conduit} delivers; both calls are synchronous and must not throw. */
export interface ConduitSink {
  /** Next bytes; a view that is only valid during the call. */
  bytes(view: Uint8Array): void;
  /** Nothing more comes: the peer's FIN, or (with an error) the end of everything. */
  end(error?: Error): void;
}

/**
 * A duplex under a sealing layer: bytes are taken in place and given without a copy. Credit goes back to the
 * peer only for what {@link Conduit.consumed} reports, so buffering stays bounded by the peer's window, which
 * holds at least one sealed frame (4096 bytes; with {@link LongFrames} one of those and 4096 bytes more).
 */
export interface Conduit {
  /** Bytes that a sender leaves free at the start of each array given to `send`. */
  readonly headroomBytes: number;
  /**
   * Waits until at least `minBytes` may be sent.
   * @returns How many may be sent, `minBytes` or more.
   * @throws {NetworkError} When nothing can be sent any more.
   */
  writable(minBytes: number): Promise<number>;
  /**
   * Sends an array whose first `headroomBytes` are free for the layer below; at most `writable()` bytes behind.
   * Resolves when the array may be reused.
   */
  send(frame: Uint8Array): Promise<void>;
  /** Makes `sink` the receiver of all bytes from now on; what is buffered is delivered first, in this call. */
  attach(sink: ConduitSink): void;
  /** Reports received bytes as used up. */
  consumed(bytes: number): void;
  /** Grows whenever the peer has taken something. */
  readonly moved?: number;
  /** FIN: no more bytes from us. Resolves when it is handed down. */
  finish(): Promise<void>;
  /** We are done with both directions: FIN when it was not sent, and nothing is delivered any more. */
  release(): void;
  /** RST: both directions end at once. */
  reset(): void;
}
