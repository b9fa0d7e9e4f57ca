/**
 * The shell of a yamux session: streams with promises over one Duplex.
 *
 * @see lib/yamux/README.md
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import { Drive, endedError } from "../wire/drive.ts";
import { NetworkError } from "../wire/errors.ts";
import type { Conduit, ConduitSink, Duplex } from "../wire/machine.ts";
import { type SessionIn, type SessionOut, type YamuxLimits, YamuxSession } from "./session.ts";

/** What a mux needs. */
export interface MuxOptions {
  /** The pipe under it; the mux owns it from now on. */
  readonly duplex: Duplex;
  /** The client opens odd streams, the server even ones. */
  readonly role: "client" | "server";
  /** Measures keep-alive, time-outs and round trips. */
  readonly clock: Clock;
  /** Where the session differs from `defaultLimits`; `windowBytes` must stay what the peer has. */
  readonly limits?: Partial<YamuxLimits>;
  /** Called for each stream that the peer opens; without it they are reset. */
  readonly onStream?: (stream: MuxStream) => void;
  /** Called once when bytes of the peer arrive for the first time. */
  readonly onFirstBytes?: () => void;
}

/**
 * One session: opens streams, hands over those of the peer. Failures of the session reach each stream's sink and
 * waiting writers; nothing is thrown from the read loop.
 * @see specification dmsg §8.2
 */
export class Mux {
  readonly #options: MuxOptions;
  readonly #core: YamuxSession;
  readonly #drive: Drive<SessionIn, SessionOut>;
  readonly #streams = new Map<number, MuxStream>();
  readonly #pings = new Map<number, (rttMs: number | Error) => void>();
  #ended: { error: Error } | undefined;
  #settle!: (error: Error | undefined) => void;
  /** Resolves when the session has ended, with the reason unless it was our own close. */
  readonly closed: Promise<Error | undefined>;

