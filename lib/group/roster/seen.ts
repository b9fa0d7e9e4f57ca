/**
 * What an admin had seen when it decided: the decisions that nothing else had named yet. It lies in one member of a
 * decision's JSON that Go programs pass over, and makes decisions a graph.
 *
 * @see lib/group/README.md "A roster without clocks"
 * @module
 */
import { signatureMember } from "../../crypto/members.ts";
import { sha256 } from "../../crypto/hash.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { concat, fromHex, toHex, u32Bytes, utf8 } from "../../wire/bytes.ts";
import { field, goBytes, type GoStruct, goStruct, type GoType } from "../../wire/go_struct.ts";
import type { Signer } from "../talk/signer.ts";

/** What keeps this signature from being taken for any other's; those of Go begin with the byte 1. */
const DOMAIN = utf8("dmsg group seen v1");
const ID_BYTES = 32;
/** Most decisions that one names: 8 KiB, a fraction of the frame that a leaf has to fit into. */
export const MAX_PARENTS = 256;

/** What an admin had seen. */
export interface Seen {
  /** Ids of decisions, 32 bytes each, in rising order, none twice; empty: it was the first. */
  readonly parents: Uint8Array;
  /** 65 bytes of the issuer over {@link seenId}. */
  readonly signature: Uint8Array;
}

const SEEN: GoStruct<Seen> = goStruct<Seen>({
  parents: field("parents", goBytes),
  signature: field("signature", signatureMember),
});

/** It as a member of a decision's JSON; what is malformed counts as absent, as it does for Go. */
export const seenMember: GoType<Seen | null | undefined> = {
  zero: null,
  isEmpty: (seen) => seen === null || seen === undefined,
  read: (raw) => {
    const seen = SEEN.read(raw, SEEN.zero);
    return seen !== undefined && parentsOf(seen) !== undefined ? seen : null;
  },
  write: (seen) => seen === null || seen === undefined ? null : SEEN.write(seen),
};

/** Ids of the decisions that it names, 64 hex characters each. @returns undefined when they are not as they must be. */
export function parentsOf({ parents }: Pick<Seen, "parents">): string[] | undefined {
  const count = parents.length / ID_BYTES;
  if (!Number.isInteger(count) || count > MAX_PARENTS) return undefined;
  const ids = Array.from(
    { length: count },
    (_, i) => toHex(parents.subarray(i * ID_BYTES, (i + 1) * ID_BYTES)),
  );
  return ids.every((id, i) => i === 0 || ids[i - 1] < id) ? ids : undefined;
}

/** The id of a decision that says nothing of what it has seen, 32 bytes. @param preimage  What the decision's own signature covers. */
export const plainId = (preimage: Uint8Array): Uint8Array => sha256(preimage);

/**
 * The id of a decision that says what it has seen, and what is signed: SHA-256 of domain ‖ plain id (32) ‖ u32 count ‖
 * the ids that it names.
 * @param plain  {@link plainId}, 32 bytes.
 * @returns 32 bytes.
 */
export const seenId = (plain: Uint8Array, parents: Uint8Array): Uint8Array =>
  sha256(concat(DOMAIN, plain, u32Bytes(parents.length / ID_BYTES), parents));

/**
 * Says what an admin has seen.
 * @param ids  64 hex characters each, in any order; at most {@link MAX_PARENTS}.
 * @param secret  32 bytes of the issuer.
 */
export function makeSeen(
  preimage: Uint8Array,
  ids: readonly string[],
  secret: Uint8Array,
  signer: Signer,
): Seen {
  const parents = concat(...[...new Set(ids)].sort().map(fromHex));
  return { parents, signature: signer.sign(secret, seenId(plainId(preimage), parents)) };
}

/** Whether its issuer has said so. */
export const isSeenBy = (issuer: PublicKeyHex, preimage: Uint8Array, seen: Seen, signer: Signer): boolean =>
  signer.verify(issuer, seen.signature, seenId(plainId(preimage), seen.parents));
