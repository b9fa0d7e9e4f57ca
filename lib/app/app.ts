/**
 * Everything that a surface (command, line chat, terminal UI) can ask of an identity, as one interface with two
 * makers: in this process (`local.ts`), and over the socket of the process that owns the identity
 * (`lib/owner/remote.ts`). One contract test holds for both.
 *
 * All parameters and results are plain JSON values; times are RFC 3339 texts with nanoseconds (lib/wire/go_time.ts).
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Addr } from "../dmsg/addr.ts";
import type { MessageState } from "../store/store.ts";
import type { Duplex } from "../wire/machine.ts";

/** A message as every surface sees it. */
export interface MessageView {
  /** The other party, also of a message of ours. */
  readonly peer: PublicKeyHex;
  /** Its place in the conversation: 1, 2, 3 … */
  readonly position: number;
  /** Whether we wrote it. */
  readonly outgoing: boolean;
  /** The envelope's id, when it has one. */
  readonly id?: string;
  /** The body as it was written, not escaped. */
  readonly text: string;
  /** When it was written or came. */
  readonly ts: string;
  /** Where it stands. */
  readonly state: MessageState;
  /** Why it failed, in a few words. */
  readonly reason?: string;
  /** The id of the message that it answers. */
  readonly replyTo?: string;
  /** `dmsg` (port 1) or `dmsg-chat` (port 9001). */
  readonly via: "dmsg" | "dmsg-chat";
}

/** How to send a text. */
export interface SendRequest {
  /** To whom; port 1, or 9001 for a peer of `dmsg chat`. */
  readonly to: Addr;
  /** 1 byte or longer; must fit one frame with its envelope. */
  readonly text: string;
  /** How long to wait for the ack; 0 waits only until the server has taken the last byte. */
  readonly waitMs: number;
  /** `--id`: repeating a send with the same key and peer is one message at a receiver that remembers ids. */
  readonly key?: string;
  /** The id of the message that it answers. */
  readonly replyTo?: string;
  /** Keep it and try again later when it does not arrive now. */
  readonly queue?: boolean;
}

/** What became of a send. Refusals and unreachable peers are thrown as {@link NetworkError}. */
export interface SendReport {
  /** `queued`: kept, and tried again later. */
  readonly state: "acked" | "handed-over" | "unconfirmed" | "queued";
  /** The envelope's id, when it has one. */
  readonly id?: string;
  /** From the start of the send to its end, milliseconds. */
  readonly ms: number;
  /** Why it is not confirmed, or queued. */
  readonly reason?: string;
  /** Its place in the conversation, when messages are kept. */
  readonly position?: number;
}

/** What happened, in order; each has the cursor to go on behind it. */
export type AppEvent =
  & {
    /** Hand it to {@link App.events} to go on behind this event. */
    readonly cursor: number;
    /** When it was kept. */
    readonly ts: string;
  }
  & (
    | { readonly kind: "message"; readonly message: MessageView }
    | {
      readonly kind: "state";
      readonly peer: PublicKeyHex;
      readonly position: number;
      readonly id?: string;
      readonly state: MessageState;
      readonly reason?: string;
    }
    | { readonly kind: "deleted"; readonly peer: PublicKeyHex; readonly position: number; readonly id?: string }
    | { readonly kind: "peer"; readonly peer: PublicKeyHex; readonly facts: Record<string, unknown> }
    | { readonly kind: "read"; readonly peer: PublicKeyHex; readonly position: number }
    | { readonly kind: "forgotten"; readonly peer: PublicKeyHex }
    | { readonly kind: "network"; readonly name: string; readonly detail: Record<string, unknown> }
    /** Events behind the asked cursor are no longer kept. */
    | { readonly kind: "lost" }
  );

/** Which messages. */
export interface HistoryRequest {
  /** Only this conversation; all of them when left out. */
  readonly peer?: PublicKeyHex;
  /** Most messages, the newest win. */
  readonly limit: number;
  /** Not older than this. */
  readonly since?: string;
  /** Only before this position (needs `peer`). */
  readonly before?: number;
}

/** A conversation in a list. */
export interface ConversationView {
  readonly peer: PublicKeyHex;
  readonly lastTs: string;
  readonly unread: number;
}

