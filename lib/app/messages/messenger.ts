/**
 * Direct messages: sends texts to peers and takes theirs, over chat connections on port 1.
 *
 * What arrives goes through `commit` first, then the link is told `stored`, then the ack is written: an ack means
 * kept. A store takes the place of `commit` without a change here.
 *
 * @see specification skychat §a; lib/app/README.md "Messages"
 * @module
 */
import type { ControlFrame } from "../../chat/control.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { ReceivedMessage } from "../../chat/link_types.ts";
import { clampWait, newMessageId, type OutgoingMessage } from "../../chat/outgoing.ts";
import type { Addr } from "../../dmsg/addr.ts";
import { unlessAborted } from "../../sys/abort.ts";
import { type Clock, within } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { AppStream } from "../node/node.ts";
import { Connections } from "./connections.ts";
import type { Kept, Notice } from "./inbox.ts";
import { CHAT_PORT } from "./messages.ts";
import { type LinkOutcome, type OwnControl, type OwnNotice, PeerLink } from "./peer_link.ts";
import { PeerTurns } from "./peer_turns.ts";

export { CHAT_PORT } from "./messages.ts";

/** What became of a message. */
export type SendOutcome = Exclude<LinkOutcome, { readonly state: "unsent" }>;

/** How to send. */
export interface SendOptions {
  /** How long to wait for the ack; 0 sends the plain text and waits only until the next hop has it. */
  readonly waitMs: number;
  /** The message's id; a fresh one when there is none. Not used without a wait. */
  readonly id?: string;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** How to deliver a message that is put together already. */
export interface DeliverOptions {
  /**
   * How long to wait for the ack, if the message asks for one: for the connection and the ack together. 0 waits only
   * until the next hop has it.
   */
  readonly waitMs: number;
  /** Awaited when there is a connection, before the message is written to it; nothing is written when it throws. */
  readonly beforeWrite?: () => Promise<void>;
  /** Called when the message can no longer be said not to have left. */
  readonly onWritten?: () => void;
}

/** A message of a peer's. */
export interface IncomingMessage extends ReceivedMessage {
  /** Its sender: the key that the stream has authenticated. */
  readonly from: PublicKeyHex;
}

/**
 * Keeps messages of one peer, in order.
 * @returns An answer for each: true lets its ack go out, false refuses the message without a word, `failed` ends the
 * connection as well, so that nothing that asks for an ack is kept ahead of the message.
 */
export type Commit = (burst: readonly IncomingMessage[]) => readonly Kept[] | Promise<readonly Kept[]>;

/** The part of a dmsg client that messages need. */
export interface MessageNetwork {
  /** Opens a stream. */
  dial(to: Addr, signal?: AbortSignal): Promise<AppStream>;
  /** Takes streams to a port. */
  listen(port: number): AsyncIterable<AppStream> & { close(): void };
}

/** What a messenger needs. */
export interface MessengerOptions {
  /** Carries the streams. */
  readonly network: MessageNetwork;
  /** Time for acks. */
  readonly clock: Clock;
  /** For message ids. */
  readonly random: Random;
  /** Keeps what arrives while nothing listens, on connections that we made. Default: nothing is kept. */
  readonly commit?: Commit;
  /** Whether `commit` keeps a repeated id once: acks say so. */
  readonly once?: boolean;
  /** Asked before a peer's connection is taken; false closes it. */
  readonly admit?: (from: PublicKeyHex) => Promise<boolean>;
  /** A peer has made a connection: it can be reached. */
  readonly onPeer?: (from: PublicKeyHex) => void;
  /** Hears what peers say about messages, in turn with `commit`. */
  readonly onNotice?: (from: PublicKeyHex, notice: Notice) => void | Promise<void>;
  /** Hears what is no message; as {@link PeerLink}'s. */
  readonly onControl?: (from: PublicKeyHex, frame: ControlFrame) => void | Promise<void>;
}

/** The message that is written for a text: raw, or with an id and the wish for an ack. */
export const outgoing = (text: string, waitMs: number, id: string): OutgoingMessage =>
  clampWait(waitMs) > 0 ? { text, ack: true, id } : { text, ack: false };

/** Sends and takes direct messages; one cached connection per peer, the newest wins. */
export class Messenger {
  readonly #options: MessengerOptions;
  readonly #connections = new Connections<PeerLink>();
  readonly #turns = new PeerTurns();
  readonly #stop = new AbortController();
  #commit: Commit | undefined;

  /** Connects and listens when it is asked to. */
  constructor(options: MessengerOptions) {
    this.#options = options;
  }

