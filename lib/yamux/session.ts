/**
 * A yamux session as a {@link Machine}: frames and commands in, frames and stream events out.
 *
 * @see dmsg.md §8.2; README.md
 * @module
 */
import { NetworkError, ProtocolError } from "../wire/errors.ts";
import type { Machine } from "../wire/machine.ts";
import { FrameCutter } from "./cutter.ts";
import {
  brokenRule,
  Flag,
  FrameType,
  goAway,
  GoAwayCode,
  GREETING,
  type Header,
  HEADER_BYTES,
  MAX_U32,
  ping,
  windowUpdate,
  writeHeader,
} from "./frame.ts";
import { UsedIds } from "./ids.ts";
import { Stream } from "./stream.ts";
import { TimerQueue } from "./timers.ts";
import { defaultLimits, type SessionIn, type SessionOut, type YamuxLimits } from "./types.ts";

export { defaultLimits, type SessionIn, type SessionOut, type YamuxLimits } from "./types.ts";

/** Multiplexes streams over one byte pipe. Timeouts act on `tick` inputs only. */
export class YamuxSession implements Machine<SessionIn, SessionOut> {
  readonly #limits: YamuxLimits;
  readonly #role: "client" | "server";
  readonly #streams = new Map<number, Stream>();
  readonly #cutter: FrameCutter;
  /** Our opens that wait for their ACK. */
  readonly #opens: TimerQueue<Stream>;
  /** Released streams that wait for the peer's FIN. */
  readonly #releases: TimerQueue<Stream>;
  /** Tokens of pings that wait for their answer. */
  readonly #pings: TimerQueue<number>;
  #nextId: number;
  /** Of the peer. */
  readonly #usedIds = new UsedIds();
  #nextToken = 0;
  /** Unknown until the first input: a core has no clock to start from. */
  #keepAliveMs: number | undefined;
  #peerStreams = 0;
  #untaken = 0;
  #peerGoesAway = false;
  #ended = false;
  /** The stream of the frame that is being read; undefined: its payload and flags are skipped. */
  #receiving: Stream | undefined;
  #finAtEnd = false;
  #outs: SessionOut[] = [];
  #nowMs = 0;

