/**
 * A new group key for those who are in: one fresh key pair, the group key wrapped for each member, and nobody else
 * sees for whom.
 *
 * @see specification skychat §b.9
 * @module
 */
import { NULL_PK, pkMember, signatureMember } from "../../crypto/members.ts";
import { openWith, sealWith } from "../../crypto/aead.ts";
import { ecdh } from "../../crypto/ecdh.ts";
import { sha256 } from "../../crypto/hash.ts";
import { generateKeyPair, type KeyPair, type PublicKeyHex } from "../../crypto/keys.ts";
import type { Random } from "../../sys/random.ts";
import { concat, equal, fromHex, toHex, u64Bytes, utf8 } from "../../wire/bytes.ts";
import {
  field,
  goBytes,
  goList,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  goU64,
  omitted,
} from "../../wire/go_struct.ts";
import { isUnixNano } from "../../wire/go_time.ts";
import type { EpochRotation } from "../d2/epoch_key.ts";
import { DOMAIN_BYTES } from "../roster/governance.ts";
import { GROUP_KEY_BYTES } from "../joining/invite.ts";
import { curveSigner, type Signer } from "../talk/signer.ts";
import { uuidBytes } from "../record/uuid.ts";

/** The group key for one member. */
export interface KeyWrap {
  /** The null key: who it is for is hidden. Older wraps name the member. */
  readonly recipient: PublicKeyHex;
  /** 16 bytes by which the member finds it; empty in older wraps. */
  readonly tag: Uint8Array;
  /** Nonce (12) ‖ ChaCha20-Poly1305 of the group key. */
  readonly sealed: Uint8Array;
  /** The rotation's own key; the null key in older wraps. */
  readonly ephemeral: PublicKeyHex;
}

/** One rotation. */
export interface KeyRotation {
  /** UUID text of the group. */
  readonly groupId: string;
  /** Of the new key. */
  readonly epoch: bigint;
  /** For each member one, sorted. */
  readonly wraps: readonly KeyWrap[];
  /** 0 today. */
  readonly parentSeq: bigint;
  /** When, nanoseconds. */
  readonly issuedAtNs: bigint;
  /** The admin. */
  readonly issuer: PublicKeyHex;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** In a D2 group what it really is; there are no {@link wraps} then. */
  readonly d2?: EpochRotation;
}

const WRAP: GoStruct<KeyWrap> = goStruct<KeyWrap>({
  recipient: field("recipient_pk", pkMember),
  tag: omitted("tag", goBytes),
  sealed: field("sealed", goBytes),
  ephemeral: field("eph_pk", pkMember),
});

const ROTATION: GoStruct<Omit<KeyRotation, "d2">> = goStruct<Omit<KeyRotation, "d2">>({
  groupId: field("group_id", goString),
  epoch: field("epoch", goU64),
  wraps: field("wraps", goList(WRAP)),
  parentSeq: field("parent_seq", goU64),
  issuedAtNs: field("issued_at", goTime),
  issuer: field("issuer_pk", pkMember),
  signature: field("signature", signatureMember),
});

/** The value of a rotation's leaf: UTF-8 JSON; of a D2 group bytes. */
export const encodeRotation = (rotation: KeyRotation): Uint8Array =>
  rotation.d2?.value ?? utf8(ROTATION.encode(rotation));

/** Reads a value. @returns undefined when it is none. */
export const readRotation = (value: Uint8Array): KeyRotation | undefined => ROTATION.decode(value);

const TAG_LABEL = utf8("skychat-group-wrap-tag-v1");
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const NOTHING = new Uint8Array(0);

/** How a member finds its wrap. @param shared  32 bytes: ECDH of the member and the rotation's key. */
export const wrapTag = (shared: Uint8Array): Uint8Array =>
  sha256(concat(TAG_LABEL, shared)).slice(0, TAG_BYTES);

/** Seals a group key under a shared secret. @returns Nonce ‖ ciphertext ‖ tag, 60 bytes. */
export function sealWrap(shared: Uint8Array, groupKey: Uint8Array, random: Random): Uint8Array {
  const nonce = random.bytes(NONCE_BYTES);
  return concat(nonce, sealWith(shared, nonce, groupKey, NOTHING));
}

/** The order in which wraps are hashed and written: by `<recipient hex>|<tag hex>`. */
export function sortedWraps(wraps: readonly KeyWrap[]): KeyWrap[] {
  const keyed = wraps.map((wrap) => ({ wrap, key: `${wrap.recipient}|${toHex(wrap.tag)}` }));
  return keyed.sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0).map(({ wrap }) => wrap);
}

/** SHA-256 over the sorted wraps. */
export function wrapHash(wraps: readonly KeyWrap[]): Uint8Array {
  const parts = sortedWraps(wraps).flatMap(({ recipient, tag, sealed, ephemeral }) => [
    fromHex(recipient),
    u64Bytes(BigInt(sealed.length)),
    sealed,
    ephemeral === NULL_PK ? NOTHING : fromHex(ephemeral),
    tag,
  ]);
  return sha256(concat(...parts));
}

