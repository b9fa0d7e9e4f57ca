/**
 * Whether a group's founder runs a program of the first weeks: one that alone has a feed, signs nothing, decides
 * nothing that others could read, and publishes for its members what they send it.
 *
 * @see specification skychat §b.5, §b.14, §g (level L3)
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { isUnsigned } from "../../crypto/members.ts";
import { proofOf, readLeaf } from "../talk/leaf.ts";
import type { GroupRecord } from "../record/record.ts";
import type { Signer } from "../talk/signer.ts";

/** `unknown`: nothing of the founder's has been read that would tell. */
export type OwnerAge = "old" | "unknown" | "newer";

/** What is known of one founder's program. */
export class OldOwner {
  #age: OwnerAge;

  /**
   * Of one group.
   * @param record  As it was kept: who was in without a roster that says so was in by such a founder's word.
   * @param hasRoster  Whether anything is known to have been decided.
   */
  constructor(
    { kind, ownerPk, status }: GroupRecord,
    own: PublicKeyHex,
    private readonly signer: Signer,
    private readonly hasRoster: () => boolean,
  ) {
    const isPossible = kind === "" && ownerPk !== own; // later links name a kind
    this.#age = !isPossible ? "newer" : status === "active" ? "old" : "unknown";
  }

  /** What it is as far as we know. */
  get age(): OwnerAge {
    return this.hasRoster() ? "newer" : this.#age;
  }

  /** Something of the founder's was read: a message of its own that is signed, or is not, tells. */
  read(founder: PublicKeyHex, value: Uint8Array): void {
    if (this.#age === "newer") return;
    const leaf = readLeaf(value);
    if (leaf?.sender !== founder) return;
    if (!isUnsigned(leaf.signature)) {
      this.#age = proofOf(leaf, this.signer) === "signed" ? "newer" : this.#age;
    } else this.#age = "old";
  }

  /** It took something that we sent it to publish. */
  tookOurs(): void {
    if (this.#age === "unknown") this.#age = "old";
  }

  /** It answered as only later programs do. */
  isNewer(): void {
    this.#age = "newer";
  }
}
