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

/** Limits of `listen --exec`. */
export interface ExecLimits {
  /** Commands at once. */
  readonly jobs: number;
  /** A command is ended after this; undefined: never. */
  readonly timeoutMs: number | undefined;
}
