/**
 * How an identity stands in the network; the member `node` of {@link App}.
 *
 * All parameters and results are plain JSON values; times are RFC 3339 texts with nanoseconds (lib/wire/go_time.ts).
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Addr } from "../../dmsg/addr.ts";
import type { Duplex } from "../../wire/machine.ts";

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
  /** What kept it from the discovery or from servers the last time, when it was not registered since. */
  readonly problem?: string;
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
  /** For whom they wait, each once; left out: nobody. */
  readonly queuedFor?: readonly PublicKeyHex[];
  /** Chat connections with peers at the moment. */
  readonly connections: number;
  /** Who is at their other ends, each once. */
  readonly peers: readonly PublicKeyHex[];
  /** Who gave a sign of life since the start, those that did last at the end, 256 at most; left out: nobody. */
  readonly heard?: readonly PublicKeyHex[];
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
  /** Grows whenever the peer has taken something, or said anything; see DmsgStream. */
  readonly moved?: number;
  /** Lets the peer know that somebody is here who takes little. */
  sign?(): void;
}

/** A port that the app takes streams on, for a command such as `nc -l`. */
export interface AppListener {
  /** The next stream, or null once the listener is closed. */
  accept(): Promise<AppStream | null>;
  /** Frees the port; streams that were taken stay. */
  close(): void;
}

/** Our place in the network. */
export interface AppNode {
  /** How we stand. */
  status(): Promise<StatusView>;
  /**
   * Opens a stream.
   * @param apart  Streams with different numbers go through different servers where they can; 0 is as usual.
   * @throws {NetworkError} As DmsgClient.dial. @throws {UserError} refused: the peer is blocked.
   */
  dial(to: Addr, signal?: AbortSignal, apart?: number): Promise<AppStream>;
  /** Takes streams to a port. @throws {UserError} busy: the port is taken. */
  listen(port: number): Promise<AppListener>;
}
