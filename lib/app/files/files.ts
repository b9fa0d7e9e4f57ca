/**
 * Files that go with conversations; the member `files` of {@link App}.
 *
 * An offer is a message of the conversation whose text is `{"skychat_file":{"id","name","size"}}`: the one that says so
 * in a group, or one that is kept here when a peer offers a file over port 64. The place of that message names the file.
 * When something of a file changes, its message has a `state` event: look at the file again.
 *
 * All parameters and results are plain JSON values; times are RFC 3339 texts with nanoseconds (lib/wire/go_time.ts).
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { ConversationId } from "../messages/messages.ts";

/**
 * Where a file stands. Of others: `offered` waits for our decision (or for a new one), `asked` was accepted after its
 * sender had gone on and is asked for again, `moving`, `kept` is here, `refused` by us. Of ours: `offered` was not taken
 * yet, or is there for the members of a group to fetch, `moving`, `sent` is kept there, `unconfirmed` may be. Both:
 * `failed`, with a reason.
 */
export type FileState =
  | "offered"
  | "asked"
  | "moving"
  | "kept"
  | "refused"
  | "sent"
  | "unconfirmed"
  | "failed";

/** Names a file. */
export interface FilePlace {
  /** With whom. */
  readonly conversation: ConversationId;
  /** Which message of the conversation speaks of it. */
  readonly position: number;
}

/** A file as every surface sees it. */
export interface FileView extends FilePlace {
  /** Who offers it: a peer, or we. */
  readonly peer: PublicKeyHex;
  /** Whether we do. */
  readonly outgoing: boolean;
  /** Of the transfer. */
  readonly id: string;
  /** As its sender calls it, not escaped: no path. */
  readonly name: string;
  /** Bytes, as its sender says. */
  readonly size: number;
  /** When it was offered. */
  readonly ts: string;
  /** Where it stands. */
  readonly state: FileState;
  /** Bytes that have moved, while it does; undefined: the peer is not reached yet. */
  readonly moved?: number;
  /** Where it is on this machine: one that is kept, or what ours was read from. */
  readonly path?: string;
  /** Why it failed or was not taken, in a few words, not escaped. */
  readonly reason?: string;
}

/** Files of conversations. */
export interface Files {
  /** Files that messages speak of, the newest last. @param request.conversation  Only of this one. */
  list(request: { conversation?: ConversationId; limit: number }): Promise<FileView[]>;
  /**
   * Offers a file of this machine, and sends it when the peer takes it; to a group it is told, and members fetch it for
   * as long as a program of this identity runs.
   * @param request.path  Absolute; whoever owns the identity reads it.
   * @returns How it ended: `sent`, `unconfirmed`, or `offered` with the reason why it was not taken.
   * @throws {NetworkError} The peer can't be reached, or the transfer broke.
   * @throws {UserError} local: the file can't be read; refused: the peer is blocked.
   * @throws The signal's reason: it is broken off.
   */
  send(request: { conversation: ConversationId; path: string }, signal?: AbortSignal): Promise<FileView>;
  /**
   * Takes a file: one whose sender still waits begins to move, one that lies here stays as it is, and any other is asked
   * for again.
   * @throws {UserError} usage: no such file of a peer's; busy: it moves already, or as many do as may at once;
   * refused: the policy takes no files, or not so much, or there is no room.
   * @throws {NetworkError} Its sender can't be reached.
   */
  accept(request: FilePlace): Promise<FileView>;
  /**
   * Does not take a file; breaks one off that moves.
   * @throws {UserError} usage: no such file of a peer's, or it lies here already.
   */
  refuse(request: FilePlace): Promise<FileView>;
}

/** Its methods. */
export const FILES: Readonly<Record<keyof Files, true>> = {
  list: true,
  send: true,
  accept: true,
  refuse: true,
};
