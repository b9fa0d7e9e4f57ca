/**
 * What the listening side of the extension is given.
 *
 * @module
 */
import type { Digest } from "../../crypto/digest.ts";
import type { Packing } from "../../sys/copies/packing.ts";
import type { Tree } from "../../sys/tree/tree.ts";
import type { StripeCopies } from "./stripe_copies.ts";

/** What a stream of many files needs. */
export interface ManyHost {
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
  /** What is copied from and to. */
  readonly tree: Tree;
  /** Why so many bytes are not taken; `before`: so many of the same file have been. */
  readonly refuseSize?: (bytes: number, before?: number) => string | undefined;
  /** More is known of the stream. */
  readonly onSeen: (
    more: { promised?: number; spared?: number; kept?: number; files?: number; isStripe?: boolean },
  ) => void;
}

/** What one stream needs. */
export interface ExtendedHost extends ManyHost {
  /** Who: part of what names a file that can be taken up again. */
  readonly peer: string;
  /** Whether it may pull: only then it hears which blocks of an old version are here. */
  readonly mayRead: boolean;
  /** Copies over several streams; undefined: there are none. */
  readonly stripes?: StripeCopies;
  /** Blocks may be packed. */
  readonly packing?: Packing;
}
