/**
 * A message of a D2 group. Its author signs what it is committed to and where it stands in the author's thread, and not
 * how it is sealed: so others can seal it again under keys that somebody who was removed never had.
 *
 * @see docs/d2.md "Messages"
 * @module
 */
import { openWith, sealWith } from "../../crypto/aead.ts";
import { hkdfSha256, sha256 } from "../../crypto/hash.ts";
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import type { Random } from "../../sys/random.ts";
import { concat, equal, fromHex, fromUtf8, readU16, toHex, u32Bytes, utf8 } from "../../wire/bytes.ts";
import { leafDigest, type MessageLeaf } from "../talk/leaf.ts";
import type { Signer } from "../talk/signer.ts";
import { uuidBytes } from "../record/uuid.ts";
import { EPOCH_ID_BYTES } from "./epoch_key.ts";
import { KEY_BYTES, MAX_WRAPS, type PairSecret, unwrapKey, WRAP_BYTES, wrapKey } from "./pair_wrap.ts";

const COMMIT = utf8("dmsg d2 commit v1");
const CONTENT = utf8("dmsg d2 content v1");
/** A key serves once: it follows from a context that is new each time. */
const NONCE = new Uint8Array(12);
const NOTHING = new Uint8Array(0);
const [SALT_BYTES, FRESH_BYTES, PK_BYTES] = [32, 16, 33];
/** ratchet 33 ‖ fresh 16 ‖ epoch id 8 ‖ u8 kind; behind it u16 n, n wraps, and the body sealed. */
const HEAD_BYTES = PK_BYTES + FRESH_BYTES + EPOCH_ID_BYTES + 1;
/** The content key lies under the epoch's key, or under a secret with each of its readers. */
const [UNDER_EPOCH, UNDER_PAIRS] = [0, 1];
/** Fewest wraps for an audience; more are a power of two. */
const LEAST_WRAPS = 4;

/** What an open message says. */
export interface D2Body {
  /** The text. */
  readonly text: string;
  /** For whom, keys in rising order; empty: everybody. */
  readonly audience: readonly PublicKeyHex[];
  /** As it is committed to: random 32 ‖ u32 n ‖ n × 33 ‖ text. */
  readonly bytes: Uint8Array;
}

/** How a message is sealed in one copy of it. */
export interface D2Copy {
  /** The sealer's key, from which the secrets of the wraps follow. */
  readonly ratchet: PublicKeyHex;
  /** The newest rotation that its sealer knew, hex. */
  readonly epochId: string;
  /** Whether its content key lies under that rotation's key. */
  readonly isUnderEpoch: boolean;
  /** What its wraps open in, 32 bytes. */
  readonly context: Uint8Array;
  /** 64 bytes each. */
  readonly wraps: Uint8Array;
  /** The body, sealed under the content key. */
  readonly sealed: Uint8Array;
}

/** Under what a copy is sealed. */
export interface Sealing {
  /** UUID of the group. */
  readonly groupId: string;
  /** Our current ratchet key. */
  readonly ratchet: PublicKeyHex;
  /** The newest rotation that we know, hex. */
  readonly epochId: string;
  /** Its key; undefined: each reader has a wrap of its own. */
  readonly epochKey: Uint8Array | undefined;
  /** Secrets with each reader, where there is no epoch key. */
  readonly secrets: readonly PairSecret[];
  /** Keys and filling. */
  readonly random: Random;
}

/** A body. @param audience  Empty: everybody. */
export function bodyOf(text: string, audience: readonly PublicKeyHex[], random: Random): D2Body {
  const all = [...new Set(audience)].sort();
  const bytes = concat(random.bytes(SALT_BYTES), u32Bytes(all.length), ...all.map(fromHex), utf8(text));
  return { text, audience: all, bytes };
}

const commitOf = (bytes: Uint8Array): Uint8Array => sha256(concat(COMMIT, bytes));

/** A signed leaf with its first copy. */
export function makeD2Leaf(
  body: D2Body,
  author: KeyPair,
  tsNs: bigint,
  sealing: Sealing,
  signer: Signer,
): MessageLeaf {
  const leaf = { sender: author.pk, tsNs, text: "", ciphertext: commitOf(body.bytes), nonce: NOTHING };
  const digest = leafDigest(leaf);
  return {
    ...leaf,
    signature: signer.sign(author.secret, digest),
    d2: sealCopy(body, digest, sealing),
  };
}

