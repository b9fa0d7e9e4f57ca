/**
 * What goes into a {@link file://./engine.ts PairEngine} and what comes out.
 *
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../crypto/keys.ts";
import type { FeedChange, FeedLeaf } from "../cxo/feed/change.ts";
import type { Random } from "../sys/random.ts";
import type { PairRecord } from "./record.ts";

/** What an engine is made of. */
export interface PairEngineOptions {
  /** Us. */
  readonly own: KeyPair;
  /** As it was kept. */
  readonly record: PairRecord;
  /** Our feed, path and value. */
  readonly leaves: ReadonlyMap<string, Uint8Array>;
  /** Our secrets by generation, 32 bytes each. */
  readonly secrets: ReadonlyMap<bigint, Uint8Array>;
  /** Keys and nonces. */
  readonly random: Random;
}

/** What an engine is told. */
export type PairIn =
  /** We say something. */
  | { readonly kind: "say"; readonly text: string }
  /** We take a message of ours back, by its id. */
  | { readonly kind: "unsay"; readonly id: string }
  /** New leaves of the peer's feed, the oldest messages first over all calls; `isLast`: of this Root. */
  | { readonly kind: "leaves"; readonly leaves: readonly FeedLeaf[]; readonly isLast: boolean }
  /** Time has passed. */
  | { readonly kind: "tick" }
  /** Both have agreed. */
  | { readonly kind: "agreed" }
  /** Our invite was handed over. */
  | { readonly kind: "invited" }
  /** Who holds both feeds; the null key: nobody. */
  | { readonly kind: "holder"; readonly holder: PublicKeyHex };

/** Why something was not said. */
export type PairRefusal = "not active" | "empty" | "too long" | "full";

/** A message of either side. */
export interface PairMessage {
  /** Whose. */
  readonly direction: "in" | "out";
  /** `<unix nanoseconds>-<seq>`. */
  readonly id: string;
  /** What it says. */
  readonly text: string;
  /** When, nanoseconds, by its writer's clock. */
  readonly tsNs: bigint;
}

/** What follows. */
export type PairOut =
  | FeedChange
  | { readonly kind: "record"; readonly record: PairRecord }
  /**
   * The secrets have changed. `before`: a new one must be kept before anything of this call is; `after`: one is due, and
   * erased once everything of this call is kept.
   */
  | { readonly kind: "secrets"; readonly when: "before" | "after" }
  | { readonly kind: "message"; readonly message: PairMessage }
  /** A message was taken back. */
  | { readonly kind: "gone"; readonly direction: "in" | "out"; readonly id: string }
  /** The peer has read a message of ours: its leaf, of that path, was dropped before. */
  | { readonly kind: "read"; readonly id: string; readonly path: string }
  /** The peer has announced another key in the place of one that it had announced before. */
  | { readonly kind: "rekeyed"; readonly issuedAtNs: bigint }
  /** A message of ours waits that is sealed for a secret which the peer may not have any more: that it is read is never known. */
  | { readonly kind: "lost"; readonly id: string }
  | { readonly kind: "refused"; readonly reason: PairRefusal }
  /** Something of the peer's feed can't be used. */
  | { readonly kind: "dropped"; readonly reason: string };
