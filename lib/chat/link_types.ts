/**
 * What goes into a {@link file://./link.ts ChatLink} and what comes out.
 *
 * @module
 */
import type { WireIn, WireOut } from "../wire/machine.ts";
import type { ControlFrame } from "./control.ts";
import type { OutgoingMessage } from "./outgoing.ts";

/** A message to write. */
export interface SendIn extends OutgoingMessage {
  /** The input's kind. */
  readonly kind: "send";
  /** The caller's own name for the message; comes back in the outputs. */
  readonly ref: string;
  /** How long to wait for the ack, see `clampWait`; 0 gives no `acked` or `unconfirmed`. */
  readonly waitMs: number;
}

/** Inputs of a link. */
export type LinkIn =
  | WireIn
  | SendIn
  /** The message is kept; `once`: and will be kept only once if its id comes again. */
  | { readonly kind: "stored"; readonly token: number; readonly once?: boolean }
  /** The message is not taken: no ack. */
  | { readonly kind: "refused"; readonly token: number }
  /** The user has seen the peer's message. */
  | { readonly kind: "read"; readonly id: string }
  /** Our message of that id is taken back. */
  | { readonly kind: "delete"; readonly id: string }
  | { readonly kind: "control"; readonly frame: ControlFrame }
  /** Ends the connection after what was written. */
  | { readonly kind: "close" };

/** A message of the peer's. */
export interface ReceivedMessage {
  /** How it came: as a raw text or in a `chat-msg`. */
  readonly form: "text" | "envelope";
  /** Opaque and chosen by the peer; absent when it gave none. */
  readonly id?: string;
  /** The text as the peer wrote it, not escaped; never empty. */
  readonly body: string;
  /** Whether `stored` will write an ack. */
  readonly wantsAck: boolean;
  /** The id of the message that this one answers. */
  readonly replyTo?: string;
}

/** A message of the peer's; answer each token with `stored` or `refused`. */
export interface Received {
  /** The output's kind. */
  readonly kind: "received";
  /** Names the message in `stored` or `refused`; 1, 2, 3 … */
  readonly token: number;
  /** What the peer wrote. */
  readonly message: ReceivedMessage;
}

/** Outputs of a link. */
export type LinkOut =
  | WireOut
  | Received
  /** The message's frame is among the writes before this. */
  | { readonly kind: "written"; readonly ref: string }
  /** Nothing was written: too many messages wait for acks, or the link has ended. */
  | { readonly kind: "unsent"; readonly ref: string; readonly reason: "full" | "ended" }
  /** The peer processed it; `once`: and keeps one copy, however often it is sent. */
  | {
    readonly kind: "acked";
    readonly ref: string;
    readonly id: string;
    readonly tookMs: number;
    readonly once: boolean;
  }
  /** The deadline passed, or the connection ended first. It may have arrived all the same. */
  | {
    readonly kind: "unconfirmed";
    readonly ref: string;
    readonly id: string;
    readonly reason: "timeout" | "no ack";
  }
  /** An ack after `unconfirmed`, or of a message sent with `waitMs` 0. */
  | { readonly kind: "late-ack"; readonly id: string; readonly once: boolean }
  /** The peer's user has seen our message. */
  | { readonly kind: "read"; readonly id: string }
  /** The peer takes its own message back. */
  | { readonly kind: "deleted"; readonly id: string }
  | { readonly kind: "control"; readonly frame: ControlFrame }
  /** Comes once; only `close` follows. Without an error: the peer or we closed in order. */
  | { readonly kind: "ended"; readonly error?: Error };
