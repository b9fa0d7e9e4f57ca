/**
 * Decisions and rotations in our feed: ours and, so that who comes later reaches the same roster without us, those of
 * others. In a private group decisions are sealed under the current key and sealed again when it changes.
 *
 * @see specification skychat §b.6, §b.14
 * @module
 */
import type { Random } from "../sys/random.ts";
import { toHex } from "../wire/bytes.ts";
import { encodeMutation, sealGovernance } from "./governance.ts";
import type { KnownDecision } from "./decision_book.ts";
import type { Governor } from "./governor.ts";
import type { OwnFeed } from "./own_feed.ts";
import { encodeRotation, type KeyRotation } from "./rotation.ts";

/** What of a governor lies in a feed. */
export class Shelf {
  /** Where a decision lies, by its id. */
  readonly #decisions = new Map<string, string>();
  readonly #rotations = new Set<string>();

  /** For one feed and one governor. @param isPrivate  Whether decisions are sealed. */
  constructor(
    private readonly feed: OwnFeed,
    private readonly governor: Governor,
    private readonly isPrivate: boolean,
    private readonly random: Random,
  ) {}

  /** Remembers where a decision was found after a restart. */
  found(decision: KnownDecision, path: string): void {
    this.#decisions.set(decision.id, path);
  }

  /** Remembers a rotation that was found after a restart. */
  foundRotation(rotation: KeyRotation): void {
    this.#rotations.add(toHex(rotation.signature));
  }

  /** Puts a decision into the feed; also one that lies there, which then lies there twice. */
  put(decision: KnownDecision): void {
    this.#decisions.set(
      decision.id,
      this.feed.putNumbered(decision.domain, this.#valueOf(decision)),
    );
  }

  /** Puts what the governor knows and the feed has not. */
  fill(): void {
    for (const rotation of this.governor.rotations()) {
      const id = toHex(rotation.signature);
      if (this.#rotations.has(id)) continue;
      this.#rotations.add(id);
      this.feed.putNumbered("keys", encodeRotation(rotation));
    }
    for (const decision of this.governor.decisions()) {
      if (!this.#decisions.has(decision.id)) this.put(decision);
    }
  }

  /** Seals all decisions anew, each in its place, because who comes now has only the current key. */
  sealAgain(): void {
    if (!this.isPrivate) return;
    for (const decision of this.governor.decisions()) {
      const path = this.#decisions.get(decision.id);
      if (path !== undefined) this.feed.replace(path, this.#valueOf(decision));
    }
  }

  #valueOf({ mutation }: KnownDecision): Uint8Array {
    const plain = encodeMutation(mutation);
    const [current] = this.governor.ring;
    return this.isPrivate && current !== undefined ? sealGovernance(current.key, plain, this.random) : plain;
  }
}
