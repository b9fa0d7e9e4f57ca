/**
 * What became of messages of ours in a group, as plain JSON values.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";

/** By what we know that a member has a message. */
export interface GroupEvidence {
  /** Who has it. */
  readonly pk: PublicKeyHex;
  /**
   * `feed`: its own feed has it, or a later message of its own names it. `fetched`: it fetched the entry from us. `held`: it is no member, fetched the entry,
   * and holds it for them. `relay`: it is the founder, whose program is an old one, and says that it has published it.
   */
  readonly by: "feed" | "fetched" | "held" | "relay";
  /** When we learnt that. */
  readonly ts: string;
}

/** What became of a post. */
export interface GroupSendReport {
  /** `kept-by-others`: at least one has it. `queued`: nobody yet. */
  readonly state: "kept-by-others" | "queued";
  /** Names it in the group. */
  readonly id: string;
  /** Its time, RFC 3339. */
  readonly ts: string;
  /** The same in nanoseconds, as `unsend` takes it. */
  readonly tsNano: string;
  /** Its place in the conversation. */
  readonly position: number;
  /** Who has it by what. */
  readonly evidence: readonly GroupEvidence[];
  /** Milliseconds from the call to the answer. */
  readonly ms: number;
}
