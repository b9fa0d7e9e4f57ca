/**
 * What is kept of conversations: the types and interfaces that other rooms see.
 *
 * Everything is read through one interface per kind of thing and written through {@link Store.commit}. A change that
 * was committed survives `kill -9`; one that was not is not there at all. Positions count a conversation's messages
 * from 1, cursors count all events from 1; neither is ever used twice.
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Direction, Messages, MessageState, NewMessage, StoredMessage } from "./message.ts";

export { MAX_BODY_BYTES } from "./message.ts";
export type {
  Conversation,
  Direction,
  LatestOf,
  LinesOption,
  Messages,
  MessageState,
  NewMessage,
  StoredMessage,
} from "./message.ts";

/** How long a received id is remembered, nanoseconds: 30 days. */
export const SEEN_NS: bigint = 30n * 86_400_000_000_000n;

/** What an id means to us: not known, kept already with the same body, or used for another body. */
export type SeenVerdict = "new" | "repeat" | "conflict";

/** Ids of the last 30 days, also of messages that are deleted or forgotten. */
export interface Seen {
  /** Judges an id; committing a message judges again. */
  check(peer: PublicKeyHex, direction: Direction, id: string, body: string): Promise<SeenVerdict>;
}

/** What we know or decided about a peer. A member that is not there is not known. */
export interface PeerFacts {
  /** The peer keeps one copy of an id however often it is sent. */
  readonly once?: boolean;
  /** Nothing of this peer is taken. */
  readonly blocked?: boolean;
  /** The user has agreed to talk with this peer. */
  readonly accepted?: boolean;
  /** The user has compared its key with it. */
  readonly verified?: boolean;
  /** Others, as later parts need them. */
  readonly [name: string]: boolean | string | number | undefined;
}

/** Facts by peer. */
export interface Peers {
  /** The facts of one peer; empty when nothing is known. */
  get(peer: PublicKeyHex): Promise<PeerFacts>;
  /** All peers with facts, by key. */
  all(): Promise<{ readonly peer: PublicKeyHex; readonly facts: PeerFacts }[]>;
}

/** A pointer to a message that is to be sent. */
export interface Queued {
  /** To whom. */
  readonly peer: PublicKeyHex;
  /** Which message of the conversation. */
  readonly position: number;
  /** When it was queued, by {@link Store.passedNs}. */
  readonly addedNs: bigint;
  /** When to try next, nanoseconds since 1970. */
  readonly dueNs: bigint;
  /** How often it was tried. */
  readonly attempts: number;
  /** Bytes of its body. */
  readonly bytes: number;
}

/** Messages that wait to be sent. Sending, cancelling and giving up remove an entry with an `unqueue` change. */
export interface Outbox {
  /** All entries; those of one peer in order. */
  list(): Promise<Queued[]>;
}

/** What an event tells. A message is shown as it is when the event is read; `id` is left out when it is very long. */
export type EventKind =
  | { readonly kind: "message"; readonly message: StoredMessage }
  | {
    readonly kind: "state";
    readonly peer: PublicKeyHex;
    readonly position: number;
    readonly id?: string;
    readonly state: MessageState;
    readonly reason?: string;
  }
  | { readonly kind: "deleted"; readonly peer: PublicKeyHex; readonly position: number; readonly id?: string }
  | { readonly kind: "peer"; readonly peer: PublicKeyHex; readonly facts: PeerFacts }
  | { readonly kind: "read"; readonly peer: PublicKeyHex; readonly position: number }
  | { readonly kind: "forgotten"; readonly peer: PublicKeyHex }
  | { readonly kind: "network"; readonly name: string; readonly detail: PeerFacts };

/** Something that happened, with its place in the one stream. */
export type StoreEvent = EventKind & {
  /** Its place: hand it to {@link Events.since} to go on behind it. */
  readonly cursor: number;
  /** When it was committed, nanoseconds since 1970. */
  readonly atNs: bigint;
};

/** A piece of the stream. */
export interface EventPage {
  /** In order. */
  readonly events: StoreEvent[];
  /** Where to go on: behind all that was looked at, also when messages of it are forgotten by now. */
  readonly cursor: number;
  /** Events behind the asked cursor are no longer kept: the reader has a gap and should look at conversations. */
  readonly lost: boolean;
}

/** Everything that was committed, in order; kept for 30 days, the newest 20,000 at most. */
export interface Events {
  /** The cursor of the newest event, 0 before the first. */
  last(): number;
  /**
   * Events behind a cursor.
   * @param limit  Most events, default 500.
   * @throws {UserError} usage: this store has never given out such a cursor.
   */
  since(cursor: number, limit?: number): Promise<EventPage>;
  /** When an event was committed, nanoseconds since 1970; undefined when it is no longer kept, or not there yet. */
  timeOf(cursor: number): Promise<bigint | undefined>;
  /** Calls back after every commit with events; `run` must not throw. @returns Call it to stop. */
  watch(run: (cursor: number) => void): () => void;
}

/** Small values of other parts of the program, kept in the same commits as messages. */
export interface Values {
  /** One value. */
  get(room: string, name: string): Promise<Uint8Array | undefined>;
  /** All values of a room, by name. */
  list(room: string): Promise<{ readonly name: string; readonly value: Uint8Array }[]>;
}

