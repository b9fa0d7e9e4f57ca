/**
 * Decisions and rotations in our feed: ours and, so that who comes later reaches the same roster without us, those of
 * others. In a private group decisions are sealed under the current key, and sealed again before it has left the ring.
 *
 * @see specification skychat §b.6, §b.14
 * @module
 */
import { toHex } from "../../wire/bytes.ts";
import { textOf } from "../../wire/packed.ts";
import { type Domain, encodeMutation, sealAlike } from "../roster/governance.ts";
import type { KnownDecision } from "../roster/decision_book.ts";
import type { Governor } from "../roster/governor.ts";
import type { OwnFeed } from "./own_feed.ts";
import type { GroupKey } from "../keys/ring.ts";
import { encodeRotation, type KeyRotation } from "../keys/rotation.ts";

/** Bytes at the end of a value that tell it from others: of a tag, or of a signature. */
const END_BYTES = 28;

/** What of a governor lies in a feed. */
export class Shelf {
  /** Where a decision lies, by its id. */
  readonly #decisions = new Map<string, string>();
  readonly #rotations = new Set<string>();
  /** Where a value lies, by its end. */
  readonly #paths = new Map<string, string>();
  /** The oldest key under which a decision lies here; undefined: an older one than the ring has, or none. */
  oldest: GroupKey | undefined;

  /** For one feed and one governor. @param isPrivate  Whether decisions are sealed. */
  constructor(
    private readonly feed: OwnFeed,
    private readonly governor: Governor,
    private readonly isPrivate: boolean,
  ) {}

  /** Whether a value of a domain lies in our feed just so: it is known, and needs no opening. */
  has(domain: string, value: Uint8Array): boolean {
    const path = this.#paths.get(endOf(value));
    return path !== undefined && path.startsWith(`${domain}/`) && this.feed.holds(path, value);
  }

  /** Remembers where a decision was found after a restart. */
  found(decision: KnownDecision, path: string, value: Uint8Array): void {
    this.#decisions.set(decision.id, path);
    this.#paths.set(endOf(value), path);
  }

  /** Remembers where a rotation was found after a restart. */
  foundKey(path: string, value: Uint8Array): void {
    this.#paths.set(endOf(value), path);
  }

  /** Remembers that it counts. */
  foundRotation(rotation: KeyRotation): void {
    this.#rotations.add(toHex(rotation.signature));
  }

  /** Puts a decision into the feed; also one that lies there, which then lies there twice. */
  put(decision: KnownDecision): void {
    this.#decisions.set(decision.id, this.#put(decision.domain, this.#valueOf(decision)));
  }

  /** Puts what the governor knows and the feed has not, and drops keys that are too many. */
  fill(): void {
    for (const rotation of this.governor.takeCrowdedOut()) this.#dropRotation(rotation);
    for (const rotation of this.governor.rotations()) {
      const id = toHex(rotation.signature);
      if (this.#rotations.has(id)) continue;
      this.#rotations.add(id);
      this.#put("keys", encodeRotation(rotation));
    }
    for (const decision of this.governor.decisions()) {
      if (!this.#decisions.has(decision.id)) this.put(decision);
    }
  }

  /** Seals all decisions anew, each in its place. */
  sealAgain(): void {
    const [current] = this.governor.ring;
    if (!this.isPrivate || current === undefined) return;
    this.oldest = current;
    for (const decision of this.governor.decisions()) {
      const path = this.#decisions.get(decision.id);
      if (path === undefined) continue;
      const value = this.#valueOf(decision);
      this.#paths.delete(endOf(this.feed.leaves.get(path)!));
      this.#paths.set(endOf(value), path);
      this.feed.replace(path, value);
    }
  }

  #dropRotation(rotation: KeyRotation): void {
    const end = endOf(encodeRotation(rotation));
    const path = this.#paths.get(end);
    if (path === undefined) return; // it had to go at once
    this.feed.drop(path);
    this.#paths.delete(end);
    this.#rotations.delete(toHex(rotation.signature));
  }

  #put(domain: Domain | "keys", value: Uint8Array): string {
    const path = this.feed.putNumbered(domain, value);
    this.#paths.set(endOf(value), path);
    return path;
  }

  #valueOf({ mutation }: KnownDecision): Uint8Array {
    const plain = encodeMutation(mutation);
    const [current] = this.governor.ring;
    return this.isPrivate && current !== undefined ? sealAlike(current.key, plain) : plain;
  }
}

const endOf = (value: Uint8Array): string => textOf(value.subarray(-END_BYTES));