  /**
   * A session whose pipe is open and has carried no frame yet.
   * @param options.role  The dmsg client is the yamux client: its streams are odd, the server's even.
   * @param options.limits  What differs from {@link defaultLimits}.
   */
  constructor(options: { role: "client" | "server"; limits?: Partial<YamuxLimits> }) {
    this.#role = options.role;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#nextId = options.role === "client" ? 1 : 2;
    this.#opens = new TimerQueue(this.#limits.ackTimeoutMs);
    this.#releases = new TimerQueue(this.#limits.finTimeoutMs);
    this.#pings = new TimerQueue(this.#limits.pingTimeoutMs);
    this.#cutter = new FrameCutter({
      header: (header) => this.#onHeader(header),
      payload: (piece) => this.#onPayload(piece),
      end: () => this.#onFrameEnd(),
    });
  }

  /** Live streams of both sides. */
  get streamCount(): number {
    return this.#streams.size;
  }

  /** Whether no stream can be opened any more: the peer has said GoAway, or our ids are used up. */
  get isLeaving(): boolean {
    return this.#peerGoesAway || this.#nextId > MAX_U32;
  }

  /**
   * When a tick is wanted; may be a little early, never late. 0 before the first input, so that a first tick
   * starts the clock of the keep-alive; undefined after the end.
   */
  get deadlineMs(): number | undefined {
    if (this.#ended) return undefined;
    if (this.#keepAliveMs === undefined) return 0;
    return Math.min(
      this.#keepAliveMs,
      this.#pings.earliestMs ?? Infinity,
      this.#opens.earliestMs ?? Infinity,
      this.#releases.earliestMs ?? Infinity,
    );
  }

  /** Payload bytes that may be sent on a stream now; 0 when it is gone or finished by us. */
  sendWindow(id: number): number {
    return this.#streams.get(id)?.sendWindow ?? 0;
  }

  /**
   * Takes one input.
   * @returns What follows from it; `ended` and `close` once, at the end of everything.
   * @throws {RangeError} A mistake of the caller: `data` outside 1 … `sendWindow(id)` bytes, or more `consumed`
   *   than was delivered. What the peer does never throws.
   */
  handle(input: SessionIn, nowMs: number): SessionOut[] {
    const outs: SessionOut[] = this.#outs = [];
    if (this.#ended) {
      if (input.kind === "open") outs.push({ kind: "refused" });
      return outs;
    }
    this.#nowMs = nowMs;
    this.#keepAliveMs ??= nowMs + this.#limits.keepAliveMs;
    try {
      this.#dispatch(input);
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof NetworkError)) throw error;
      if (error instanceof ProtocolError && error.by === "peer") {
        this.#write(goAway(GoAwayCode.protocolError));
      }
      this.#end(error);
    }
    return outs;
  }

  #dispatch(input: SessionIn): void {
    switch (input.kind) {
      case "bytes":
        return this.#cutter.push(input.bytes);
      case "eof":
        return this.#onEof();
      case "tick":
        return this.#onTick();
      case "open":
        return this.#open();
      case "ping":
        return this.#ping();
      case "greet":
        return this.#write(ping(Flag.ack, GREETING));
      case "end":
        return this.#end(input.error);
      default: {
        const stream = this.#streams.get(input.id);
        if (stream !== undefined) this.#command(stream, input);
      }
    }
  }

  // Commands

  #open(): void {
    if (this.isLeaving || this.#opens.size >= this.#limits.backlog) {
      this.#outs.push({ kind: "refused" });
      return;
    }
    const stream = new Stream(this.#nextId, false, this.#limits.windowBytes);
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    this.#opens.start(stream, this.#nowMs);
    this.#outs.push({ kind: "opened", id: stream.id });
    this.#write(windowUpdate(stream.id, Flag.syn, 0));
  }

  #command(stream: Stream, input: Extract<SessionIn, { id: number }>): void {
    this.#take(stream);
    switch (input.kind) {
      case "take":
        return;
      case "data":
        return this.#send(stream, input.frame);
      case "consumed":
        // A released stream has counted everything as consumed; late counts of its reader mean nothing.
        if (!stream.released) this.#grant(stream, stream.consume(input.bytes));
        return;
      case "fin":
        return this.#finish(stream);
      case "release":
        return this.#release(stream);
      case "reset":
        return this.#reset(stream);
    }
  }

  #send(stream: Stream, frame: Uint8Array): void {
    const payloadBytes = frame.length - HEADER_BYTES;
    stream.spend(payloadBytes);
    writeHeader(frame, FrameType.data, 0, stream.id, payloadBytes);
    this.#write(frame);
  }

  #finish(stream: Stream): void {
    if (!stream.step("finish")) return;
    this.#write(windowUpdate(stream.id, Flag.fin, 0));
    if (stream.state === "closed") this.#forget(stream);
  }

  #release(stream: Stream): void {
    if (stream.released) return;
    stream.released = true;
    this.#finish(stream);
    if (stream.state === "closed") return;
    this.#grant(stream, stream.consumeAll());
    this.#releases.start(stream, this.#nowMs);
  }

  #reset(stream: Stream): void {
    this.#write(windowUpdate(stream.id, Flag.rst, 0));
    stream.step("reset");
    this.#forget(stream);
  }

  #ping(): void {
    const token = this.#nextToken;
    this.#nextToken = token === MAX_U32 ? 0 : token + 1;
    this.#pings.start(token, this.#nowMs);
    this.#outs.push({ kind: "pinging", token });
    this.#write(ping(Flag.syn, token));
  }

  // Frames of the peer's

  #onHeader(header: Header): void {
    this.#receiving = undefined;
    if (header.type === FrameType.ping) this.#onPing(header);
    else if (header.type === FrameType.goAway) this.#onGoAway(header.length);
    else this.#onStreamFrame(header);
  }

  #onStreamFrame(header: Header): void {
    const { flags, id, length } = header;
    const stream = flags & Flag.syn ? this.#accept(id) : this.#streams.get(id);
    if (stream === undefined) return;
    if (flags & Flag.ack && this.#opens.stop(stream) !== undefined) this.#outs.push({ kind: "acked", id });
    if (flags & Flag.rst) {
      stream.step("reset");
      this.#forget(stream);
      this.#outs.push({ kind: "reset", id });
      return;
    }
    if (header.type === FrameType.data) stream.announce(length);
    else if (stream.addCredit(length)) this.#outs.push({ kind: "writable", id });
    this.#receiving = stream;
    this.#finAtEnd = (flags & Flag.fin) !== 0;
  }

  /** Takes a new stream of the peer's, or resets it when there are too many or its id was used before. */
  #accept(id: number): Stream | undefined {
    const peersParity = this.#role === "client" ? 0 : 1;
    if (id === 0 || id % 2 !== peersParity) {
      throw brokenRule("yamux-id", `stream id ${id} is not one that the peer may open`);
    }
    if (this.#streams.has(id)) throw brokenRule("yamux-id", `stream ${id} was opened twice`);
    const full = this.#untaken >= this.#limits.backlog || this.#peerStreams >= this.#limits.maxStreams;
    if (full || !this.#usedIds.take(id)) {
      this.#write(windowUpdate(id, Flag.rst, 0));
      return undefined;
    }
    const stream = new Stream(id, true, this.#limits.windowBytes);
    this.#streams.set(id, stream);
    this.#peerStreams++;
    this.#untaken++;
    this.#outs.push({ kind: "accepted", id });
    this.#write(windowUpdate(id, Flag.ack, 0));
    return stream;
  }

  #onPayload(piece: Uint8Array): void {
    const stream = this.#receiving;
    // The last test drops what a Go writer sent behind its FIN: its close and its write may cross.
    if (stream === undefined || !stream.peerSends) return;
    stream.deliver(piece.length);
    if (stream.released) this.#grant(stream, stream.consumeAll());
    else this.#outs.push({ kind: "data", id: stream.id, bytes: piece });
  }

  #onFrameEnd(): void {
    const stream = this.#receiving;
    this.#receiving = undefined;
    if (stream === undefined || !this.#finAtEnd || !stream.step("peerFin")) return;
    this.#outs.push({ kind: "fin", id: stream.id });
    if (stream.state === "closed") this.#forget(stream);
  }

  #onPing(header: Header): void {
    const token = header.length;
    if (header.flags & Flag.syn) return this.#write(ping(Flag.ack, token));
    const sentMs = this.#pings.stop(token);
    if (sentMs !== undefined) this.#outs.push({ kind: "pong", token, rttMs: this.#nowMs - sentMs });
  }

  #onGoAway(code: number): void {
    if (code === GoAwayCode.normal) {
      if (!this.#peerGoesAway) this.#outs.push({ kind: "leaving" });
      this.#peerGoesAway = true;
      return;
    }
    if (code === GoAwayCode.protocolError) {
      const fault = { by: "self", code: "yamux-go-away", ends: "session" } as const;
      throw new ProtocolError("the peer says that we broke the yamux protocol", fault);
    }
    throw new NetworkError(`the peer ended the session with GoAway ${code}`, {
      retry: true,
      reason: "closed",
    });
  }

  #onEof(): void {
    if (this.#cutter.atBoundary && this.#streams.size === 0) return this.#end(undefined);
    const where = this.#cutter.atBoundary ? `with ${this.#streams.size} open streams` : "inside a frame";
    throw new NetworkError(`the peer closed the session ${where}`, { retry: true, reason: "closed" });
  }

  #onTick(): void {
    const { pingTimeoutMs, ackTimeoutMs, keepAliveMs } = this.#limits;
    if (this.#pings.takeDue(this.#nowMs).length > 0) throw noAnswer("a ping", pingTimeoutMs);
    if (this.#opens.takeDue(this.#nowMs).length > 0) throw noAnswer("an open", ackTimeoutMs);
    for (const stream of this.#releases.takeDue(this.#nowMs)) {
      this.#reset(stream);
      this.#outs.push({ kind: "reset", id: stream.id });
    }
    if (this.#nowMs < this.#keepAliveMs!) return;
    this.#keepAliveMs = this.#nowMs + keepAliveMs;
    this.#ping();
  }

  // Shared steps

  #write(bytes: Uint8Array): void {
    this.#outs.push({ kind: "write", bytes });
  }

  #grant(stream: Stream, bytes: number): void {
    if (bytes > 0) this.#write(windowUpdate(stream.id, 0, bytes));
  }

  #take(stream: Stream): void {
    if (stream.taken) return;
    stream.taken = true;
    this.#untaken--;
  }

  #forget(stream: Stream): void {
    this.#take(stream);
    if (stream.openedByPeer) this.#peerStreams--;
    this.#streams.delete(stream.id);
    this.#opens.stop(stream);
    this.#releases.stop(stream);
  }

  #end(error: Error | undefined): void {
    this.#ended = true;
    this.#receiving = undefined;
    this.#streams.clear();
    for (const timers of [this.#opens, this.#releases, this.#pings]) timers.clear();
    this.#outs.push(
      { kind: "ended", error },
      error === undefined ? { kind: "close" } : { kind: "close", error },
    );
  }
}

function noAnswer(what: string, limitMs: number): NetworkError {
  return new NetworkError(`the peer did not answer ${what} within ${limitMs} ms`, {
    retry: true,
    reason: "timeout",
  });
}
