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
  closedBy,
  endedWith,
  Flag,
  FrameType,
  goAway,
  GoAwayCode,
  GREETING,
  type Header,
  HEADER_BYTES,
  ping,
  windowUpdate,
  writeHeader,
} from "./frame.ts";
import type { Stream } from "./stream.ts";
import { StreamTable } from "./table.ts";
import { defaultLimits, type SessionIn, type SessionOut, type YamuxLimits } from "./types.ts";
import { Waits } from "./waits.ts";

export { defaultLimits, type SessionIn, type SessionOut, type YamuxLimits } from "./types.ts";

/** Multiplexes streams over one byte pipe. Timeouts act on `tick` inputs only. */
export class YamuxSession implements Machine<SessionIn, SessionOut> {
  readonly #limits: YamuxLimits;
  readonly #streams: StreamTable;
  readonly #cutter: FrameCutter;
  readonly #waits: Waits;
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
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#streams = new StreamTable(options.role, this.#limits);
    this.#waits = new Waits(this.#limits, this.#streams.otherEnd);
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
    return this.#peerGoesAway || this.#streams.isUsedUp;
  }

  /** When bytes of the peer came last, by the `nowMs` of inputs; 0: none have. */
  get heardMs(): number {
    return this.#waits.heardMs;
  }

  /**
   * When a tick is wanted; may be a little early, never late. 0 before the first input, so that a first tick
   * starts the clock of the keep-alive; undefined after the end.
   */
  get deadlineMs(): number | undefined {
    return this.#ended ? undefined : this.#waits.deadlineMs;
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
    if (this.#ended) return input.kind === "open" ? [{ kind: "refused" }] : [];
    const outs: SessionOut[] = this.#outs = [];
    this.#nowMs = nowMs;
    this.#waits.begin(nowMs, input.kind === "bytes");
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

  #open(): void {
    if (this.isLeaving || this.#waits.opens.size >= this.#limits.backlog) {
      this.#outs.push({ kind: "refused" });
      return;
    }
    const stream = this.#streams.open();
    this.#waits.opens.start(stream, this.#nowMs);
    this.#outs.push({ kind: "opened", id: stream.id });
    this.#write(windowUpdate(stream.id, Flag.syn, 0));
  }

  #command(stream: Stream, input: Extract<SessionIn, { id: number }>): void {
    this.#streams.take(stream);
    switch (input.kind) {
      case "take":
        return;
      case "data":
        return this.#send(stream, input.frame);
      case "consumed":
        // A released stream has counted everything as consumed; late counts of its reader mean nothing.
        if (!stream.released) this.#grant(stream, stream.consume(input.bytes, this.#nowMs));
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
    // A Go peer that hears of the FIN before it takes the stream never acknowledges it, and a Go opener waits no more.
    this.#waits.opens.stop(stream);
    this.#write(windowUpdate(stream.id, Flag.fin, 0));
    if (stream.state === "closed") this.#forget(stream);
  }

  #release(stream: Stream): void {
    if (stream.released) return;
    stream.released = true;
    this.#finish(stream);
    if (stream.state === "closed") return;
    this.#grant(stream, stream.consumeAll(this.#nowMs));
    this.#waits.releases.start(stream, this.#nowMs);
  }

  #reset(stream: Stream): void {
    this.#write(windowUpdate(stream.id, Flag.rst, 0));
    stream.step("reset");
    this.#forget(stream);
  }

  #ping(): void {
    const token = this.#waits.startPing(this.#nowMs);
    this.#outs.push({ kind: "pinging", token });
    this.#write(ping(Flag.syn, token));
  }

  #onHeader(header: Header): void {
    if (header.type === FrameType.ping) this.#onPing(header);
    else if (header.type === FrameType.goAway) this.#onGoAway(header.length);
    else this.#onStreamFrame(header);
  }

  #onStreamFrame(header: Header): void {
    const { flags, id, length } = header;
    const stream = flags & Flag.syn ? this.#accept(id) : this.#streams.get(id);
    if (stream === undefined) return;
    if (flags & Flag.ack && this.#waits.opens.stop(stream) !== undefined) {
      this.#outs.push({ kind: "acked", id });
    }
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

  /** Takes a new stream of the peer's, or resets it. */
  #accept(id: number): Stream | undefined {
    const stream = this.#streams.accept(id);
    if (stream) this.#outs.push({ kind: "accepted", id });
    this.#write(windowUpdate(id, stream ? Flag.ack : Flag.rst, 0));
    return stream;
  }

  #onPayload(piece: Uint8Array): void {
    const stream = this.#receiving;
    // The last test drops what a Go writer sent behind its FIN: its close and its write may cross.
    if (stream === undefined || !stream.peerSends) return;
    stream.deliver(piece.length);
    if (stream.released) this.#grant(stream, stream.consumeAll(this.#nowMs));
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
    const sentMs = this.#waits.pings.stop(token);
    if (sentMs !== undefined) this.#outs.push({ kind: "pong", token, rttMs: this.#nowMs - sentMs });
  }

  #onGoAway(code: number): void {
    if (code === GoAwayCode.normal) {
      if (!this.#peerGoesAway) this.#outs.push({ kind: "leaving" });
      this.#peerGoesAway = true;
      return;
    }
    throw endedWith(code, this.#streams.otherEnd);
  }

  #onEof(): void {
    if (this.#cutter.atBoundary && this.#streams.size === 0) return this.#end(undefined);
    throw closedBy(this.#streams.otherEnd, this.#cutter.atBoundary ? this.#streams.size : undefined);
  }

  #onTick(): void {
    const { released, keepAlive } = this.#waits.due(this.#nowMs);
    for (const stream of released) {
      this.#reset(stream);
      this.#outs.push({ kind: "reset", id: stream.id });
    }
    if (keepAlive) this.#ping();
  }

  #write(bytes: Uint8Array): void {
    this.#outs.push({ kind: "write", bytes });
  }

  #grant(stream: Stream, bytes: number): void {
    if (bytes > 0) this.#write(windowUpdate(stream.id, 0, bytes));
  }

  #forget(stream: Stream): void {
    this.#streams.forget(stream);
    this.#waits.forget(stream);
  }

  #end(error: Error | undefined): void {
    this.#ended = true;
    this.#streams.clear();
    this.#outs.push({ kind: "ended", error }, { kind: "close", ...(error && { error }) });
  }
}
