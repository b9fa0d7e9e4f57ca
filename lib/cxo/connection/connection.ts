/**
 * One peer: frames, the handshake, numbers of requests and answers, and signs of life.
 *
 * @see specification cxo §7.2, §9.1, §9.6; lib/cxo/README.md "Connection"
 * @module
 */
import { isNullKey } from "../../crypto/keys.ts";
import { NetworkError, ProtocolError } from "../../wire/errors.ts";
import type { Machine, WireIn, WireOut } from "../../wire/machine.ts";
import { type Admission, encodeFrame, FrameCutter, type FrameHead, HEAD_BYTES } from "./frame.ts";
import { decodeMessage, type Message, type MessageType, PROTOCOL, typeNumber } from "./message.ts";

/** How long the handshake and an answer may take. */
export const ANSWER_MS = 59_000;
/** Silence after which we ask for a sign of life, and after which the peer is dead. */
export const PROBE_MS = 30_000;
/** See {@link PROBE_MS}. */
const DEAD_MS = 90_000;
/** The longest frame that is no object: a Root of a tree has 329 bytes. */
const MAX_CONTROL_BYTES: number = 64 * 1024;
/** The longest frame before the handshake is done: a Syn has 44 bytes, the rest is for the text of an Err. */
const MAX_HANDSHAKE_BYTES = 1024;

/** Inputs of a connection. */
export type ConnectionIn =
  | WireIn
  /** Goes on behind the message that was given out, see {@link Connection.hasMore}. */
  | { readonly kind: "more" }
  /** Writes a message that answers nothing and waits for nothing. */
  | { readonly kind: "push"; readonly message: Message }
  /** Writes the answer to a frame of the peer's. */
  | { readonly kind: "reply"; readonly to: number; readonly message: Message }
  /** Writes a message and waits for its answer; `ref` comes back with it. */
  | { readonly kind: "request"; readonly ref: number; readonly message: Message }
  /** Ends the connection after what was written. */
  | { readonly kind: "close" };

/** Outputs of a connection. Byte members of messages are views that are valid during the call. */
export type ConnectionOut =
  | WireOut
  /** The handshake is done; `id` is the peer's, 33 bytes, a copy. */
  | { readonly kind: "ready"; readonly id: Uint8Array }
  /** A request or push; `seq` is for the reply. */
  | { readonly kind: "message"; readonly seq: number; readonly message: Message }
  /** The answer to a request, whatever its type; undefined when none came in time. */
  | { readonly kind: "answer"; readonly ref: number; readonly message: Message | undefined }
  /** Comes once; only `close` follows. Without an error: in order. */
  | { readonly kind: "ended"; readonly error?: Error };

/** What a connection is told when it is made. */
export interface ConnectionOptions {
  /** Who sends the Syn. */
  readonly dialled: boolean;
  /** Our own id, 33 bytes. */
  readonly id: Uint8Array;
  /** When it begins, on the clock of `handle`. */
  readonly nowMs: number;
  /** The longest object that is taken. */
  readonly maxObjectBytes: number;
  /**
   * Judges the id in the peer's Syn or Ack.
   * @returns Why not, or undefined for yes.
   */
  readonly admit: (id: Uint8Array) => string | undefined;
}

/** Where a connection stands. */
type State = "awaitingSyn" | "awaitingAck" | "open" | "ended";

/** Messages that only answer: without a request they came late, and are passed over. */
const ANSWERS: ReadonlySet<MessageType> = new Set(["Ok", "Err", "List", "Object", "Peers"]);
/** Messages that end the connection once it is open. */
const NOT_NOW: ReadonlySet<MessageType> = new Set(["Ping", "Pong", "Syn", "Ack"]);
const OBJECT = typeNumber("Object");

/** The protocol core of one connection. Inputs after `ended` do nothing. */
export class Connection implements Machine<ConnectionIn, ConnectionOut> {
  readonly #options: ConnectionOptions;
  readonly #cutter: FrameCutter;
  #state: State;
  #lastSeq = 0;
  /** Our requests by the number of their frame, the oldest first. */
  readonly #asked = new Map<number, { ref: number; deadlineMs: number }>();
  readonly #startMs: number;
  #lastInMs: number;
  /** When to look for signs of life next. */
  #lookMs: number;
  #out: ConnectionOut[] = [];
  /** A view of the bytes behind the last message. */
  #rest = NOTHING;