  /** Begins to read the duplex at once; callbacks come a turn later at the earliest. */
  constructor(options: MuxOptions) {
    this.#options = options;
    this.#core = new YamuxSession({ role: options.role, limits: options.limits });
    this.closed = new Promise((resolve) => this.#settle = resolve);
    const { duplex, onFirstBytes } = options;
    this.#drive = new Drive<SessionIn, SessionOut>(this.#core, {
      duplex: onFirstBytes ? tapFirst(duplex, onFirstBytes) : duplex,
      clock: options.clock,
      onEvent: (out) => this.#handle(out),
    });
    // A fault of ours in one session must not end a server with a thousand others.
    this.#drive.run().catch((fault) => this.#end(fault));
  }

  /** Whether the session has ended. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Live streams, ours and the peer's. */
  get streamCount(): number {
    return this.#core.streamCount;
  }

  /**
   * Opens a stream; data may be sent at once, up to the window of 262144 bytes.
   * @returns The stream. That the peer refused it comes later, as the reset of the stream.
   * @throws {NetworkError} When the session has ended or too many opens wait for their ACK.
   */
  open(): MuxStream {
    if (this.#ended) throw endedError("session");
    const opened = this.#drive.put({ kind: "open" }).find((out) => out.kind === "opened");
    if (!opened) {
      throw new NetworkError("session takes no more streams", { retry: true, reason: "unreachable" });
    }
    const stream = new MuxStream(this, opened.id);
    this.#streams.set(opened.id, stream);
    return stream;
  }

  /**
   * Measures a round trip. As yamux is ordered, the answer also says that the peer has taken every byte before.
   * @returns Milliseconds.
   * @throws {NetworkError} When the session ends first; a pong that does not come in 10 s ends it.
   */
  ping(): Promise<number> {
    if (this.#ended) return Promise.reject(endedError("session"));
    const sent = this.#drive.put({ kind: "ping" }).find((out) => out.kind === "pinging");
    if (!sent) return Promise.reject(endedError("session"));
    return new Promise((resolve, reject) => {
      this.#pings.set(sent.token, (result) => typeof result === "number" ? resolve(result) : reject(result));
    });
  }

  /** Ends the session and all its streams: closes the duplex without a GoAway, as the Go peers do. */
  close(): void {
    this.#drive.put({ kind: "end" });
  }

  /** Writes a frame that asks for nothing, so that the other side sees ours; see lib/yamux/frame.ts "GREETING". */
  greet(): void {
    this.#drive.put({ kind: "greet" });
  }

  /** For streams: an input to the core. */
  put(input: SessionIn): void {
    this.#drive.put(input);
  }

  /** For streams: resolves when what was written so far is handed to the socket, or the session has ended. */
  flushed(): Promise<void> {
    return this.#drive.flushed();
  }

  /** For streams: payload bytes that the peer takes at the moment; 0 for a stream that is gone. */
  sendWindow(id: number): number {
    return this.#core.sendWindow(id);
  }

  /** For streams: gone from the table; later frames of it are the core's business. */
  forget(id: number): void {
    this.#streams.delete(id);
  }

  #handle(out: SessionOut): void {
    switch (out.kind) {
      case "data":
        return this.#streams.get(out.id)?.onBytes(out.bytes);
      case "writable":
        return this.#streams.get(out.id)?.onWritable();
      case "fin":
        return this.#streams.get(out.id)?.onEnd();
      case "reset":
        return this.#streams.get(out.id)?.onReset(resetError());
      case "accepted":
        return this.#accept(out.id);
      case "pong":
        this.#pings.get(out.token)?.(out.rttMs);
        this.#pings.delete(out.token);
        return;
      case "ended":
        return this.#end(out.error);
    }
  }

  #accept(id: number): void {
    if (!this.#options.onStream) return void this.#drive.put({ kind: "reset", id });
    const stream = new MuxStream(this, id);
    this.#streams.set(id, stream);
    this.#drive.put({ kind: "take", id });
    this.#options.onStream(stream);
  }

  #end(error: Error | undefined): void {
    const reason = error ?? endedError("session");
    this.#ended = { error: reason };
    for (const stream of this.#streams.values()) stream.onReset(reason);
    this.#streams.clear();
    for (const answer of this.#pings.values()) answer(reason);
    this.#pings.clear();
    this.#settle(error);
  }
}

const resetError = (): NetworkError =>
  new NetworkError("stream was reset", { retry: true, reason: "closed" });

/** Tells of the first bytes that arrive. */
function tapFirst(duplex: Duplex, tell: () => void): Duplex {
  let told = false;
  return {
    read: async () => {
      const bytes = await duplex.read();
      if (!told && bytes) {
        told = true;
        tell();
      }
      return bytes;
    },
    write: (bytes) => duplex.write(bytes),
    closeWrite: () => duplex.closeWrite(),
    close: () => duplex.close(),
  };
}

/** Counts bytes that wait in this process. */
export interface WaitingBytes {
  /** Adds bytes; false when they are too many and were not added. */
  hold(bytes: number): boolean;
  /** Takes bytes off that were added. */
  release(bytes: number): void;
}

/**
 * Keeps what arrives until somebody attaches; bounded by the window, and by the count if there is one. In one
 * array that grows: a peer that sends single bytes must not cost an object each.
 */
class Holding implements ConduitSink {
  #kept = new Uint8Array(0);
  #keptBytes = 0;
  ended: { error?: Error } | undefined;
  readonly #count: WaitingBytes | undefined;
  readonly #onTooMany: () => void;

  constructor(count: WaitingBytes | undefined, onTooMany: () => void) {
    this.#count = count;
    this.#onTooMany = onTooMany;
  }

  bytes(view: Uint8Array): void {
    if (this.#count && !this.#count.hold(view.length)) return this.#onTooMany();
    const needBytes = this.#keptBytes + view.length;
    if (needBytes > this.#kept.length) {
      const grown = new Uint8Array(Math.max(needBytes, 2 * this.#kept.length));
      grown.set(this.#kept.subarray(0, this.#keptBytes));
      this.#kept = grown;
    }
    this.#kept.set(view, this.#keptBytes);
    this.#keptBytes = needBytes;
  }

  end(error?: Error): void {
    this.ended ??= { error };
  }

  /** Hands over what was kept; it is not counted here any more. */
  take(): Uint8Array {
    const kept = this.#kept.subarray(0, this.#keptBytes);
    this.#count?.release(this.#keptBytes);
    this.#keptBytes = 0;
    this.#kept = new Uint8Array(0);
    return kept;
  }
}

/**
 * One stream: a {@link Conduit} for the layer above. Made by {@link Mux}; methods named `on…` are its calls.
 * @see specification dmsg §8.2
 */
export class MuxStream implements Conduit {
  readonly #mux: Mux;
  /** The yamux id. */
  readonly id: number;
  /** Room for the yamux header in each array given to `send`. */
  readonly headroomBytes = 12;
  #count: WaitingBytes | undefined;
  #sink: ConduitSink = this.#holding();
  #waiters: { minBytes: number; resolve(room: number): void; reject(error: Error): void }[] = [];
  /** Why nothing can be sent any more. */
  #over: Error | undefined;
  #receivedAll = false;

  /** For {@link Mux}: the handle of a stream that the core has already. */
  constructor(mux: Mux, id: number) {
    this.#mux = mux;
    this.id = id;
  }

  /**
   * Waits for the peer's window.
   * @param minBytes  1 or more; more than the window of 262144 never comes.
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
    if (bytes > 0 && !this.#mux.ended) this.#mux.put({ kind: "consumed", id: this.id, bytes });
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

  /** A round trip on the session under the stream, in milliseconds; see {@link Mux.ping}. */
  ping(): Promise<number> {
    return this.#mux.ping();
  }

  /** From the mux: bytes of the peer; the view is valid during the call. */
  onBytes(view: Uint8Array): void {
    this.#sink.bytes(view);
  }

  /** From the mux: there is window again. */
  onWritable(): void {
    const room = this.#mux.sendWindow(this.id);
    const ready = this.#waiters.filter((waiter) => waiter.minBytes <= room);
    this.#waiters = this.#waiters.filter((waiter) => waiter.minBytes > room);
    for (const waiter of ready) waiter.resolve(room);
  }

  /** From the mux: the peer's FIN. */
  onEnd(): void {
    if (this.#receivedAll) return;
    this.#receivedAll = true;
    this.#sink.end();
  }

  /** From the mux: both directions ended, by a reset or with the session. */
  onReset(error: Error): void {
    const first = !this.#receivedAll;
    this.#receivedAll = true;
    this.#stop(error);
    if (first) this.#sink.end(error);
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
