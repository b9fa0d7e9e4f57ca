/**
 * What a founder says for a member of an old program, which signs nothing: that the message came over a stream of its
 * key. Old programs pass it over and show the leaf as they always did; ours show it as unverified, and without it not
 * at all: else anybody in whose feed we read could speak for everybody.
 *
 * @see lib/group/README.md "By way of the founder"; specification skychat §b.5, §b.14
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { concat, u64Bytes, utf8 } from "../../wire/bytes.ts";
import { leafDigest, type MessageLeaf } from "./leaf.ts";
import type { Signer } from "./signer.ts";
import { uuidBytes } from "../record/uuid.ts";
import { sha256 } from "../../crypto/hash.ts";

const DOMAIN = utf8("dmsg group voucher v1");

/** What is vouched for. */
export interface VouchedLeaf {
  /** UUID of the group. */
  readonly groupId: string;
  /** Last part of the leaf's path. */
  readonly counter: bigint;
  /** The leaf, without its signature. */
  readonly leaf: Omit<MessageLeaf, "signature">;
}

/** SHA-256 of domain ‖ uuid (16) ‖ u64 counter ‖ leaf digest (32); undefined when the group id is no UUID. */
function digestOf({ groupId, counter, leaf }: VouchedLeaf): Uint8Array | undefined {
  const id = uuidBytes(groupId);
  return id && sha256(concat(DOMAIN, id, u64Bytes(counter), leafDigest(leaf)));
}

/** The founder's word for a leaf, 65 bytes. @throws {RangeError} When the group id is no UUID. */
export function makeVoucher(vouched: VouchedLeaf, secret: Uint8Array, signer: Signer): Uint8Array {
  const digest = digestOf(vouched);
  if (digest === undefined) throw new RangeError("the group id is no UUID");
  return signer.sign(secret, digest);
}

/** Whether the founder stands behind an unsigned leaf. */
export function isVouchedFor(
  vouched: VouchedLeaf & { readonly leaf: MessageLeaf },
  founder: PublicKeyHex,
  signer: Signer,
): boolean {
  const { voucher } = vouched.leaf;
  const digest = voucher && digestOf(vouched);
  return voucher !== undefined && digest !== undefined && signer.verify(founder, voucher, digest);
}
