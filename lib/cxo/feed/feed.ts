/**
 * One feed as it is kept here: its objects, its last complete Root, and the Roots before it that a slow reader may
 * still be filling.
 *
 * @see specification cxo §6.5, §9.4; lib/cxo/README.md "Kept Roots"
 * @module
 */
import { type PublicKeyHex } from "../../crypto/keys.ts";
import { toHex } from "../../wire/bytes.ts";
import { type HashKey, hashKey } from "../objects/hash.ts";
import { type SignedRoot, topOf } from "../objects/root.ts";
import { type FeedLimits, KeptObjects } from "./objects_kept.ts";

/** How long the objects of a Root stay once a newer one is there: the limit of a Go fill. */
const KEEP_ROOT_MS = 120_000;

/** The name of a Root's top level as a Map key; undefined for an empty tree without one. */
export function topKeyOf({ root }: SignedRoot): HashKey | undefined {
  const top = topOf(root);
  return top === undefined ? undefined : hashKey(top);
}

/** A feed. */
export class Feed {
  /** 33 bytes. */
  readonly key: Uint8Array;
  /** The same as 66 hex characters. */
  readonly pk: PublicKeyHex;
  /** The feed's objects. */
  readonly objects: KeptObjects;
  /** Who may read it; null: everybody. The owner of the feed always may. */
  allowed: ReadonlySet<PublicKeyHex> | null = null;
  /** The last complete Root. */
  last: SignedRoot | undefined;
  /** Complete Roots by name, the older ones first, with the time at which they go. */
  readonly #roots = new Map<HashKey, { signed: SignedRoot; untilMs: number; number: number }>();
  #lookedUntilMs = 0;

  /**
   * Nothing is kept yet.
   * @param key  33 bytes.
   */
  constructor(key: Uint8Array, limits: Partial<FeedLimits>) {
    this.key = key;
    this.pk = toHex(key);
    this.objects = new KeptObjects(limits);
  }

  /** Whether a peer may have anything of this feed. */
  mayRead(pk: PublicKeyHex): boolean {
    return this.allowed === null || pk === this.pk || this.allowed.has(pk);
  }

  /** Number of the last Root; 0 before the first. */
  get number(): number {
    return this.objects.coming - 1;
  }

  /** Somebody who does not read the feed was shown its last Root. */
  looked(nowMs: number): void {
    this.#lookedUntilMs = nowMs + KEEP_ROOT_MS;
  }

  /**
   * Makes a Root the last one. Its top level is held already; the one before stays for {@link KEEP_ROOT_MS} at most.
   */
  advance(signed: SignedRoot, nowMs: number): void {
    const before = this.last && this.#roots.get(hashKey(this.last.hash));
    if (before) before.untilMs = nowMs + KEEP_ROOT_MS;
    this.last = signed;
    this.#roots.set(hashKey(signed.hash), { signed, untilMs: Infinity, number: this.objects.coming++ });
  }

  /**
   * Lets go of Roots whose time is over, and of those that nobody can be filling any more.
   * @param oldest  Number of the oldest Root that a reader may be filling; Infinity: there is no reader.
   */
  expire(nowMs: number, oldest: number): void {
    const known = this.#lookedUntilMs > nowMs ? 0 : oldest;
    for (const [key, { signed, untilMs, number }] of this.#roots) {
      // A reader fills a Root of each head at a time.
      const isPassed = number < known && signed.root.nonce === this.last?.root.nonce;
      if (signed === this.last || untilMs > nowMs && !isPassed) break;
      this.#roots.delete(key);
      const top = topKeyOf(signed);
      if (top !== undefined) this.objects.release(top);
    }
  }

  /** Complete Roots that are kept. */
  get roots(): number {
    return this.#roots.size;
  }

  /** Bytes that a reader may ask for: an object, or a Root's own. */
  bytesOf(key: HashKey): Uint8Array | undefined {
    return this.objects.bytesOf(key) ?? this.#roots.get(key)?.signed.encoded;
  }
}
