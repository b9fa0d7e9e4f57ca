/**
 * What a user may set once and for all: about streams, messages and commands.
 *
 * @module
 */

/** Whether streams use the hybrid handshake: only when the peer asks, offered by us too, or nothing else. */
export type PqPolicy = "off" | "offer" | "require";

/** What the user has set about messages. */
export interface MessagePolicy {
  /** Tells peers what the user has read. */
  readonly receipts: boolean;
  /** Keeps only a little of senders whom the user has not accepted. */
  readonly acceptFirst: boolean;
}

/** Limits of the outbox. */
export interface OutboxPolicy {
  /** Bytes of bodies that wait for one peer, at most. */
  readonly bytes: number;
  /** A message is tried for so long, nanoseconds; a peer knows ids for 30 days. */
  readonly ageNs: bigint;
}

/** Limits of `listen --exec`. */
export interface ExecLimits {
  /** Commands at once. */
  readonly jobs: number;
  /** A command is ended after this; undefined: never. */
  readonly timeoutMs: number | undefined;
}
