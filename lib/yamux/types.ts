/**
 * What goes into a yamux session and what comes out, and its limits.
 *
 * @module
 */
import type { WireIn, WireOut } from "../wire/machine.ts";

/** The caps and times of a session. */
export interface YamuxLimits {
  /** Window of each stream and direction; the protocol fixes it, another value needs a peer with the same. */
  readonly windowBytes: number;
  /** Streams of the peer's that the application did not take yet; and, counted apart, opens without an ACK. */
  readonly backlog: number;
  /** Live streams that the peer may hold; each can make us keep one window of unread bytes. */
  readonly maxStreams: number;
  /** Of a reader that takes so long for half a window the peer hears earlier: else it may take it for dead. */
  readonly creditMs: number;
  /** Time between two keep-alive pings. */
  readonly keepAliveMs: number;
  /** A ping without an answer ends the session when nothing at all has come for that long. */
  readonly pingTimeoutMs: number;
  /** And when so long has passed, whatever has come. */
  readonly pingPatienceMs: number;
  /** An open without an ACK for that long ends the session. */
  readonly ackTimeoutMs: number;
  /** A released stream without the peer's FIN for that long is reset. */
  readonly finTimeoutMs: number;
  /** Released streams that may wait for so long; of more, the oldest are reset after {@link crowdedFinMs}. */
  readonly maxReleased: number;
  /** See {@link maxReleased}. */
  readonly crowdedFinMs: number;
}

/**
 * The values of the classic Go side; `maxStreams` is ours, Go has no such cap, and so are `creditMs`, `pingPatienceMs` and the last two: a
 * peer that never ends what we have closed would keep others from opening streams.
 */
export const defaultLimits: YamuxLimits = {
  windowBytes: 262_144,
  backlog: 256,
  maxStreams: 4096,
  creditMs: 5000,
  keepAliveMs: 30_000,
  pingTimeoutMs: 10_000,
  pingPatienceMs: 120_000,
  ackTimeoutMs: 75_000,
  finTimeoutMs: 300_000,
  maxReleased: 256,
  crowdedFinMs: 30_000,
};

/** What a session is fed. Commands for a stream that is gone do nothing: it may have gone a moment ago. */
export type SessionIn =
  | WireIn
  /** Opens a stream: `opened` and the SYN, or `refused`. */
  | { readonly kind: "open" }
  /** The application has the stream; any other command for it says the same. */
  | { readonly kind: "take"; readonly id: number }
  /** 12 bytes of room ‖ payload, 1 … `sendWindow(id)` bytes. The header is filled in and the array is the write. */
  | { readonly kind: "data"; readonly id: number; readonly frame: Uint8Array }
  /** The application is done with that many delivered bytes. */
  | { readonly kind: "consumed"; readonly id: number; readonly bytes: number }
  /** No more data from us; the application goes on reading. */
  | { readonly kind: "fin"; readonly id: number }
  /** Closed both ways: sends our FIN, drops what still arrives, waits for the peer's FIN. */
  | { readonly kind: "release"; readonly id: number }
  /** Ends the stream at once. */
  | { readonly kind: "reset"; readonly id: number }
  /** Measures a round trip: `pinging`, later `pong`. */
  | { readonly kind: "ping" }
  /** Writes a frame that asks for nothing: the other side learns that ours is up. */
  | { readonly kind: "greet" }
  /** Ends the session from our side, with the reason if there is one. */
  | { readonly kind: "end"; readonly error?: Error };

/** What a session answers. */
export type SessionOut =
  | WireOut
  /** Our open got this id. */
  | { readonly kind: "opened"; readonly id: number }
  /** The peer has said GoAway 0: it takes no more streams of ours; those that are open go on. Comes once. */
  | { readonly kind: "leaving" }
  /** Our open was not done: session ended, peer going away, backlog full, or out of ids. */
  | { readonly kind: "refused" }
  /** The peer opened a stream. */
  | { readonly kind: "accepted"; readonly id: number }
  /** The peer took our stream. */
  | { readonly kind: "acked"; readonly id: number }
  /** Payload: a view into the chunk that was handed in, one for each contiguous piece. */
  | { readonly kind: "data"; readonly id: number; readonly bytes: Uint8Array }
  /** The peer sends no more. */
  | { readonly kind: "fin"; readonly id: number }
  /** The stream is gone: the peer's RST or a timeout of ours. */
  | { readonly kind: "reset"; readonly id: number }
  /** The send window grew. Comes for each credit, not only after 0: a sender may wait for more than 1 byte. */
  | { readonly kind: "writable"; readonly id: number }
  /** A ping was sent; keep-alive pings are announced as well. */
  | { readonly kind: "pinging"; readonly token: number }
  /** A ping was answered. */
  | { readonly kind: "pong"; readonly token: number; readonly rttMs: number }
  /** Everything is over. Comes exactly once; only `close` follows. */
  | { readonly kind: "ended"; readonly error: Error | undefined };
