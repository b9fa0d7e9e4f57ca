/**
 * One stream of a session, as the layer above has it.
 *
 * @see lib/yamux/README.md "The shell"
 * @module
 */
import { NetworkError } from "../wire/errors.ts";
import type { Conduit, ConduitSink } from "../wire/machine.ts";
import { Holding, type WaitingBytes } from "./holding.ts";
import type { SessionIn } from "./types.ts";

/** What a stream asks of its session. */
export interface StreamHost {
  /** An input to the core; ignored once the session has ended. */
  put(input: SessionIn): void;
  /** Resolves when what was written so far is handed to the socket, or the session has ended. */
  flushed(): Promise<void>;
  /** Payload bytes that the peer takes at the moment; 0 for a stream that is gone. */
  sendWindow(id: number): number;
  /** Gone from the table; later frames of it are the core's business. */
  forget(id: number): void;
  /** A round trip in milliseconds; behind every byte that was written before. */
  ping(): Promise<number>;
}

/** The error of a stream that either side has reset. */
export const resetError = (): NetworkError =>
  new NetworkError("stream was reset", { retry: true, reason: "closed" });

/**
 * One stream: a {@link Conduit} for the layer above. Made by its session's mux; methods named `on…` are its calls.
 * @see specification dmsg §8.2
 */
export class MuxStream implements Conduit {
  readonly #mux: StreamHost;
  /** The yamux id. */
  readonly id: number;
  /** Room for the yamux header in each array given to `send`. */
  readonly headroomBytes = 12;
  #count: WaitingBytes | undefined;
  #sink: ConduitSink = this.#holding();
  #waiters: { minBytes: number; resolve(room: number): void; reject(error: Error): void }[] = [];
  #onGone: (() => void) | undefined;
  /** Why nothing can be sent any more. */
  #over: Error | undefined;
  #receivedAll = false;
  /** How often the peer has given credit: it has taken something. */
  moved = 0;

  /** The handle of a stream that the core has already. */
  constructor(mux: StreamHost, id: number) {
    this.#mux = mux;
    this.id = id;
  }

  /**
   * Waits for the peer's window.
   * @param minBytes  1 or more; above 131073 they may never come (findings/yamux_window_not_whole_again.sh).
   * @returns Payload bytes that may be sent now, `minBytes` or more.
   * @throws {NetworkError} The stream is closed for writing, was reset, or its session has ended.
   */
  writable(minBytes: number): Promise<number> {
    if (this.#over) return Promise.reject(this.#over);
    const room = this.#mux.sendWindow(this.id);
    if (room >= minBytes) return Promise.resolve(room);
    return new Promise((resolve, reject) => this.#waiters.push({ minBytes, resolve, reject }));
  }

  /**
   * Sends one Data frame; the header is filled in here and the array itself is written.
   * @param frame  12 free bytes ‖ payload of at most `writable()` bytes.
   * @returns When the array may be reused: it is handed to the socket, or the session has ended.
   * @throws {NetworkError} As {@link writable}.
   */
  send(frame: Uint8Array): Promise<void> {
    if (this.#over) return Promise.reject(this.#over);
    this.#mux.put({ kind: "data", id: this.id, frame });
    return this.#mux.flushed();
  }

  /** Makes `sink` the receiver from now on; what arrived while nobody was attached is delivered in this call. */
  attach(sink: ConduitSink): void {
    const before = this.#sink;
    this.#sink = sink;
    if (!(before instanceof Holding)) return;
    const kept = before.take();
    if (kept.length > 0) this.#sink.bytes(kept);
    if (before.ended) this.#sink.end(before.ended.error);
  }

  /** Tells when a reset or the session's end ends both directions, also behind the peer's FIN, which a sink hears last. */
  onceGone(tell: () => void): void {
    this.#onGone = tell;
  }

  /** Gives bytes that a sink took too many of, and takes the stream back from it: they come first to the next sink. */
  putBack(rest: Uint8Array): void {
    const holding = this.#holding();
    this.#sink = holding;
    if (rest.length > 0) holding.bytes(rest);
  }

  /**
   * Counts what waits for a sink from now on. When `count` refuses more, the stream is reset. What waits stays
   * counted until a sink takes it or the stream is released or reset here.
   */
  countWaiting(count: WaitingBytes): void {
    this.#count = count;
    const before = this.#sink;
    if (!(before instanceof Holding)) return;
    this.putBack(before.take());
    if (before.ended) this.#sink.end(before.ended.error);
  }

  #holding(): Holding {
    return new Holding(this.#count, () => this.reset());
  }

  /** Nobody will attach any more. */
  #drop(): void {
    if (this.#sink instanceof Holding) this.#sink.take();
  }

  /** Gives that many received bytes back to the peer's window. */
  consumed(bytes: number): void {
    this.#mux.put({ kind: "consumed", id: this.id, bytes });
  }

  /** FIN: no more bytes from us; reading goes on. Resolves when it is handed to the socket; harmless when repeated. */
  finish(): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#over = new NetworkError("stream is closed for writing", { retry: false, reason: "closed" });
    this.#mux.put({ kind: "fin", id: this.id });
    this.#rejectWaiters();
    return this.#mux.flushed();
  }

  /** Done with both directions: FIN when it was not sent, and what still arrives is dropped and credited. */
  release(): void {
    this.#stop(new NetworkError("stream is closed", { retry: false, reason: "closed" }));
    this.#mux.put({ kind: "release", id: this.id });
    this.#mux.forget(this.id);
    this.#drop();
  }

  /** RST: both directions end at once; an attached sink hears of it as an error. */
  reset(): void {
    this.#mux.put({ kind: "reset", id: this.id });
    this.onReset(resetError());
    this.#mux.forget(this.id);
    this.#drop();
  }

  /** A round trip on the session under the stream, in milliseconds; see {@link StreamHost.ping}. */
  ping(): Promise<number> {
    return this.#mux.ping();
  }

  /** From the mux: bytes of the peer; the view is valid during the call. */
  onBytes(view: Uint8Array): void {
    this.#sink.bytes(view);
  }

  /** From the mux: there is window again. */
  onWritable(): void {
    this.moved++;
    const room = this.#mux.sendWindow(this.id);
    const ready = this.#waiters.filter((waiter) => waiter.minBytes <= room);
    this.#waiters = this.#waiters.filter((waiter) => waiter.minBytes > room);
    for (const waiter of ready) waiter.resolve(room);
  }

  /** From the mux: the peer's FIN. */
  onEnd(): void {
    this.#receivedAll = true;
    this.#sink.end();
  }

  /** From the mux: both directions ended, by a reset or with the session. */
  onReset(error: Error): void {
    const first = !this.#receivedAll;
    this.#stop(error);
    if (first) this.#sink.end(error);
    this.#onGone?.();
  }

  #stop(error: Error): void {
    this.#over = error;
    this.#receivedAll = true;
    this.#rejectWaiters();
  }

  #rejectWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(this.#over!);
  }
}
