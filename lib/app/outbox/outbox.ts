/**
 * What waits to be sent; the member `outbox` of {@link App}.
 *
 * All parameters and results are plain JSON values; times are RFC 3339 texts with nanoseconds (lib/wire/go_time.ts).
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { MessageView } from "../messages/messages.ts";

/** A message that waits to be sent. */
export interface QueuedView {
  /** The message; `pending`, or `sent` once an attempt may have left. */
  readonly message: MessageView;
  /** When it is tried next. */
  readonly due: string;
  /** Attempts so far. */
  readonly attempts: number;
}

/** What waits to be sent. */
export interface Outbox {
  /** All of it. */
  list(): Promise<QueuedView[]>;
  /**
   * Takes a message out of the outbox; its state becomes `cancelled`.
   * @throws {UserError} usage: not there; busy: it is just being sent.
   */
  cancel(request: { peer: PublicKeyHex; position: number }): Promise<void>;
  /**
   * Sends an unconfirmed, failed, cancelled or queued message again now. Resolves when that attempt has its outcome,
   * whatever it is: it is the message's state. One that was not queued has this one attempt.
   * @throws {UserError} usage: no such message, it has arrived, or it is a file, which is sent as one.
   */
  retry(request: { peer: PublicKeyHex; position: number }): Promise<void>;
}

/** Its methods. */
export const OUTBOX: Readonly<Record<keyof Outbox, true>> = {
  list: true,
  cancel: true,
  retry: true,
};
