/**
 * What goes into a {@link file://./node.ts CxoNode} and what comes out.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { LogFields, LogLevel } from "../../sys/log.ts";
import type { Random } from "../../sys/random.ts";
import type { RootMessage } from "../connection/message.ts";
import type { Change, Leaf } from "../feed/diff.ts";
import type { FeedLimits } from "../feed/objects_kept.ts";
import type { Scheme, SignedRoot } from "../objects/root.ts";
import type { Head, PathChange } from "./publisher.ts";

/** The shell's own name for a connection. */
export type ConnId = number;

/** What a node is made of. */
export interface NodeOptions {
  /** The node's key, 33 bytes; also the feed that it may own. */
  readonly id: Uint8Array;
  /** Signs our Roots and checks all. */
  readonly scheme: Scheme;
  /** Wall time, Unix nanoseconds. */
  readonly wallNs: () => bigint;
  /** For the waits before dialling. */
  readonly random: Pick<Random, "fraction">;
  /** What one feed may cost. */
  readonly limits?: Partial<FeedLimits>;
  /** Requests on the way to one peer while a feed is filled; default 128. */
  readonly window?: number;
  /** Written bytes that the shell may owe a peer before it is served no more; a shell says `flushed`. */
  readonly maxUnsentBytes?: number;
}

/** Inputs. Feeds and peers are 66 hex characters. */
export type NodeIn =
  /**
   * A stream is there. `peer`: the key that the stream proved, which the claimed id must equal; undefined where the
   * transport proves none. `dialled`: we asked for it.
   */
  | {
    readonly kind: "open";
    readonly conn: ConnId;
    readonly peer: PublicKeyHex | undefined;
    readonly dialled: boolean;
  }
  | { readonly kind: "bytes"; readonly conn: ConnId; readonly bytes: Uint8Array }
  | { readonly kind: "eof"; readonly conn: ConnId }
  /** So many written bytes have left. */
  | { readonly kind: "flushed"; readonly conn: ConnId; readonly bytes: number }
  /** A dial that was asked for came to nothing. */
  | { readonly kind: "dialFailed"; readonly peer: PublicKeyHex }
  | { readonly kind: "tick" }
  /** Opens our own feed with the chain and the leaves as they were kept; its Root is due at once. */
  | {
    readonly kind: "own";
    readonly head?: Head;
    /** All was lost and nobody may be there to say so: begins another chain. */
    readonly newHead?: boolean;
    readonly leaves?: Iterable<Leaf>;
    /** How long a change waits for others; default 1 s. */
    readonly batchMs?: number;
    /** Whether each Root must be `committed` before it is shown. */
    readonly durable?: boolean;
  }
  /** Puts a leaf of ours. Throws RangeError for what no tree can hold. */
  | { readonly kind: "put"; readonly path: string; readonly value: Uint8Array }
  /** Takes a leaf or level of ours away. */
  | { readonly kind: "prune"; readonly path: string }
  /** Makes our Root due now. */
  | { readonly kind: "publish" }
  /** The head of the last `commit` is kept. */
  | { readonly kind: "committed" }
  /** Follows a feed at some peers, instead of those named before. */
  | { readonly kind: "follow"; readonly feed: PublicKeyHex; readonly peers: readonly PublicKeyHex[] }
  /** Follows a feed no more; what is kept of it goes. */
  | { readonly kind: "unfollow"; readonly feed: PublicKeyHex }
  /**
   * Who may read a feed; null: everybody. Without a feed: all of them, those that are opened later as well. Readers that
   * may not any more are cut off.
   */
  | { readonly kind: "allow"; readonly feed?: PublicKeyHex; readonly peers: Iterable<PublicKeyHex> | null }
  /** A Root of a followed feed as it was kept, and its leaves: what fits is not fetched again. */
  | { readonly kind: "load"; readonly root: RootMessage; readonly leaves: Iterable<Leaf> }
  /** Ends all connections. */
  | { readonly kind: "close" };

/** Outputs. */
export type NodeOut =
  | { readonly kind: "write"; readonly conn: ConnId; readonly bytes: Uint8Array }
  /** Ends a stream after what was written. */
  | { readonly kind: "close"; readonly conn: ConnId; readonly error?: Error }
  /** Wants a stream to a peer: answer with `open` or `dialFailed`. */
  | { readonly kind: "dial"; readonly peer: PublicKeyHex }
  /** The dial is not wanted any more; its stream is to be closed when it comes. */
  | { readonly kind: "undial"; readonly peer: PublicKeyHex }
  | { readonly kind: "connected"; readonly peer: PublicKeyHex }
  | { readonly kind: "disconnected"; readonly peer: PublicKeyHex; readonly error?: Error }
  /** Keep this head, and the changes with it, then say `committed`. */
  | {
    readonly kind: "commit";
    readonly head: Head;
    readonly root: SignedRoot;
    readonly changes: readonly PathChange[];
  }
  /** Our Root is shown to whom it concerns. */
  | { readonly kind: "published"; readonly root: SignedRoot }
  /** Somebody has a newer Root of ours than we: its number is ours now, its tree is being fetched. */
  | { readonly kind: "echoed"; readonly peer: PublicKeyHex; readonly root: SignedRoot }
  /** The tree of that Root is here: these leaves were put back. */
  | { readonly kind: "restored"; readonly root: SignedRoot; readonly changes: readonly PathChange[] }
  /** A followed feed has a new complete Root. */
  | {
    readonly kind: "filled";
    readonly feed: PublicKeyHex;
    readonly root: SignedRoot;
    readonly changes: readonly Change[];
  }
  /** A followed feed's Root can't be used. */
  | { readonly kind: "rejected"; readonly feed: PublicKeyHex; readonly reason: string }
  /** A peer took or refused our Sub. */
  | { readonly kind: "subscribed"; readonly feed: PublicKeyHex; readonly peer: PublicKeyHex }
  | {
    readonly kind: "refused";
    readonly feed: PublicKeyHex;
    readonly peer: PublicKeyHex;
    readonly reason: string;
  }
  /** A peer reads a feed of ours from now on. */
  | { readonly kind: "reader"; readonly feed: PublicKeyHex; readonly peer: PublicKeyHex }
  /** A peer wants to read a feed of ours, and may not. */
  | { readonly kind: "knocked"; readonly feed: PublicKeyHex; readonly peer: PublicKeyHex }
  /** A peer fetched the entry of a leaf that we put lately. */
  | { readonly kind: "took"; readonly peer: PublicKeyHex; readonly path: string }
  | { readonly kind: "log"; readonly level: LogLevel; readonly sentence: string; readonly fields: LogFields };
