/**
 * One chat connection to one peer: a ChatLink over a stream, with promises for what was sent and a commit for
 * what arrives.
 *
 * @see lib/chat/link.ts; lib/app/README.md "Messages"
 * @module
 */
import { ChatLink } from "../chat/link.ts";
import type { LinkIn, LinkOut, Received, ReceivedMessage, SendIn } from "../chat/link_types.ts";
import type { OutgoingMessage } from "../chat/outgoing.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Addr } from "../dmsg/addr.ts";
import { type Clock, within } from "../sys/clock.ts";
import { Drive } from "../wire/drive.ts";
import { NetworkError } from "../wire/errors.ts";
import type { Duplex } from "../wire/machine.ts";

/** How long the next hop may take to say that it has the bytes. */
const HAND_OVER_MS = 10_000;

/** A stream whose other end is proven, such as a dmsg stream. */
export interface PeerStream extends Duplex {
  /** The other end; its key is authenticated. */
  readonly remote: Addr;
  /** Resolves when the next hop has taken every byte that was written before. */
  ping(): Promise<number>;
}

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

/** What a peer says about a message, other than its ack in time. */
export type Notice =
  /** Its user has seen our message. */
  | { readonly kind: "read"; readonly id: string }
  /** It takes its own message back. */
  | { readonly kind: "deleted"; readonly id: string }
  /** An ack that nobody waits for any more. */
  | { readonly kind: "late-ack"; readonly id: string; readonly once: boolean };

/** What we say about a message: the user has seen the peer's; we take ours back. */
export interface OwnNotice {
  /** Which of the two. */
  readonly kind: "read" | "delete";
  /** At most 1024 characters. */
  readonly id: string;
}

/** How a link is set up. */
export interface PeerLinkOptions {
  /** The link owns it. */
  readonly stream: PeerStream;
  /** Time for acks. */
  readonly clock: Clock;
  /**
   * Keeps a message, or not: the ack is written after it has resolved to true, and never when it throws. One at a
   * time and in order; nothing more is read from the peer meanwhile. After `failed` the connection ends, and what
   * came behind that message on it and asks for an ack is refused: its sender writes all of it again, in order.
   */
  readonly commit: (message: ReceivedMessage) => Kept | Promise<Kept>;
  /** Whether acks say that a repeated id is kept once. */
  readonly once?: boolean;
  /** Hears what the peer says about messages, in turn with `commit`. */
  readonly onNotice?: (notice: Notice) => void | Promise<void>;
  /** Called once at the end, with the reason unless it was in order. */
  readonly onEnded: (error: Error | undefined) => void;
}

/** Whether a message is kept; `failed`: it could not be, though it may be when it comes again. */
export type Kept = boolean | "failed";

/** One connection. */
export class PeerLink {
  readonly #options: PeerLinkOptions;
  readonly #drive: Drive<LinkIn, LinkOut>;
  readonly #sent = new Map<string, (outcome: LinkOutcome) => void>();
  #commits: Promise<void> = Promise.resolve();
  #lastRef = 0;
  #ended = false;
  /** A message could not be kept. */
  #lost = false;

  /** Starts to read at once. */
  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.#drive = new Drive<LinkIn, LinkOut>(new ChatLink(), {
      duplex: this.#readingAfterCommits(options.stream),
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

  /**
   * Writes a message and waits for its outcome.
   * @param message  Fits one frame; with an ack and an id when `waitMs` is above 0.
   * @param waitMs  For the ack, clamped by the link; 0 waits only until the next hop has the bytes.
   * @param onWritten  Called when the message can no longer be said not to have left.
   * @throws {NetworkError} Without a wait: the connection ended before the bytes were handed over.
   */
  async send(message: OutgoingMessage, waitMs: number, onWritten?: () => void): Promise<LinkOutcome> {
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
  async notify(notice: OwnNotice): Promise<boolean> {
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
        return this.#commit(out);
      case "read":
      case "deleted":
      case "late-ack":
        return this.#notice(out);
      case "acked":
        return this.#settle(out.ref, { state: "acked", id: out.id, ms: out.tookMs, once: out.once });
      case "unconfirmed":
        return this.#settle(out.ref, { state: "unconfirmed", id: out.id, reason: out.reason });
      case "unsent":
        return this.#settle(out.ref, { state: "unsent", reason: out.reason });
      case "ended":
        this.#ended = true;
        return this.#options.onEnded(out.error);
    }
  }

  #settle(ref: string, outcome: LinkOutcome): void {
    this.#sent.get(ref)?.(outcome);
  }

  #commit({ token, message }: Received): void {
    this.#commits = this.#commits
      .then(() => this.#lost && message.wantsAck ? false : this.#options.commit(message))
      .catch(() => false)
      .then((kept) => {
        const { once } = this.#options;
        this.#drive.put(kept === true ? { kind: "stored", token, once } : { kind: "refused", token });
        if (kept !== "failed" || this.#lost) return;
        this.#lost = true;
        this.close();
      });
  }

  /** In turn with the messages: a retraction may be of the one right before, and a flood slows its sender down. */
  #notice(notice: Notice): void {
    const { onNotice } = this.#options;
    if (onNotice) this.#commits = this.#commits.then(() => onNotice(notice)).catch(() => {});
  }

  /** The next bytes are asked for when the last messages are kept: a slow store slows the peer down. */
  #readingAfterCommits(stream: PeerStream): Duplex {
    return {
      read: async () => {
        await this.#commits;
        return await stream.read();
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