/** A message that waits to be sent. */
export interface QueuedView {
  readonly message: MessageView;
  /** When it is tried next. */
  readonly due: string;
  readonly attempts: number;
}

/** How the identity stands; member names of the Go program where it has them (specification skychat §e). */
export interface StatusView {
  readonly pk: PublicKeyHex;
  /** The process that owns the identity, and since when it runs, in seconds. */
  readonly pid: number;
  readonly uptimeSec: number;
  /** Whether it can be reached: registered, with these servers. */
  readonly registered: boolean;
  readonly servers: readonly string[];
  readonly discovery: readonly string[];
  readonly conversations: number;
  readonly unread: number;
  readonly queued: number;
  readonly inbound: number;
  readonly outbound: number;
  readonly outboundFailed: number;
  readonly lastRx?: string;
  readonly lastSend?: string;
}

/** What is decided about a peer. */
export interface PeerView {
  readonly peer: PublicKeyHex;
  readonly blocked: boolean;
  readonly accepted: boolean;
  readonly once: boolean;
}

/** A stream that was opened or taken through the app. */
export interface AppStream extends Duplex {
  readonly remote: Addr;
  /** A round trip to the server under it, in milliseconds; see DmsgStream. */
  ping(): Promise<number>;
}

/** A port that the app takes streams on, for a command such as `nc -l`. */
export interface AppListener {
  /** The next stream, or null once the listener is closed. */
  accept(): Promise<AppStream | null>;
  close(): void;
}

/** Everything that can be asked of an identity. */
export interface App {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /**
   * Sends a text. With a store it is kept before it is sent.
   * @throws {NetworkError} unreachable, refused, no-network; nothing is queued then.
   * @throws {UserError} usage: the text does not fit a frame; refused: blocked, or the same key with another text.
   */
  send(request: SendRequest, signal?: AbortSignal): Promise<SendReport>;
  /**
   * Events behind a cursor, then those to come, until the signal.
   * @param since  A cursor; undefined starts with what comes from now on.
   */
  events(since: number | undefined, signal: AbortSignal): AsyncIterable<AppEvent>;
  /** Messages, oldest first. */
  history(request: HistoryRequest): Promise<MessageView[]>;
  /** Messages whose text holds words, ignoring case, newest first. */
  search(request: { text: string; peer?: PublicKeyHex; limit: number }): Promise<MessageView[]>;
  /** All conversations, the latest first. */
  conversations(): Promise<ConversationView[]>;
  /** How we stand. */
  status(): Promise<StatusView>;
  /** Marks what came up to a position (default: the newest) as read; tells the peer when receipts are on. */
  markRead(request: { peer: PublicKeyHex; position?: number }): Promise<void>;
  /**
   * Takes a message back: the body goes here, and for a message of ours at the peer too (`chat-delete`).
   * @throws {UserError} usage: no such message.
   */
  remove(request: { peer: PublicKeyHex; position: number; everywhere: boolean }): Promise<void>;
  /** Drops a conversation from the store. */
  forget(request: { peer: PublicKeyHex }): Promise<void>;
  /** What is decided about peers. */
  peers(): Promise<PeerView[]>;
  /** Decides about a peer. */
  decide(request: { peer: PublicKeyHex; blocked?: boolean; accepted?: boolean }): Promise<void>;
  /** What waits to be sent. */
  outbox(): Promise<QueuedView[]>;
  /** Takes a message out of the outbox; its state becomes `cancelled`. @throws {UserError} usage: not there. */
  cancel(request: { peer: PublicKeyHex; position: number }): Promise<void>;
  /** Sends an unconfirmed, failed or queued message again now. @throws {UserError} usage: no such message. */
  retry(request: { peer: PublicKeyHex; position: number }): Promise<void>;
  /** Opens a stream. @throws {NetworkError} As DmsgClient.dial. */
  dial(to: Addr, signal?: AbortSignal): Promise<AppStream>;
  /** Takes streams to a port. @throws {UserError} busy: the port is taken. */
  listen(port: number): Promise<AppListener>;
  /** Resolves when the app has ended by itself: the owner died or was stopped. */
  readonly closed: Promise<void>;
  /** Ends our use of it; the last user of a local app ends the app. */
  close(): Promise<void>;
}
