/**
 * The current key for one who was let in, as an admin's answer at the door holds it: wrapped under the secret of the two.
 *
 * @see docs/d2.md "Coming in"
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Random } from "../../sys/random.ts";
import { concat, fromHex, toHex, u64Bytes, utf8 } from "../../wire/bytes.ts";
import { uuidBytes } from "../record/uuid.ts";
import { type PairSecret, unwrapKey, WRAP_BYTES, wrapKey } from "./pair_wrap.ts";

const DOMAIN = utf8("dmsg d2 admission v1");
const [PK_BYTES, FRESH_BYTES] = [33, 16];
/** ratchet 33 ‖ u64 epoch ‖ fresh 16; behind it one wrap. */
const HEAD_BYTES = PK_BYTES + 8 + FRESH_BYTES;

const contextOf = (groupId: string, head: Uint8Array): Uint8Array =>
  sha256(concat(DOMAIN, uuidBytes(groupId) ?? utf8(groupId), head));

/** Wraps a key. @param ratchet  Our current ratchet key. @param secret  With who comes in. @returns 121 bytes. */
export function wrapForOne(
  groupId: string,
  { epoch, key }: { readonly epoch: bigint; readonly key: Uint8Array },
  ratchet: PublicKeyHex,
  secret: PairSecret,
  random: Random,
): Uint8Array {
  const head = concat(fromHex(ratchet), u64Bytes(epoch), random.bytes(FRESH_BYTES));
  return concat(head, wrapKey(key, [secret], contextOf(groupId, head), random));
}

/** Opens it. @param from  Our secrets with a ratchet key. @returns undefined when it is not for us. */
export function openForOne(
  groupId: string,
  value: Uint8Array,
  from: (ratchet: PublicKeyHex) => readonly PairSecret[],
): { readonly epoch: bigint; readonly key: Uint8Array } | undefined {
  if (value.length !== HEAD_BYTES + WRAP_BYTES) return undefined;
  const head = value.subarray(0, HEAD_BYTES);
  const secrets = from(toHex(head.subarray(0, PK_BYTES)));
  const key = unwrapKey(value.subarray(HEAD_BYTES), secrets, contextOf(groupId, head));
  return key && { epoch: BigInt(`0x${toHex(head.subarray(PK_BYTES, PK_BYTES + 8))}`), key };
}