/** What the signature covers, before any hash. @returns undefined when the group id is no UUID. */
export function rotationPreimage(rotation: Omit<KeyRotation, "signature">): Uint8Array | undefined {
  const id = uuidBytes(rotation.groupId);
  if (id === undefined) return undefined;
  const { epoch, wraps, parentSeq, issuedAtNs, issuer } = rotation;
  const head = Uint8Array.of(1, DOMAIN_BYTES.keys);
  const rest = [wrapHash(wraps), u64Bytes(parentSeq), u64Bytes(issuedAtNs), fromHex(issuer)];
  return concat(head, id, u64Bytes(epoch), ...rest);
}

/** What a rotation is made of. */
export interface NewKey {
  /** UUID text of the group. */
  readonly groupId: string;
  /** See {@link epochAfter}. */
  readonly epoch: bigint;
  /** 32 fresh bytes. */
  readonly groupKey: Uint8Array;
  /** For whom; the issuer among them. */
  readonly members: readonly PublicKeyHex[];
  /** When, nanoseconds. */
  readonly issuedAtNs: bigint;
}

/**
 * A signed rotation under a fresh ephemeral key.
 * @throws {RangeError} When the group id is no UUID.
 */
export function makeRotation(
  { groupId, epoch, groupKey, members, issuedAtNs }: NewKey,
  issuer: KeyPair,
  random: Random,
  signer: Signer = curveSigner,
): KeyRotation {
  const ephemeral = generateKeyPair(random);
  const wraps = sortedWraps(members.map((member) => {
    const shared = ecdh(ephemeral.secret, fromHex(member));
    return {
      recipient: NULL_PK,
      tag: wrapTag(shared),
      sealed: sealWrap(shared, groupKey, random),
      ephemeral: ephemeral.pk,
    };
  }));
  const body = { groupId, epoch, wraps, parentSeq: 0n, issuedAtNs, issuer: issuer.pk };
  const covered = rotationPreimage(body);
  if (covered === undefined) throw new RangeError("the group id is no UUID");
  return { ...body, signature: signer.sign(issuer.secret, sha256(covered)) };
}

/** Whether a rotation is its issuer's, and whole: with a time and with wraps that are for somebody and not empty. */
export function isGenuineRotation(rotation: KeyRotation, signer: Signer = curveSigner): boolean {
  const { wraps, issuedAtNs } = rotation;
  if (!isUnixNano(issuedAtNs) || wraps.length === 0 || !wraps.every(isWhole)) return false;
  const covered = rotationPreimage(rotation);
  return covered !== undefined && rotation.issuer !== NULL_PK &&
    signer.verify(rotation.issuer, rotation.signature, sha256(covered));
}

const isWhole = ({ recipient, tag, sealed }: KeyWrap): boolean =>
  sealed.length > 0 && (recipient !== NULL_PK || tag.length > 0);

/**
 * The group key of a rotation, for one member.
 * @returns 32 bytes; undefined when no wrap is for it or its own does not open.
 */
export function openRotation(rotation: KeyRotation, member: KeyPair): Uint8Array | undefined {
  const shares = new Map<PublicKeyHex, { shared: Uint8Array; tag: Uint8Array } | undefined>();
  for (const wrap of rotation.wraps) {
    const shared = sharedOf(wrap, rotation.issuer, member, shares);
    if (shared === undefined || wrap.sealed.length < NONCE_BYTES) continue;
    const nonce = wrap.sealed.subarray(0, NONCE_BYTES);
    const key = openWith(shared, nonce, wrap.sealed.subarray(NONCE_BYTES), NOTHING);
    if (key?.length === GROUP_KEY_BYTES) return key;
  }
  return undefined;
}

/** The secret that a wrap is under, when it is for the member; each ephemeral key costs one multiplication. */
function sharedOf(
  wrap: KeyWrap,
  issuer: PublicKeyHex,
  member: KeyPair,
  shares: Map<PublicKeyHex, { shared: Uint8Array; tag: Uint8Array } | undefined>,
): Uint8Array | undefined {
  const isNamed = wrap.recipient !== NULL_PK;
  if (isNamed && wrap.recipient !== member.pk) return undefined;
  const other = wrap.ephemeral === NULL_PK ? issuer : wrap.ephemeral;
  if (!shares.has(other)) {
    const shared = other === NULL_PK ? undefined : ecdh(member.secret, fromHex(other));
    shares.set(other, shared && { shared, tag: wrapTag(shared) });
  }
  const share = shares.get(other);
  return share !== undefined && (isNamed || equal(share.tag, wrap.tag)) ? share.shared : undefined;
}

/** The last number that an epoch can have. Of one epoch the later key is the current one, so a key can follow it, too. */
export const LAST_EPOCH: bigint = 2n ** 64n - 1n;

/** The epoch of a key that is to follow one. @param newest  The highest that is known; undefined: there is none. */
export const epochAfter = (newest: bigint = 0n): bigint => newest < LAST_EPOCH ? newest + 1n : LAST_EPOCH;

/** How long a key serves, nanoseconds: 7 days. */
export const ROTATION_AGE_NS: bigint = 7n * 24n * 3600n * 1_000_000_000n;
/** How many messages a key serves. */
export const ROTATION_MESSAGES = 4096;
/** How many old keys are kept. */
export const KEY_RING_LENGTH = 32;

/** How much longer an admin waits than the age, nanoseconds, so that not all rotate at once. */
export function rotationJitterNs(pk: PublicKeyHex): bigint {
  const head = sha256(fromHex(pk)).slice(0, 8);
  return new DataView(head.buffer).getBigUint64(0) % (ROTATION_AGE_NS / 4n);
}
