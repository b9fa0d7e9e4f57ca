/**
 * One connection to one peer: direct messages, acks, receipts, retractions and control frames.
 *
 * @see specification skychat §0.3, §a.1 – §a.3; lib/chat/README.md "Link"
 * @module
 */
import { utf8View } from "../wire/bytes.ts";
import { NetworkError, ProtocolError } from "../wire/errors.ts";
import { FrameReader } from "../wire/frame.ts";
import type { Machine } from "../wire/machine.ts";
import { encodeControl } from "./control.ts";
import { classify, encodeEnvelope, type Envelope, type Incoming, type MessageEnvelope } from "./envelope.ts";
import { CHAT_FRAME, encodeChatFrame } from "./frame.ts";
import type { LinkIn, LinkOut, ReceivedMessage, SendIn } from "./link_types.ts";
import { clampWait, MAX_ID_CHARS, payloadFor } from "./outgoing.ts";
import { AckWaiters, type Waiter } from "./waiters.ts";

/** Most messages that are given out and neither stored nor refused yet. */
export const MAX_UNSTORED = 256;
/** What may wait behind them. A burst in one chunk is no offence; a peer that outruns the disk for long is. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
/** What a waiting frame costs beside its payload, so that a backlog of 1-byte frames is bounded as well. */
const FRAME_COST_BYTES = 256;

/** The protocol core of a direct-message connection. Inputs after `ended` do nothing, a send gives `unsent`. */
export class ChatLink implements Machine<LinkIn, LinkOut> {
  readonly #reader = new FrameReader(CHAT_FRAME);
  readonly #waiters = new AckWaiters();
  /** Token → the id that `stored` acks, if the peer asked for an ack. */
  readonly #unstored = new Map<number, string | undefined>();
  #backlog: { incoming: Incoming; costBytes: number }[] = [];
  #backlogBytes = 0;
  #lastToken = 0;
  #ended = false;
  /** What the current call returns. */
  #out: LinkOut[] = [];

  /** When the earliest ack is due. @see Machine.deadlineMs */
  get deadlineMs(): number | undefined {
    return this.#waiters.deadlineMs;
  }

  /**
   * Takes one input and returns everything that follows from it. @see Machine.handle
   * @throws {RangeError} A mistake of the caller's: a message or control frame that does not fit, an ack without
   *   an id, an id that waits already, a token that was never given out or is answered. Bytes never throw.
   */
  handle(input: LinkIn, nowMs: number): LinkOut[] {
    if (this.#ended) {
      return input.kind === "send" ? [{ kind: "unsent", ref: input.ref, reason: "ended" }] : [];
    }
    this.#out = [];
    this.#input(input, nowMs);
    return this.#out;
  }

