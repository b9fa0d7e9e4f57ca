/**
 * One chat connection to one peer: a ChatLink over a stream, with promises for what was sent and a commit for
 * what arrives.
 *
 * @see lib/chat/link.ts; lib/app/README.md "Messages"
 * @module
 */
import type { ControlFrame } from "../../chat/control.ts";
import { ChatLink } from "../../chat/link.ts";
import type { LinkIn, LinkOut, SendIn } from "../../chat/link_types.ts";
import type { OutgoingMessage } from "../../chat/outgoing.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { type Clock, within } from "../../sys/clock.ts";
import { Drive } from "../../wire/drive.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { Duplex } from "../../wire/machine.ts";
import type { AppStream } from "../node/node.ts";
import { Inbox, type InboxTakers, type Notice } from "./inbox.ts";

/** How long the next hop may take to say that it has the bytes. */
const HAND_OVER_MS = 10_000;
/**
 * Bytes that are read without a look at what waits to be kept: the shortest frames in them are fewer than a link holds
 * (`MAX_BACKLOG_BYTES`), so a burst of any messages is no flood.
 */
const READ_BYTES = 16 * 1024;
/** Frames that are no messages and are not dealt with yet: with so many nothing more is read. Files may be 64 of them. */
const MAX_CONTROLS = 128;

/** What became of a message that was given to a link. */
export type LinkOutcome =
  /** `once`: the peer keeps one copy of an id however often it is sent. */
  | { readonly state: "acked"; readonly id: string; readonly ms: number; readonly once: boolean }
  /** Without a wait: the next hop has it. */
  | { readonly state: "handed-over"; readonly ms: number }
  /** It may have arrived all the same. */
  | { readonly state: "unconfirmed"; readonly id: string; readonly reason: "timeout" | "no ack" }
  /** It certainly did not leave. */
  | { readonly state: "unsent"; readonly reason: "full" | "ended" };

/** What we say about a message: the user has seen the peer's; we take ours back. */
export interface OwnNotice {
  /** Which of the two. */
  readonly kind: "read" | "delete";
  /** At most 1024 characters. */
  readonly id: string;
}

/** A frame of ours that is no message. */
export interface OwnControl {
  /** The input of the link. */
  readonly kind: "control";
  /** What it says. */
  readonly frame: ControlFrame;
}

/** How a link is set up. */
export interface PeerLinkOptions {
  /** The link owns it. */
  readonly stream: AppStream;
  /** Time for acks. */
  readonly clock: Clock;
  /**
   * Keeps messages, or not: an ack is written after its message was kept, and never when it throws. Bursts come one at
   * a time and in order; little more is read from the peer meanwhile. After `failed` the connection ends.
   * @see InboxTakers.keep
   */
  readonly commit: InboxTakers["keep"];
  /** Runs what is done about what came, in turn with that of the peer's other connections. */
  readonly turn: InboxTakers["turn"];
  /** Whether acks say that a repeated id is kept once. */
  readonly once?: boolean;
  /** Hears what the peer says about messages, in turn with `commit`. */
  readonly onNotice?: (notice: Notice) => void | Promise<void>;
  /** Hears what is no message: pairing steps and requests for files. Must not reject; a flood waits for what it resolves. */
  readonly onControl?: (frame: ControlFrame) => void | Promise<void>;
  /** Called once at the end, with the reason unless it was in order. */
  readonly onEnded: (error: Error | undefined) => void;
}

/** One connection. */
export class PeerLink {
  readonly #options: PeerLinkOptions;
  readonly #drive: Drive<LinkIn, LinkOut>;
  readonly #sent = new Map<string, (outcome: LinkOutcome) => void>();
  readonly #inbox: Inbox;
  #lastRef = 0;
  #underWay = 0;
  #controls = 0;
  /** Goes on reading. */
  #onControlDone: (() => void) | undefined;
  #ended = false;

