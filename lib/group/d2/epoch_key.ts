/**
 * A new key of a D2 group, wrapped for each member under the secret that its issuer shares with it.
 *
 * @see docs/d2.md "Epochs"
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import type { Random } from "../../sys/random.ts";
import { concat, equal, fromHex, toHex, u64Bytes, utf8 } from "../../wire/bytes.ts";
import type { Signer } from "../talk/signer.ts";
import { uuidBytes } from "../record/uuid.ts";
import { KEY_BYTES, MAX_WRAPS, type PairSecret, unwrapKey, WRAP_BYTES, wrapKey } from "./pair_wrap.ts";

const DOMAIN = utf8("dmsg d2 epoch v1");
const CHECK = utf8("dmsg d2 check v1");
const ROSTER = utf8("dmsg d2 roster v1");
const [PK_BYTES, SIGNATURE_BYTES, FRESH_BYTES, ROSTER_BYTES, CHECK_BYTES] = [33, 65, 16, 8, 16];
/** issuer 33 ‖ ratchet 33 ‖ u64 epoch ‖ u64 ns ‖ u64 since ‖ roster 8 ‖ fresh 16; behind it check, wraps, signature. */
const HEAD_BYTES = 2 * PK_BYTES + 3 * 8 + ROSTER_BYTES + FRESH_BYTES;
/** Bytes of what names a rotation. */
export const EPOCH_ID_BYTES = 8;
/** In place of a time: no history is to be sealed again. */
export const NO_RESEALING: bigint = 2n ** 64n - 1n;

/** What is signed of a rotation. */
export interface EpochHead {
  /** Who made it. */
  readonly issuer: PublicKeyHex;
  /** Its ratchet key of that time: what the wraps are under follows from it. */
  readonly ratchet: PublicKeyHex;
  /** Above every epoch that its issuer knew. */
  readonly epoch: bigint;
  /** When, nanoseconds. */
  readonly issuedAtNs: bigint;
  /** What was said from then on is to be sealed again under this key or a later one; {@link NO_RESEALING}: nothing. */
  readonly sinceNs: bigint;
  /** Who was in, as its issuer knew it: see {@link rosterMark}. */
  readonly roster: string;
}

/** A rotation. */
export interface EpochRotation extends EpochHead {
  /** 8 bytes as hex. */
  readonly id: string;
  /** What the wraps open in, 32 bytes. */
  readonly context: Uint8Array;
  /** What its key is known by, 16 bytes. */
  readonly check: Uint8Array;
  /** 64 bytes each. */
  readonly wraps: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** All of it. */
  readonly value: Uint8Array;
}

/** Who is in, in 8 bytes as hex. */
export const rosterMark = (members: readonly PublicKeyHex[]): string =>
  toHex(sha256(concat(ROSTER, ...[...members].sort().map(fromHex))).subarray(0, ROSTER_BYTES));

const contextOf = (groupId: string, head: Uint8Array): Uint8Array =>
  sha256(concat(DOMAIN, uuidBytes(groupId) ?? utf8(groupId), head));
const checkOf = (context: Uint8Array, key: Uint8Array): Uint8Array =>
  sha256(concat(CHECK, context, key)).slice(0, CHECK_BYTES);
const signedOf = (context: Uint8Array, check: Uint8Array, wraps: Uint8Array): Uint8Array =>
  sha256(concat(DOMAIN, context, check, sha256(wraps)));

/**
 * A signed rotation and its key.
 * @param secrets  With each member, the issuer's own among them; at most 1,024.
 */
export function makeEpoch(
  { groupId, ...of }: Omit<EpochHead, "issuer"> & { readonly groupId: string },
  secrets: readonly PairSecret[],
  issuer: KeyPair,
  random: Random,
  signer: Signer,
): { rotation: EpochRotation; key: Uint8Array } {
  const head = concat(
    issuer.public,
    fromHex(of.ratchet),
    u64Bytes(of.epoch),
    u64Bytes(of.issuedAtNs),
    u64Bytes(of.sinceNs),
    fromHex(of.roster),
    random.bytes(FRESH_BYTES),
  );
  const context = contextOf(groupId, head);
  const key = random.bytes(KEY_BYTES);
  const check = checkOf(context, key);
  const wraps = wrapKey(key, secrets, context, random);
  const signed = signedOf(context, check, wraps);
  const signature = signer.sign(issuer.secret, signed);
  const id = toHex(signed.subarray(0, EPOCH_ID_BYTES));
  const value = concat(head, check, wraps, signature);
  return { rotation: { ...of, issuer: issuer.pk, id, context, check, wraps, signature, value }, key };
}

/** Reads and checks a rotation. @returns undefined when it is none, of another group, or not its issuer's. */
export function readEpoch(value: Uint8Array, groupId: string, signer: Signer): EpochRotation | undefined {
  const wrapsAt = HEAD_BYTES + CHECK_BYTES;
  const signatureAt = value.length - SIGNATURE_BYTES;
  const count = (signatureAt - wrapsAt) / WRAP_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > MAX_WRAPS) return undefined;
  const head = value.subarray(0, HEAD_BYTES);
  const [check, wraps] = [value.subarray(HEAD_BYTES, wrapsAt), value.subarray(wrapsAt, signatureAt)];
  const signature = value.subarray(signatureAt);
  const context = contextOf(groupId, head);
  const signed = signedOf(context, check, wraps);
  const issuer = toHex(head.subarray(0, PK_BYTES));
  if (!signer.verify(issuer, signature, signed)) return undefined;
  const number = (at: number): bigint => BigInt(`0x${toHex(head.subarray(at, at + 8))}`);
  const at = 2 * PK_BYTES;
  return {
    issuer,
    ratchet: toHex(head.subarray(PK_BYTES, at)),
    epoch: number(at),
    issuedAtNs: number(at + 8),
    sinceNs: number(at + 16),
    roster: toHex(head.subarray(at + 24, at + 24 + ROSTER_BYTES)),
    id: toHex(signed.subarray(0, EPOCH_ID_BYTES)),
    context,
    check,
    wraps,
    signature,
    value,
  };
}

/** Whether a key is that of a rotation. */
const isKeyOf = ({ context, check }: EpochRotation, key: Uint8Array): boolean =>
  equal(check, checkOf(context, key));

/**
 * The key of a rotation, 32 bytes.
 * @param secrets  With its issuer, the current one first.
 * @param known  Keys that we have by other ways.
 */
export function openEpoch(
  rotation: EpochRotation,
  secrets: () => readonly PairSecret[],
  known: readonly Uint8Array[],
): Uint8Array | undefined {
  const had = known.find((key) => isKeyOf(rotation, key));
  const key = had ?? unwrapKey(rotation.wraps, secrets(), rotation.context);
  return key !== undefined && isKeyOf(rotation, key) ? key : undefined;
}
