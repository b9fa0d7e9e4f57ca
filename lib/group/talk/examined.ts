/**
 * What a message's leaf says and who stands behind it, whoever reads it and whatever else is known: it follows from the
 * bytes, the path and the group alone.
 *
 * @see specification skychat §b.2; lib/group/README.md "Threads"
 * @module
 */
import { isUnsigned } from "../../crypto/members.ts";
import { leafDigest, type LeafPath, type LeafProof, type MessageLeaf, readLeaf } from "./leaf.ts";
import type { Signer } from "./signer.ts";
import { type Proven, provenThread } from "../threads/thread.ts";

/** A leaf that was looked at. */
export interface Examined {
  /** What it says. */
  readonly leaf: MessageLeaf;
  /** Whether its sender has signed it, or nobody. */
  readonly proof: Exclude<LeafProof, "forged">;
  /** Its thread, when it is its sender's. */
  readonly proven: Proven | undefined;
}

/**
 * Looks at a leaf. @param at  Its path. @param groupId  UUID, lower case.
 * @returns Why it is to be dropped, otherwise.
 */
export type Examine = (at: LeafPath, value: Uint8Array, groupId: string, signer: Signer) => Examined | string;

/** Looks at a leaf; see {@link Examine}. */
export function examine(
  at: LeafPath,
  value: Uint8Array,
  groupId: string,
  signer: Signer,
): Examined | string {
  const leaf = readLeaf(value);
  if (leaf === undefined) return "it is no message";
  const { sender, signature, thread, tsNs } = leaf;
  if (at.tsNs !== tsNs || at.sender !== undefined && at.sender !== sender) {
    return "its path is another message's";
  }
  const digest = leafDigest(leaf);
  const proof = isUnsigned(signature) ? "unsigned" : "signed";
  if (proof === "signed" && !signer.verify(sender, signature, digest)) {
    return "its signature is not its sender's";
  }
  const threaded = { author: sender, counter: at.seq, digest };
  return { leaf, proof, proven: thread ? provenThread(thread, threaded, groupId, signer) : undefined };
}
