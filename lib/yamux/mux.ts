/**
 * The shell of a yamux session: streams with promises over one Duplex.
 *
 * @see lib/yamux/README.md
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import { Drive, endedError } from "../wire/drive.ts";
import { NetworkError } from "../wire/errors.ts";
import type { Duplex } from "../wire/machine.ts";
import { MuxStream, resetError, type StreamHost } from "./mux_stream.ts";
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
  /** Called once when the peer says that it takes no more streams. */
  readonly onLeaving?: () => void;
}

/**
 * One session: opens streams, hands over those of the peer. Failures of the session reach each stream's sink and
 * waiting writers; nothing is thrown from the read loop.
 * @see specification dmsg §8.2
 */
export class Mux implements StreamHost {
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

  /** Whether it opens no more streams, while those that are open go on: the peer has said GoAway, or no id is left. */
  get isLeaving(): boolean {
    return this.#core.isLeaving;
  }

  /** When bytes of the peer came last, by the clock's `nowMs`; 0: none have. */
  get heardMs(): number {
    return this.#core.heardMs;
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
   * @throws {NetworkError} When the session ends first; 10 s without a byte of the peer, or 120 s without the pong, end it.
   */
  ping(): Promise<number> {
    const sent = this.#drive.put({ kind: "ping" }).find((out) => out.kind === "pinging");
    if (!sent) return Promise.reject(endedError("session")); // a session that has ended takes nothing
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

  /** See {@link StreamHost.put}. */
  put(input: SessionIn): void {
    this.#drive.put(input);
  }

  /** See {@link StreamHost.flushed}. */
  flushed(): Promise<void> {
    return this.#drive.flushed();
  }

  /** See {@link StreamHost.sendWindow}. */
  sendWindow(id: number): number {
    return this.#core.sendWindow(id);
  }

  /** See {@link StreamHost.forget}. */
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
      case "leaving":
        return this.#options.onLeaving?.();
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