  /** A dialled connection writes its Syn with the first input: give it a tick. */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#cutter = new FrameCutter((head) => this.#admitFrame(head));
    this.#state = options.dialled ? "awaitingAck" : "awaitingSyn";
    this.#startMs = this.#lastInMs = options.nowMs;
    this.#lookMs = options.nowMs + PROBE_MS;
  }

  /**
   * Whether the last bytes hold more behind the message that was given out: `more` goes on with them, in the same turn.
   * So what a message leads to comes before the next one is looked at, however the stream was cut.
   */
  get hasMore(): boolean {
    return this.#rest.length > 0;
  }

  /** Whether the handshake is done and nothing has ended. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Requests that wait for their answer. */
  get waiting(): number {
    return this.#asked.size;
  }

  /** When a tick is wanted. @see Machine.deadlineMs */
  get deadlineMs(): number | undefined {
    if (this.#state === "ended") return undefined;
    if (this.#state !== "open") return this.#startMs + ANSWER_MS;
    const [oldest] = this.#asked.values();
    return Math.min(this.#lookMs, oldest?.deadlineMs ?? Infinity);
  }

  /** Takes one input; bytes never throw. @see Machine.handle */
  handle(input: ConnectionIn, nowMs: number): ConnectionOut[] {
    this.#out = [];
    if (this.#state === "ended") return this.#out;
    if (this.#state === "awaitingAck" && this.#lastSeq === 0) {
      this.#write(0, { type: "Syn", protocol: PROTOCOL, id: this.#options.id });
    }
    this.#input(input, nowMs);
    return this.#out;
  }

  #input(input: ConnectionIn, nowMs: number): void {
    switch (input.kind) {
      case "bytes":
        return this.#bytes(input.bytes, nowMs);
      case "more":
        return this.#bytes(this.#rest, nowMs);
      case "eof":
        return this.#end(this.#state === "open" && !this.#cutter.isInside ? undefined : cutOff(this.#state));
      case "tick":
        return this.#tick(nowMs);
      case "push":
        if (this.#state === "open") this.#write(0, input.message);
        return;
      case "reply":
        if (this.#state === "open") this.#write(input.to, input.message);
        return;
      case "request":
        if (this.#state !== "open") return;
        this.#asked.set(this.#write(0, input.message), { ref: input.ref, deadlineMs: nowMs + ANSWER_MS });
        return;
      case "close":
        return this.#end();
    }
  }

  #bytes(chunk: Uint8Array, nowMs: number): void {
    this.#lastInMs = nowMs;
    this.#rest = NOTHING;
    try {
      const taken = this.#cutter.push(chunk, ({ seq, rseq, type }, body) => {
        this.#message(seq, rseq, decodeMessage(type, body));
        return this.#out.length === 0;
      });
      if (this.#state !== "ended") this.#rest = chunk.subarray(taken);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end(error);
    }
  }

  /** Says what is read at all, before any of it is held. */
  #admitFrame({ length, rseq, type }: FrameHead): Admission {
    if (this.#state !== "open") {
      if (length > MAX_HANDSHAKE_BYTES) throw broke("a long frame before the handshake");
      return "take";
    }
    if (type !== OBJECT) {
      if (length > MAX_CONTROL_BYTES) throw broke(`a message of ${length} bytes`);
      return "take";
    }
    if (!this.#asked.has(rseq)) return "skip";
    if (length > this.#options.maxObjectBytes + HEAD_BYTES + 4) throw broke(`an object of ${length} bytes`);
    return "take";
  }

  #message(seq: number, rseq: number, message: Message): void {
    if (this.#state === "awaitingSyn") return this.#syn(seq, message);
    if (this.#state === "awaitingAck") return this.#ack(rseq, message);
    const asked = rseq === 0 ? undefined : this.#asked.get(rseq);
    if (asked !== undefined) {
      this.#asked.delete(rseq);
      return this.#emit({ kind: "answer", ref: asked.ref, message });
    }
    if (NOT_NOW.has(message.type)) throw broke(`${message.type} after the handshake`);
    if ((message.type === "Sub" || message.type === "Unsub") && isNullKey(message.feed)) {
      throw broke(`${message.type} of a blank feed`);
    }
    if (!ANSWERS.has(message.type)) this.#emit({ kind: "message", seq, message });
  }

  #syn(seq: number, message: Message): void {
    if (message.type !== "Syn") throw broke(`${message.type} before the handshake`);
    const refusal = message.protocol === PROTOCOL
      ? this.#options.admit(message.id)
      : `incompatible protocol version: ${message.protocol}, want ${PROTOCOL}`;
    if (refusal !== undefined) {
      this.#write(seq, { type: "Err", text: refusal });
      return this.#end(broke(refusal));
    }
    const id = message.id.slice();
    this.#write(seq, { type: "Ack", id: this.#options.id });
    this.#open(id);
  }

  #ack(rseq: number, message: Message): void {
    if (message.type === "Err") throw refused(message.text);
    if (message.type !== "Ack" || rseq !== 1) throw broke(`${message.type} instead of an Ack`);
    const refusal = this.#options.admit(message.id);
    if (refusal !== undefined) throw broke(refusal);
    this.#open(message.id.slice());
  }

  #open(id: Uint8Array): void {
    this.#state = "open";
    this.#lookMs = this.#lastInMs + PROBE_MS;
    this.#emit({ kind: "ready", id });
  }

  #tick(nowMs: number): void {
    if (this.#state !== "open") {
      if (nowMs >= this.#startMs + ANSWER_MS) this.#end(silent("handshake"));
      return;
    }
    for (const [seq, { ref, deadlineMs }] of this.#asked) {
      if (deadlineMs > nowMs) break;
      this.#asked.delete(seq);
      this.#emit({ kind: "answer", ref, message: undefined });
    }
    if (nowMs < this.#lookMs) return;
    const silentMs = nowMs - this.#lastInMs;
    if (silentMs >= DEAD_MS) return this.#end(silent("connection"));
    if (silentMs >= PROBE_MS) this.#write(0, { type: "RqList" });
    this.#lookMs = silentMs >= PROBE_MS
      ? Math.min(nowMs + PROBE_MS, this.#lastInMs + DEAD_MS)
      : this.#lastInMs + PROBE_MS;
  }

  #end(error?: Error): void {
    for (const { ref } of this.#asked.values()) this.#emit({ kind: "answer", ref, message: undefined });
    this.#asked.clear();
    this.#rest = NOTHING;
    this.#state = "ended";
    const why = error ? { error } : {};
    this.#emit({ kind: "ended", ...why });
    this.#emit({ kind: "close", ...why });
  }

  /** @returns The number of the frame. */
  #write(rseq: number, message: Message): number {
    this.#lastSeq = this.#lastSeq === 0xffffffff ? 1 : this.#lastSeq + 1;
    this.#emit({ kind: "write", bytes: encodeFrame(this.#lastSeq, rseq, message) });
    return this.#lastSeq;
  }

  #emit(out: ConnectionOut): void {
    this.#out.push(out);
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

const broke = (what: string): ProtocolError =>
  new ProtocolError(`CXO peer broke the protocol: ${what}`, { by: "peer", code: "protocol", ends: "stream" });

const refused = (text: string): ProtocolError =>
  new ProtocolError(`CXO peer refused the handshake: ${JSON.stringify(text.slice(0, 200))}`, {
    by: "self",
    code: "refused",
    ends: "stream",
  });

const silent = (what: string): NetworkError =>
  new NetworkError(`CXO ${what} timed out`, { retry: true, reason: "timeout" });

/** A close before the Ack is a refusal whose Err was overtaken. */
const cutOff = (state: State): NetworkError =>
  state === "awaitingAck"
    ? new NetworkError("CXO peer closed before it answered the handshake", { retry: true, reason: "refused" })
    : new NetworkError("CXO connection ended inside a frame", { retry: true, reason: "closed" });
