/**
 * What is said with peers and in groups; the member `messages` of {@link App}.
 *
 * All parameters and results are plain JSON values; times are RFC 3339 texts with nanoseconds (lib/wire/go_time.ts).
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Addr } from "../../dmsg/addr.ts";
import type { MessageState } from "../../store/store.ts";
import type { GroupId } from "../groups/groups.ts";

/** Where peers take direct messages (specification skychat §0.4). */
export const CHAT_PORT = 1;
/** Random bytes of a {@link SendRequest.mark}. */
export const MARK_BYTES = 8;

/** Names a conversation: a peer by its key, or a group by its id. */
export type ConversationId = PublicKeyHex | GroupId;

/** A message as every surface sees it. */
export interface MessageView {
  /** The other party, also of a message of ours: a peer, or a group by its id. */
  readonly peer: ConversationId;
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
  /** It is no line of a chat: a value of a widget, or what commands a bot takes (lib/overlay/silent.ts). */
  readonly silent?: boolean;
  /** In a group: it was shown before, hidden by a ban, and is shown again, for the ban was taken back: no news. */
  readonly again?: boolean;
  /** `dmsg` (port 1), `dmsg-chat` (port 9001), `group`, or `pair`: a sealed feed. */
  readonly via: "dmsg" | "dmsg-chat" | "group" | "pair";
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
  /**
   * The id of its envelope, if it gets one; random by default. Unlike `key` it changes nothing of how the message
   * travels: who does not learn what became of a send finds its message by it.
   */
  readonly mark?: string;
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

/** Which messages. */
export interface HistoryRequest {
  /** Only this conversation; all of them when left out. */
  readonly peer?: ConversationId;
  /** Most messages, the newest win. */
  readonly limit: number;
  /** Not older than this. */
  readonly since?: string;
  /** Only before this position (needs `peer`). */
  readonly before?: number;
  /** Only behind this position, those next to it instead of the newest (needs `peer`, and no `before`). */
  readonly after?: number;
  /** Only lines of a chat: without what is {@link MessageView.silent}. */
  readonly lines?: boolean;
  /**
   * Of a group: in the order in which they were said, the same at all members, and not in that of their coming here.
   * Positions do not rise in it then (needs `peer`, and neither `before` nor `after`).
   */
  readonly asSaid?: boolean;
}

/** A conversation in a list. */
export interface ConversationView {
  /** The other party, or the group. */
  readonly peer: ConversationId;
  /** The newest message's time; of a pair that has said nothing yet, since when it is agreed. */
  readonly lastTs: string;
  /** Incoming messages that are not marked as read; silent ones do not count. */
  readonly unread: number;
  /** The position of the newest message, silent or not, 0 before the first; left out: an older program has answered. */
  readonly last?: number;
  /** Up to which position all is read; as `last`. */
  readonly readTo?: number;
  /** Whether it is with somebody we are paired with; left out when not. */
  readonly paired?: boolean;
}

/** What is said. */
export interface Messages {
  /**
   * Sends a text to a peer. With a store it is kept before it is sent.
   * @throws {NetworkError} unreachable, refused, no-network; nothing is queued then, and the kept message has `failed`.
   * @throws {UserError} usage: the text does not fit a frame, or a wrong port or key; refused: blocked, the same key
   * with another text or for a message that was removed, or the peer's outbox is full; local: it can't be kept.
   * @throws The signal's reason; the message stays and goes on.
   */
  send(request: SendRequest, signal?: AbortSignal): Promise<SendReport>;
  /** Messages, oldest first. */
  history(request: HistoryRequest): Promise<MessageView[]>;
  /** Messages whose text holds words, ignoring case, newest first; of silent ones none. */
  search(request: { text: string; peer?: ConversationId; limit: number }): Promise<MessageView[]>;
  /** All conversations, the latest first; with whom we are paired also before anything was said. */
  conversations(): Promise<ConversationView[]>;
  /** Marks what came up to a position (default: the newest) as read; tells a peer when receipts are on. */
  markRead(request: { peer: ConversationId; position?: number }): Promise<void>;
  /**
   * Takes a message back: the body goes here, and for a message of ours at the peer too (`chat-delete`).
   * @throws {UserError} usage: no such message.
   * @throws {NetworkError} The peer could not be told; the body is gone here, and the call may be repeated.
   */
  remove(request: { peer: ConversationId; position: number; everywhere: boolean }): Promise<void>;
  /** Drops a conversation from the store. */
  forget(request: { peer: ConversationId }): Promise<void>;
}

/** Its methods. */
export const MESSAGES: Readonly<Record<keyof Messages, true>> = {
  send: true,
  history: true,
  search: true,
  conversations: true,
  markRead: true,
  remove: true,
  forget: true,
};