  #input(input: LinkIn, nowMs: number): void {
    switch (input.kind) {
      case "bytes":
        return this.#bytes(input.bytes, nowMs);
      case "eof":
        return this.#end(this.#reader.pendingBytes > 0 ? brokenOff() : undefined);
      case "tick":
        return this.#unconfirmed(this.#waiters.expire(nowMs), "timeout");
      case "send":
        return this.#send(input, nowMs);
      case "stored":
      case "refused":
        return this.#answered(input.token, input.kind === "stored", input.kind === "stored" && input.once);
      case "read":
        return this.#envelope({ type: "chat-read", id: input.id });
      case "delete":
        return this.#envelope({ type: "chat-delete", id: input.id });
      case "control":
        return this.#write(encodeControl(input.frame));
      case "close":
        return this.#end();
    }
  }

  #send(send: SendIn, nowMs: number): void {
    const { ref, id, ack } = send;
    const frame = encodeChatFrame(payloadFor(send, utf8View));
    const waitMs = ack ? clampWait(send.waitMs) : 0;
    if (waitMs > 0 && this.#waiters.full) return this.#emit({ kind: "unsent", ref, reason: "full" });
    if (waitMs > 0) this.#waiters.add({ id: id!, ref, sentMs: nowMs, deadlineMs: nowMs + waitMs });
    else if (ack) this.#waiters.addLate(id!);
    this.#emit({ kind: "write", bytes: frame }, { kind: "written", ref });
  }

  #bytes(chunk: Uint8Array, nowMs: number): void {
    try {
      this.#reader.push(chunk, (payload) => {
        this.#frame(payload, nowMs);
        return !this.#ended;
      });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end(error);
    }
  }

  /** Acks overtake the backlog: they are about our messages. Everything else keeps the peer's order. */
  #frame(payload: Uint8Array, nowMs: number): void {
    const incoming = classify(payload);
    if (incoming.kind === "envelope" && incoming.envelope.type === "chat-ack") {
      return this.#acked(incoming.envelope.id, incoming.envelope.once ?? false, nowMs);
    }
    if (this.#backlog.length === 0 && this.#unstored.size < MAX_UNSTORED) return this.#deliver(incoming);
    const costBytes = payload.length + FRAME_COST_BYTES;
    this.#backlog.push({ incoming, costBytes });
    this.#backlogBytes += costBytes;
    if (this.#backlogBytes > MAX_BACKLOG_BYTES) this.#end(flooded());
  }

  #acked(id: string, once: boolean, nowMs: number): void {
    const outcome = this.#waiters.take(id);
    if (outcome.kind === "late") this.#emit({ kind: "late-ack", id, once });
    if (outcome.kind !== "in-time") return;
    const { ref, sentMs } = outcome.waiter;
    this.#emit({ kind: "acked", ref, id, tookMs: nowMs - sentMs, once });
  }

  #deliver(incoming: Incoming): void {
    if (incoming.kind === "text") {
      this.#received({ form: "text", body: incoming.body, wantsAck: false });
    } else if (incoming.kind === "control") {
      this.#emit(incoming);
    } else if (incoming.envelope.type === "chat-msg") {
      this.#message(incoming.envelope);
    } else if (incoming.envelope.id !== "") {
      const { type, id } = incoming.envelope;
      this.#emit({ kind: type === "chat-read" ? "read" : "deleted", id });
    }
  }

  #message({ id, body, ack, replyTo }: MessageEnvelope): void {
    // The ack repeats the id: one that is too long might not fit the frame once it is escaped.
    const wantsAck = ack && id !== "" && id.length <= MAX_ID_CHARS;
    if (body !== "") {
      const optional = { ...(id === "" ? {} : { id }), ...(replyTo === undefined ? {} : { replyTo }) };
      this.#received({ form: "envelope", body, wantsAck, ...optional });
    } else if (wantsAck) {
      this.#envelope({ type: "chat-ack", id });
    }
  }

  #received(message: ReceivedMessage): void {
    const token = ++this.#lastToken;
    this.#unstored.set(token, message.wantsAck ? message.id : undefined);
    this.#emit({ kind: "received", token, message });
  }

  #answered(token: number, stored: boolean, once = false): void {
    if (!this.#unstored.has(token)) throw new RangeError(`no message waits under the token ${token}`);
    const id = this.#unstored.get(token);
    this.#unstored.delete(token);
    if (stored && id !== undefined) this.#envelope({ type: "chat-ack", id, once });
    this.#work(() => this.#unstored.size < MAX_UNSTORED);
  }

  /** Gives out what waits, as long as there is room. */
  #work(room: () => boolean): void {
    let done = 0;
    while (done < this.#backlog.length && room()) {
      this.#backlogBytes -= this.#backlog[done].costBytes;
      this.#deliver(this.#backlog[done++].incoming);
    }
    this.#backlog.splice(0, done);
  }

  /** What the peer had written is given out first: it may never be sent again. */
  #end(error?: Error): void {
    this.#work(() => true);
    this.#unconfirmed(this.#waiters.clear(), "no ack");
    this.#ended = true;
    this.#unstored.clear();
    const why = error ? { error } : {};
    this.#emit({ kind: "ended", ...why }, { kind: "close", ...why });
  }

  #unconfirmed(waiters: readonly Waiter[], reason: "timeout" | "no ack"): void {
    for (const { ref, id } of waiters) this.#emit({ kind: "unconfirmed", ref, id, reason });
  }

  #envelope(envelope: Envelope): void {
    this.#write(encodeEnvelope(envelope, utf8View));
  }

  #write(payload: Uint8Array): void {
    this.#emit({ kind: "write", bytes: encodeChatFrame(payload) });
  }

  #emit(...outs: LinkOut[]): void {
    this.#out.push(...outs);
  }
}

const brokenOff = (): NetworkError =>
  new NetworkError("chat connection ended inside a frame", { retry: true, reason: "closed" });

const flooded = (): ProtocolError =>
  new ProtocolError("peer sends messages faster than they can be kept", {
    by: "peer",
    code: "flood",
    ends: "stream",
  });