  /**
   * Sends a text on the peer's connection, which is made when there is none. Written again on a fresh connection
   * when the cached one had ended before; never after that, because a classic peer shows a repeated message twice.
   * @param text  1 byte or longer, and short enough for one frame with its envelope (`excessBytes`).
   * @throws {NetworkError} The peer can't be reached, or refuses the stream.
   */
  async send(to: Addr, text: string, options: SendOptions): Promise<SendOutcome> {
    const { signal } = options;
    const waitMs = clampWait(options.waitMs);
    const message = outgoing(text, waitMs, options.id ?? newMessageId(this.#options.random));
    return await unlessAborted(signal, this.deliver(to, message, { waitMs }));
  }

  /**
   * As {@link send}, with a message that is put together already.
   * @throws {NetworkError} The peer can't be reached, not in time, or refuses the stream: nothing was written, unless
   *   `onWritten` was called.
   */
  async deliver(to: Addr, message: OutgoingMessage, options: DeliverOptions): Promise<SendOutcome> {
    const { waitMs, beforeWrite, onWritten } = options;
    const { clock } = this.#options;
    const untilMs = clock.nowMs() + waitMs;
    const link = (): Promise<PeerLink> => {
      const dialing = this.#connections.get(to, () => this.#dial(to));
      if (waitMs <= 0) return dialing;
      return within(clock, Math.max(0, untilMs - clock.nowMs()), dialing, () => tooLate(to, waitMs));
    };
    let written = false;
    const mark = (): void => {
      written = true;
      onWritten?.();
    };
    for (let retried = false;; retried = true) {
      const connected = this.#connections.ready(to) ?? await link();
      await beforeWrite?.();
      const leftMs = waitMs > 0 ? Math.max(1, untilMs - clock.nowMs()) : 0;
      const outcome = await connected.send(message, leftMs, mark);
      if (outcome.state === "unconfirmed" && outcome.reason === "timeout") this.#connections.evict(connected);
      if (outcome.state !== "unsent") return outcome;
      if (retried || written || outcome.reason === "full") throw unsent(to, outcome.reason);
    }
  }

  /**
   * Says something about messages, on the peer's connection or a new one.
   * @throws {NetworkError} The peer can't be reached.
   */
  async notify(to: Addr, notices: readonly (OwnNotice | OwnControl)[]): Promise<void> {
    for (let retried = false;; retried = true) {
      const link = await this.#connections.get(to, () => this.#dial(to));
      const told = await Promise.all(notices.map((notice) => link.notify(notice)));
      if (told.every(Boolean)) return;
      if (retried) throw unsent(to, "ended");
    }
  }

  /** A peer has given a sign of life: a dial that began before need not be waited for. */
  dialAgain(peer: PublicKeyHex): void {
    this.#connections.dialAgain({ pk: peer, port: CHAT_PORT });
  }

  /** The peers of all live connections, as often as there are some, the oldest first. */
  get connected(): PublicKeyHex[] {
    return this.#connections.all().map(({ peer }) => peer);
  }

  /** Ends all connections with a peer. */
  drop(peer: PublicKeyHex): void {
    for (const link of this.#connections.all()) if (link.peer === peer) link.close();
  }

  /**
   * Takes messages until the signal or {@link close}.
   * @returns When it has ended.
   * @throws What `commit` threw: nothing more can be kept.
   * @throws {ProtocolError} dmsg error 400: something listens on the port already.
   */
  async listen(commit: Commit, signal: AbortSignal): Promise<void> {
    const listener = this.#options.network.listen(CHAT_PORT);
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    this.#commit = async (burst) => {
      try {
        return await commit(burst);
      } catch (error) {
        failed.reject(error);
        throw error;
      }
    };
    const stop = (): void => listener.close();
    const signals = AbortSignal.any([signal, this.#stop.signal]);
    signals.addEventListener("abort", stop, { once: true });
    if (signals.aborted) stop();
    try {
      await Promise.race([this.#take(listener), failed.promise]);
    } finally {
      signals.removeEventListener("abort", stop);
      stop();
      this.#commit = undefined;
    }
  }

  /** Ends all connections. */
  close(): void {
    this.#stop.abort(new NetworkError("messenger is closed", { retry: false, reason: "closed" }));
    for (const link of this.#connections.all()) link.close();
  }

  async #take(listener: AsyncIterable<AppStream>): Promise<void> {
    for await (const stream of listener) void this.#admit(stream);
  }

  async #admit(stream: AppStream): Promise<void> {
    const { admit, onPeer } = this.#options;
    const { pk } = stream.remote;
    const admitted = admit ? await admit(pk).catch(() => false) : true;
    if (!admitted || this.#stop.signal.aborted) return stream.close();
    this.#adopt(stream, { pk, port: CHAT_PORT });
    onPeer?.(pk);
  }

  async #dial(to: Addr): Promise<PeerLink> {
    return this.#adopt(await this.#options.network.dial(to, this.#stop.signal), to);
  }

  #adopt(stream: AppStream, peer: Addr): PeerLink {
    const from = stream.remote.pk;
    const { clock, once, onNotice, onControl } = this.#options;
    const link: PeerLink = new PeerLink({
      stream,
      clock,
      once,
      turn: (work) => this.#turns.run(from, work),
      // A one-shot command that keeps nothing writes no ack.
      commit: (burst) => {
        const commit = this.#commit ?? this.#options.commit;
        return commit?.(burst.map((message) => ({ ...message, from }))) ?? burst.map(() => false);
      },
      onNotice: onNotice && ((notice) => onNotice(from, notice)),
      onControl: onControl && ((frame) => onControl(from, frame)),
      onEnded: () => this.#connections.remove(link),
    });
    this.#connections.add(peer, link);
    return link;
  }
}

const tooLate = (to: Addr, waitMs: number): NetworkError =>
  new NetworkError(`Cannot reach ${to.pk}: no answer within ${waitMs} ms`, {
    retry: true,
    reason: "unreachable",
  });

function unsent(to: Addr, reason: "full" | "ended"): NetworkError {
  const why = reason === "full" ? "too many messages wait for their acks" : "the connection ended";
  return new NetworkError(`Cannot send to ${to.pk}: ${why}`, { retry: true, reason: "unreachable" });
}