/** The same leaf sealed anew, by whoever can open it, under a content key that is new as well. */
export const sealAgain = (leaf: MessageLeaf, body: D2Body, sealing: Sealing): MessageLeaf => ({
  ...leaf,
  d2: sealCopy(body, leafDigest(leaf), sealing),
});

function sealCopy(
  body: D2Body,
  digest: Uint8Array,
  { groupId, ratchet, epochId, epochKey, secrets, random }: Sealing,
): Uint8Array {
  const kind = Uint8Array.of(epochKey === undefined ? UNDER_PAIRS : UNDER_EPOCH);
  const head = concat(fromHex(ratchet), random.bytes(FRESH_BYTES), fromHex(epochId), kind);
  const context = contextOf(groupId, digest, head);
  const content = random.bytes(KEY_BYTES);
  const wraps = epochKey === undefined
    ? wrapKey(content, secrets, context, random, padded(secrets.length))
    : wrapKey(content, [{ id: fromHex(epochId), key: epochKey }], context, random);
  const sealed = sealWith(contentKey(content, context), NONCE, body.bytes, context);
  return concat(head, u32Bytes(wraps.length / WRAP_BYTES).subarray(2), wraps, sealed);
}

const contextOf = (groupId: string, digest: Uint8Array, head: Uint8Array): Uint8Array =>
  sha256(concat(CONTENT, uuidBytes(groupId) ?? utf8(groupId), digest, head));
const contentKey = (content: Uint8Array, context: Uint8Array): Uint8Array =>
  hkdfSha256(content, context, CONTENT, KEY_BYTES);

/** How many wraps there are for so many: 4, 8, 16 … */
function padded(count: number): number {
  let most = LEAST_WRAPS;
  while (most < count) most *= 2;
  return most;
}

/** The copy in a leaf. @returns undefined when there is none, or it is none. */
export function copyIn(leaf: MessageLeaf, groupId: string): D2Copy | undefined {
  const { d2 } = leaf;
  if (d2 === undefined || d2.length < HEAD_BYTES + 2 || d2[HEAD_BYTES - 1] > UNDER_PAIRS) return undefined;
  const count = readU16(d2, HEAD_BYTES);
  const wrapsAt = HEAD_BYTES + 2;
  const sealedAt = wrapsAt + count * WRAP_BYTES;
  if (count < 1 || count > MAX_WRAPS || sealedAt > d2.length) return undefined;
  return {
    ratchet: toHex(d2.subarray(0, PK_BYTES)),
    epochId: toHex(d2.subarray(PK_BYTES + FRESH_BYTES, HEAD_BYTES - 1)),
    isUnderEpoch: d2[HEAD_BYTES - 1] === UNDER_EPOCH,
    context: contextOf(groupId, leafDigest(leaf), d2.subarray(0, HEAD_BYTES)),
    wraps: d2.subarray(wrapsAt, sealedAt),
    sealed: d2.subarray(sealedAt),
  };
}

/**
 * Opens a copy.
 * @param secrets  What may open one of its wraps, the likeliest first.
 * @returns undefined: none does, or it is not what the leaf's author is committed to.
 */
export function openCopy(
  leaf: MessageLeaf,
  copy: D2Copy,
  secrets: readonly PairSecret[],
): D2Body | undefined {
  const content = unwrapKey(copy.wraps, secrets, copy.context);
  const bytes = content && openWith(contentKey(content, copy.context), NONCE, copy.sealed, copy.context);
  if (bytes === undefined || bytes.length < SALT_BYTES + 4) return undefined;
  if (!equal(commitOf(bytes), leaf.ciphertext)) return undefined;
  const count = readU16(bytes, SALT_BYTES + 2);
  const textAt = SALT_BYTES + 4 + count * PK_BYTES;
  if (readU16(bytes, SALT_BYTES) !== 0 || count > MAX_WRAPS || textAt > bytes.length) return undefined;
  const audience = Array.from({ length: count }, (_, i) => {
    const at = SALT_BYTES + 4 + i * PK_BYTES;
    return toHex(bytes.subarray(at, at + PK_BYTES));
  });
  return { text: fromUtf8(bytes.subarray(textAt)), audience, bytes };
}
