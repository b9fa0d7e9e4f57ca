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
import type { GroupId, Groups } from "./groups/groups.ts";
import type { Duplex } from "../wire/machine.ts";

/** A message as every surface sees it. */
export interface MessageView {
  /** The other party, also of a message of ours: a peer, or a group by its id. */
  readonly peer: PublicKeyHex | GroupId;
  /** In a group: who wrote it. */
  readonly sender?: PublicKeyHex;
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
  /** `dmsg` (port 1), `dmsg-chat` (port 9001), or `group`. */
  readonly via: "dmsg" | "dmsg-chat" | "group";
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
  /**
   * Keep it and try again later when it does not arrive now. With `waitMs` 0 what the server has taken has arrived.
   */
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
    | {
      readonly kind: "deleted";
      readonly peer: PublicKeyHex;
      readonly position: number;
      readonly id?: string;
    }
    | { readonly kind: "peer"; readonly peer: PublicKeyHex; readonly facts: Record<string, unknown> }
    | { readonly kind: "read"; readonly peer: PublicKeyHex; readonly position: number }
    | { readonly kind: "forgotten"; readonly peer: PublicKeyHex }
    | { readonly kind: "network"; readonly name: string; readonly detail: Record<string, unknown> }
    /**
     * Events behind the asked cursor are no longer kept; `foreign`: it is of other events than these, as after the
     * store was restored or replaced. What is kept follows, from the oldest.
     */
    | { readonly kind: "lost"; readonly foreign?: boolean }
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
  /** The other party. */
  readonly peer: PublicKeyHex;
  /** The newest message's time. */
  readonly lastTs: string;
  /** Incoming messages that are not marked as read. */
  readonly unread: number;
}

/** A message that waits to be sent. */
export interface QueuedView {
  /** The message; `pending`, or `sent` once an attempt may have left. */
  readonly message: MessageView;
  /** When it is tried next. */
  readonly due: string;
  /** Attempts so far. */
  readonly attempts: number;
}

/** How the identity stands; member names of the Go program where it has them (specification skychat §e). */
export interface StatusView {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** The process that owns the identity. */
  readonly pid: number;
  /** Since when that runs, seconds. */
  readonly uptimeSec: number;
  /** Whether it can be reached: its entry names a server that it has a session with. */
  readonly registered: boolean;
  /** Keys of the servers that it has sessions with. */
  readonly servers: readonly string[];
  /** What was proven of each of those: when a stream to our own key last came through it; none: not yet, or no more. */
  readonly proofs?: readonly { readonly server: string; readonly heard?: string }[];
  /** Another live program with our key: since when, when it was last noticed, and whether peers find it, not us. */
  readonly twin?: { readonly since: string; readonly seen: string; readonly hasEntry: boolean };
  /** URLs of its discoveries. */
  readonly discovery: readonly string[];
  /** How many conversations are kept. */
  readonly conversations: number;
  /** Incoming messages of all of them that are not marked as read. */
  readonly unread: number;
  /** Messages in the outbox. */
  readonly queued: number;
  /** Chat connections with peers at the moment. */
  readonly connections: number;
  /** Who is at their other ends, each once. */
  readonly peers: readonly PublicKeyHex[];
  /** Messages that came since the start. */
  readonly inbound: number;
  /** Messages that were acked or handed over since the start. */
  readonly outbound: number;
  /** Attempts that had another outcome. */
  readonly outboundFailed: number;
  /** When the last message came, since the start. */
  readonly lastRx?: string;
  /** When the last message was acked or handed over, since the start. */
  readonly lastSend?: string;
}

/** What is decided about a peer. */
export interface PeerView {
  /** Who. */
  readonly peer: PublicKeyHex;
  /** Nothing of it is taken, on any port, and nothing sent to it. */
  readonly blocked: boolean;
  /** The user has agreed to talk with it, or has written to it. */
  readonly accepted: boolean;
  /** It keeps one copy of a message however often it is sent. */
  readonly once: boolean;
}

/** A stream that was opened or taken through the app. */
export interface AppStream extends Duplex {
  /** The other end; its key is authenticated. */
  readonly remote: Addr;
  /** See {@link Duplex.write}; calls that are not awaited keep their order. */
  write(bytes: Uint8Array): Promise<void>;
  /** A round trip to the server under it, in milliseconds; see DmsgStream. */
  ping(): Promise<number>;
  /** Ends both directions at once and lets the peer know that bytes are missing. */
  reset(): void;
}

/** A port that the app takes streams on, for a command such as `nc -l`. */
export interface AppListener {
  /** The next stream, or null once the listener is closed. */
  accept(): Promise<AppStream | null>;
  /** Frees the port; streams that were taken stay. */
  close(): void;
}

/** Everything that can be asked of an identity. */
export interface App {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /**
   * Sends a text. With a store it is kept before it is sent.
   * @throws {NetworkError} unreachable, refused, no-network; nothing is queued then, and the kept message has `failed`.
   * @throws {UserError} usage: the text does not fit a frame, or a wrong port or key; refused: blocked, the same key
   * with another text or for a message that was removed, or the peer's outbox is full; local: it can't be kept.
   * @throws The signal's reason; the message stays and goes on.
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
   * @throws {NetworkError} The peer could not be told; the body is gone here, and the call may be repeated.
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
  /**
   * Takes a message out of the outbox; its state becomes `cancelled`.
   * @throws {UserError} usage: not there; busy: it is just being sent.
   */
  cancel(request: { peer: PublicKeyHex; position: number }): Promise<void>;
  /**
   * Sends an unconfirmed, failed, cancelled or queued message again now. Resolves when that attempt has its outcome,
   * whatever it is: it is the message's state. One that was not queued has this one attempt.
   * @throws {UserError} usage: no such message, or it has arrived.
   */
  retry(request: { peer: PublicKeyHex; position: number }): Promise<void>;
  /** Groups. */
  readonly groups: Groups;
  /** Opens a stream. @throws {NetworkError} As DmsgClient.dial. @throws {UserError} refused: the peer is blocked. */
  dial(to: Addr, signal?: AbortSignal): Promise<AppStream>;
  /** Takes streams to a port. @throws {UserError} busy: the port is taken. */
  listen(port: number): Promise<AppListener>;
  /** Resolves when the app has ended by itself: the owner died or was stopped. */
  readonly closed: Promise<void>;
  /** Ends our use of it; the last user of a local app ends the app. */
  close(): Promise<void>;
}
