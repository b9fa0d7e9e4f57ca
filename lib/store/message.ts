/**
 * Messages and conversations as everybody sees them.
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";

/** Most bytes of a body: a frame of 65,536 bytes that is no UTF-8 grows threefold when it becomes a text. */
export const MAX_BODY_BYTES = 3 * 65_536;

/** Who wrote it: the peer, or we. */
export type Direction = "in" | "out";

/** Where a message stands. `received` also is the first state of an incoming one; `deleted` is the last of any. */
export type MessageState =
  | "pending"
  | "sent"
  | "received"
  | "unconfirmed"
  | "read"
  | "failed"
  | "cancelled"
  | "deleted";

/** The reason of what is deleted because another message stands for it. */
export const REPLACED = "replaced";
/** The reason of what is deleted and was no line before, so its placeholder is none. */
export const WAS_SILENT = "silent";

/** Whether it is a placeholder that is no line. */
export const leavesNoLine = ({ state, reason }: Pick<NewMessage, "state" | "reason">): boolean =>
  state === "deleted" && (reason === REPLACED || reason === WAS_SILENT);

/** A message as it is handed to `Store.commit`; the store gives it its position. */
export interface NewMessage {
  /** The other party, also of a message of ours. */
  readonly peer: PublicKeyHex;
  /** Who wrote it. */
  readonly direction: Direction;
  /** Chosen by the writer, opaque; the same id of the same writer is the same message. */
  readonly id?: string;
  /** The text as it was written, not escaped; at most {@link MAX_BODY_BYTES} of UTF-8. */
  readonly body: string;
  /** When it was written or came, nanoseconds since 1970. */
  readonly atNs: bigint;
  /** Where it stands. */
  readonly state: MessageState;
  /** Why it failed, in a few words; never a body. */
  readonly reason?: string;
  /** The id of the message that it answers. */
  readonly replyTo?: string;
  /** Whether it travels as a raw text or in a `chat-msg`. */
  readonly form: "text" | "envelope";
  /** The protocol: direct messages of port 1, `dmsg chat` of port 9001, or the feeds of a group or pair. */
  readonly via: "dmsg" | "dmsg-chat" | "group" | "pair";
}

/** A kept message. */
export interface StoredMessage extends NewMessage {
  /** Its place in the conversation, 1, 2, 3 …: the order in which messages were kept. */
  readonly position: number;
}

/** A conversation in a list. */
export interface Conversation {
  /** The other party. */
  readonly peer: PublicKeyHex;
  /** The position of the newest message. */
  readonly last: number;
  /** The time of the newest message that is a line, nanoseconds since 1970; without one, of the first. */
  readonly lastAtNs: bigint;
  /** Up to which position the user has read. */
  readonly readTo: number;
  /** How many incoming messages that are lines are newer than that. */
  readonly unread: number;
}

/** A conversation, and a time that no line of it is later than. */
export interface LatestOf {
  /** The other party. */
  readonly peer: PublicKeyHex;
  /** Nanoseconds since 1970; {@link NO_LATEST} where nobody has kept it. */
  readonly latestNs: bigint;
}

/** Later than any time: of a conversation that a build began which did not keep its latest time. */
export const NO_LATEST: bigint = 1n << 127n;

/** Which messages. */
export interface LinesOption {
  /** Only those that are lines of a chat: what is silent is passed over, however much of it there is. */
  readonly lines?: boolean;
}

/** What a store is told about bodies. What is said of a body must be the same each time. */
export interface BodyReaders {
  /**
   * Whether a body is no line of a chat: it is kept, told and handed over like any other, and is neither unread nor found,
   * nor does its conversation go up in a list. Left out: all are lines.
   */
  readonly isSilent?: (body: string) => boolean;
  /** What people read of a body: a search looks in that. Left out: all of it. */
  readonly readable?: (body: string) => string;
}

/** Messages by conversation. */
export interface Messages {
  /** The newest messages of a conversation, oldest first; empty when there is no such conversation. */
  newest(peer: PublicKeyHex, limit: number, options?: LinesOption): Promise<StoredMessage[]>;
  /** The messages right before a position (not included), oldest first. */
  before(
    peer: PublicKeyHex,
    position: number,
    limit: number,
    options?: LinesOption,
  ): Promise<StoredMessage[]>;
  /** One message. */
  get(peer: PublicKeyHex, position: number): Promise<StoredMessage | undefined>;
  /** Several messages of a conversation, in the order of the positions: neighbours cost one read together. */
  many(peer: PublicKeyHex, positions: readonly number[]): Promise<(StoredMessage | undefined)[]>;
  /**
   * The message of an id. Ids are found at once for at least 30 days and among the newest messages.
   * @param options.deep  Looks through the whole conversation when that finds nothing: for the user's own commands,
   * not for what a peer can ask for again and again.
   */
  byId(
    peer: PublicKeyHex,
    direction: Direction,
    id: string,
    options?: { deep?: boolean },
  ): Promise<StoredMessage | undefined>;
  /**
   * Messages that are lines and whose body holds a text, ignoring case, newest first.
   * @param text  Not empty.
   * @param options.peer  Only this conversation.
   * @param options.limit  Most results, default 50.
   */
  search(text: string, options?: { peer?: PublicKeyHex; limit?: number }): Promise<StoredMessage[]>;
  /** One conversation; undefined when there is none. It costs one row, whatever the others are. */
  conversation(peer: PublicKeyHex): Promise<Conversation | undefined>;
  /** All conversations, the latest first. */
  conversations(): Promise<Conversation[]>;
  /**
   * All conversations by their latest line, the latest first: behind one whose time is earlier than what was found
   * nothing later is left. The newest line need not be the latest, as clocks are set back.
   */
  latest(): Promise<LatestOf[]>;
}