/** One thing to write. */
export type Change =
  /**
   * Keeps a message and its id; `queue` puts it into the outbox as well. One of a backup is `restored`: it did not
   * happen now, so it is no event. When it was forgotten it comes back although its id is known, and a group's as
   * well. Refused: `repeat`, `conflict`, `full`.
   */
  | {
    readonly kind: "message";
    readonly message: NewMessage;
    readonly queue?: { readonly dueNs: bigint };
    readonly restored?: boolean;
  }
  /** Moves a message; with `from`, only from one of these states. Refused: `missing`, `state`. */
  | {
    readonly kind: "state";
    readonly peer: PublicKeyHex;
    readonly position: number;
    readonly state: Exclude<MessageState, "deleted">;
    readonly reason?: string;
    readonly from?: readonly MessageState[];
  }
  /**
   * Takes the body away and leaves a placeholder; the id stays known. With `replaced` another message stands for it, and
   * the placeholder is no line: its reason is `replaced`. Nor is that of what was silent: `silent`. Refused: `missing`.
   */
  | {
    readonly kind: "delete";
    readonly peer: PublicKeyHex;
    readonly position: number;
    readonly replaced?: true;
  }
  /** Remembers an id of which no message is kept. Refused: `repeat`, `conflict`. */
  | {
    readonly kind: "seen";
    readonly peer: PublicKeyHex;
    readonly direction: Direction;
    readonly id: string;
    readonly body: string;
  }
  /** Adds facts; undefined takes one away. */
  | { readonly kind: "peer"; readonly peer: PublicKeyHex; readonly facts: PeerFacts }
  /** Plans the next attempt. Refused: `missing` when it is no longer queued. */
  | {
    readonly kind: "queue";
    readonly peer: PublicKeyHex;
    readonly position: number;
    readonly dueNs: bigint;
    readonly attempts: number;
  }
  /** Takes an entry out of the outbox. Refused: `missing`. */
  | { readonly kind: "unqueue"; readonly peer: PublicKeyHex; readonly position: number }
  /** The user has read up to a position; never moves back. */
  | { readonly kind: "read"; readonly peer: PublicKeyHex; readonly position: number }
  /** Drops all messages and queued entries of a conversation; facts and ids stay. */
  | { readonly kind: "forget"; readonly peer: PublicKeyHex }
  /** Keeps a small value under a name in a room of values; without one drops it. No event. */
  | {
    readonly kind: "value";
    readonly room: string;
    readonly name: string;
    readonly value: Uint8Array | undefined;
  }
  /** An event alone. */
  | { readonly kind: "network"; readonly name: string; readonly detail: PeerFacts };

/** Why nothing of a commit was written. */
export type Refusal =
  /** The id is known with this body: the message is kept, or was. */
  | "repeat"
  /** The id is known with another body. */
  | "conflict"
  /** The peer's outbox has no room. */
  | "full"
  /** There is no such message or entry. */
  | "missing"
  /** The message is not in one of the states of `from`. */
  | "state";

/** What became of a commit: all of it is on disk, or nothing. */
export type CommitResult =
  | {
    /** Whether it is on disk. */
    readonly ok: true;
    /** The cursor of its last event; the newest one when it has none. */
    readonly cursor: number;
    /** The positions of its `message` changes, in order. */
    readonly positions: readonly number[];
  }
  | {
    /** Whether it is on disk. */
    readonly ok: false;
    /** Why not. */
    readonly reason: Refusal;
    /** On `repeat` and `conflict`: the position of the message that has the id, 0 when none was kept. */
    readonly position?: number;
  };

/** How a commit is kept. */
export interface CommitOptions {
  /**
   * Resolves when it survives the end of the process; a power cut it survives when any later commit without this has
   * resolved. For what is promised to nobody yet.
   */
  readonly early?: boolean;
}

/** Everything that one identity keeps. */
export interface Store {
  /** Messages. */
  readonly messages: Messages;
  /** Known ids. */
  readonly seen: Seen;
  /** Facts of peers. */
  readonly peers: Peers;
  /** What waits to be sent. */
  readonly outbox: Outbox;
  /** The stream of events. */
  readonly events: Events;
  /** Small values. */
  readonly values: Values;
  /**
   * Writes changes, all or nothing. Calls that come while one is being written share the next disk write; each has its
   * own result, and a refused one does not hinder the others.
   * @throws {UserError} local: the disk is full, the file is broken, not writable …; busy: another process writes.
   * Nothing of it counts as kept then. The store can be used again once the cause is gone.
   * @throws {RangeError} It does not fit one atomic write (some 500 KiB or 900 rows).
   */
  commit(changes: readonly Change[], options?: CommitOptions): Promise<CommitResult>;
  /**
   * The time that has passed while a store was open, nanoseconds: ages are differences of it. It is no date, and no
   * jump of the wall clock moves it; `Queued.addedNs` is measured by it.
   */
  passedNs(): bigint;
  /**
   * Frees what is past its time, finishes what a crash left, and reads which ids are known, so that no message waits for
   * that. Call it at the start and once a day.
   */
  sweep(): Promise<void>;
  /** Waits for writes under way and closes the place. Safe to call twice. */
  close(): Promise<void>;
}