  /** Starts to read at once. */
  constructor(options: PeerLinkOptions) {
    const { commit, turn, onNotice, once } = options;
    this.#options = options;
    this.#inbox = new Inbox({
      turn,
      keep: commit,
      notice: onNotice,
      answer: (token, kept) =>
        this.#drive.put(kept ? { kind: "stored", token, once } : { kind: "refused", token }),
      onLost: () => this.close(),
    });
    this.#drive = new Drive<LinkIn, LinkOut>(new ChatLink(), {
      duplex: this.#readingWithRoom(options.stream),
      clock: options.clock,
      onEvent: (out) => this.#handle(out),
    });
    void this.#drive.run();
  }

  /** Who is at the other end. */
  get peer(): PublicKeyHex {
    return this.#options.stream.remote.pk;
  }

  /** Whether nothing can be sent any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether something that was sent has no outcome yet. */
  get busy(): boolean {
    return this.#underWay > 0;
  }

  /**
   * Writes a message and waits for its outcome.
   * @param message  Fits one frame; with an ack and an id when `waitMs` is above 0.
   * @param waitMs  For the ack, clamped by the link; 0 waits only until the next hop has the bytes.
   * @param onWritten  Called when the message can no longer be said not to have left.
   * @throws {NetworkError} Without a wait: the connection ended before the bytes were handed over.
   */
  async send(message: OutgoingMessage, waitMs: number, onWritten?: () => void): Promise<LinkOutcome> {
    this.#underWay++;
    try {
      return await this.#send(message, waitMs, onWritten);
    } finally {
      this.#underWay--;
    }
  }

  async #send(message: OutgoingMessage, waitMs: number, onWritten?: () => void): Promise<LinkOutcome> {
    const ref = String(++this.#lastRef);
    if (this.#ended) return { state: "unsent", reason: "ended" };
    const startMs = this.#options.clock.nowMs();
    const outcome = await new Promise<LinkOutcome | undefined>((resolve) => {
      this.#sent.set(ref, resolve);
      const send: SendIn = { ...message, kind: "send", ref, waitMs };
      const written = this.#drive.put(send).some((out) => out.kind === "written");
      if (written) onWritten?.();
      if (waitMs <= 0 && written) resolve(undefined);
    });
    this.#sent.delete(ref);
    if (outcome) return outcome;
    await this.#drive.flushed();
    if (this.#ended) return { state: "unsent", reason: "ended" };
    await within(this.#options.clock, HAND_OVER_MS, this.#options.stream.ping(), notTaken);
    return { state: "handed-over", ms: this.#options.clock.nowMs() - startMs };
  }

  /**
   * Writes what we say about a message.
   * @returns Whether it was handed over; false when the connection has ended.
   */
  async notify(notice: OwnNotice | OwnControl): Promise<boolean> {
    if (this.#ended) return false;
    this.#drive.put(notice);
    await this.#drive.flushed();
    return !this.#ended;
  }

  /** Ends the connection after what was written. */
  close(): void {
    this.#drive.put({ kind: "close" });
  }

  #handle(out: LinkOut): void {
    switch (out.kind) {
      case "received":
        return this.#inbox.received(out);
      case "read":
      case "deleted":
      case "late-ack":
        return this.#inbox.noticed(out);
      case "control":
        return void this.#control(out.frame);
      case "acked":
        return this.#settle(out.ref, { state: "acked", id: out.id, ms: out.tookMs, once: out.once });
      case "unconfirmed":
        // Without an answer of its server the session is over in 10 s: a dead socket says nothing by itself for 40.
        if (out.reason === "timeout") void this.#options.stream.ping().catch(() => {});
        return this.#settle(out.ref, { state: "unconfirmed", id: out.id, reason: out.reason });
      case "unsent":
        return this.#settle(out.ref, { state: "unsent", reason: out.reason });
      case "ended":
        this.#ended = true;
        return this.#options.onEnded(out.error);
    }
  }

  async #control(frame: ControlFrame): Promise<void> {
    this.#controls++;
    await this.#options.onControl?.(frame);
    this.#controls--;
    this.#onControlDone?.();
  }

  #settle(ref: string, outcome: LinkOutcome): void {
    this.#sent.get(ref)?.(outcome);
  }

  /** Whoever is slower than the peer, the store or what is done about its steps, slows the peer down. */
  #readingWithRoom(stream: AppStream): Duplex {
    let left: Uint8Array = new Uint8Array(0);
    return {
      read: async () => {
        await this.#inbox.room();
        while (this.#controls >= MAX_CONTROLS) {
          await new Promise<void>((resolve) => this.#onControlDone = resolve);
        }
        const chunk = left.length > 0 ? left : await stream.read();
        if (chunk === null) return null;
        left = chunk.subarray(READ_BYTES);
        return chunk.subarray(0, READ_BYTES);
      },
      write: (bytes) => stream.write(bytes),
      closeWrite: () => stream.closeWrite(),
      close: () => stream.close(),
    };
  }
}

const notTaken = (): NetworkError =>
  new NetworkError(`the server did not take the message within ${HAND_OVER_MS} ms`, {
    retry: true,
    reason: "unreachable",
  });
