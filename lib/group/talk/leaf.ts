/**
 * One message in a member's feed: its path, its value, what is signed, and how a private group seals it.
 *
 * @see specification skychat §b.2
 * @module
 */
import { isUnsigned, NO_SIGNATURE, NULL_PK, pkMember, signatureMember } from "../../crypto/members.ts";
import { openGcm, sealGcm } from "../../crypto/gcm.ts";
import { sha256 } from "../../crypto/hash.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Random } from "../../sys/random.ts";
import { curveSigner, type Signer } from "./signer.ts";
import { type Thread, threadMember } from "../threads/thread.ts";
import { concat, fromHex, fromUtf8, u32Bytes, u64Bytes, utf8 } from "../../wire/bytes.ts";
import { goJson } from "../../wire/go_json.ts";
import { isUnixNano } from "../../wire/go_time.ts";
import {
  field,
  goBytes,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  type GoType,
  omitted,
} from "../../wire/go_struct.ts";

/** The text that says "I am here"; never shown, mirrored or kept. */
export const HEARTBEAT_TEXT = "__skychat_group_heartbeat__";

/** Where messages lie in a feed. */
export const MESSAGE_PREFIX = "msgs";

/**
 * Longest value of a message that is said, heard or given: with its text and two copies it goes into one commit of the
 * store, and a text of 64 KiB takes most of it only where nearly each of its characters is one that JSON writes as six.
 */
export const MAX_LEAF_BYTES = 256 << 10;
/** Longest text that is shown, UTF-8: what a message of the store holds. One that is no UTF-8 grows threefold when it is read. */
export const MAX_TEXT_BYTES = 3 * 65_536;
/** Of a value for a text in clear, as JSON; what a leaf says beside it (thread.ts) is up to 28 KiB. */
export const MAX_CLEAR_BYTES = MAX_LEAF_BYTES - (32 << 10);

const NONCE_BYTES = 12;

/** A message as it lies in a feed. */
export interface MessageLeaf {
  /** Who says to have written it. */
  readonly sender: PublicKeyHex;
  /** When, nanoseconds since 1970. */
  readonly tsNs: bigint;
  /** The text in clear; "" when it is sealed. */
  readonly text: string;
  /** Sealed text with its tag; empty in clear. */
  readonly ciphertext: Uint8Array;
  /** 12 bytes; empty in clear. */
  readonly nonce: Uint8Array;
  /** 65 bytes by the sender's key; all zero: not signed. */
  readonly signature: Uint8Array;
  /** Its place in its author's thread; Go programs write none and pass it over. */
  readonly thread?: Thread | null;
  /** The founder's signature that it heard this from its sender, see voucher.ts; Go programs pass it over as well. */
  readonly voucher?: Uint8Array;
  /** How it is sealed in a D2 group, see d2/content.ts; not signed. */
  readonly d2?: Uint8Array;
}

const bytesMember: GoType<Uint8Array | undefined> = {
  ...goBytes as GoType<Uint8Array | undefined>,
  zero: undefined,
  isEmpty: (bytes) => bytes === undefined,
};

const LEAF: GoStruct<MessageLeaf> = goStruct<MessageLeaf>({
  sender: field("sender_pk", pkMember),
  tsNs: field("ts", goTime),
  text: omitted("text", goString),
  ciphertext: omitted("ciphertext", goBytes),
  nonce: omitted("nonce", goBytes),
  signature: field("signature", signatureMember),
  thread: omitted("dmsg_thread", threadMember),
  voucher: omitted("dmsg_voucher", bytesMember),
  d2: omitted("dmsg_d2", bytesMember),
});

/** The value of a leaf, UTF-8 JSON. */
export const encodeLeaf = (leaf: MessageLeaf): Uint8Array => utf8(LEAF.encode(leaf));

/** Reads a value. @returns undefined when it is no message. */
export function readLeaf(value: Uint8Array): MessageLeaf | undefined {
  const leaf = LEAF.decode(value);
  if (leaf === undefined || leaf.sender === NULL_PK) return undefined;
  const { thread, voucher, d2, ...legacy } = leaf;
  return { ...legacy, ...thread && { thread }, ...voucher && { voucher }, ...d2 && { d2 } };
}

/** Bytes of a text in clear in a leaf's JSON. */
export const clearBytes = (text: string): number => utf8(goJson({ text })).length;

/** Where a leaf lies in a feed. @param seq  Counts a program's messages from 1. */
export const leafPath = (sender: PublicKeyHex, tsNs: bigint, seq: bigint | number): string =>
  `${MESSAGE_PREFIX}/${sender}/${tsNs}/${seq}`;

/** A leaf's path, taken apart. */
export interface LeafPath {
  /** undefined in feeds of the first weeks, which had no sender in the path. */
  readonly sender: PublicKeyHex | undefined;
  /** The instant, which must be the value's. */
  readonly tsNs: bigint;
  /** The counter of its writer. */
  readonly seq: bigint;
  /** What names the leaf: all behind `msgs/`. */
  readonly tail: string;
}

const PATH = /^msgs\/((?:(0[23][0-9a-f]{64})\/)?(-?\d{1,19})\/(\d{1,20}))$/;

/** Reads a path. @returns undefined when it is none of a message. */
export function parseLeafPath(path: string): LeafPath | undefined {
  const parts = PATH.exec(path);
  if (!parts) return undefined;
  const [, tail, sender, ts, seq] = parts;
  return { sender, tsNs: BigInt(ts), seq: BigInt(seq), tail };
}

/** What a leaf's signature covers, before any hash: neither group nor path (§b.2). */
export function leafPreimage(
  { sender, tsNs, text, ciphertext, nonce }: Omit<MessageLeaf, "signature">,
): Uint8Array {
  const written = utf8(text);
  return concat(
    Uint8Array.of(1),
    fromHex(sender),
    u64Bytes(tsNs),
    u32Bytes(written.length),
    written,
    u32Bytes(ciphertext.length),
    ciphertext,
    u32Bytes(nonce.length),
    nonce,
  );
}

/** The 32 bytes that are signed: SHA-256 of the pre-image; the signature hashes them once more. */
export const leafDigest = (leaf: Omit<MessageLeaf, "signature">): Uint8Array => sha256(leafPreimage(leaf));

/** What a leaf is made of. */
export interface LeafText {
  /** 32 bytes and their public key. */
  readonly author: { readonly secret: Uint8Array; readonly pk: PublicKeyHex };
  /** When it is said, nanoseconds. */
  readonly tsNs: bigint;
  /** The text. */
  readonly text: string;
  /** The group key, 32 bytes, of a private group. */
  readonly key?: Uint8Array;
}

/** A signed leaf, sealed when there is a key. */
export function makeLeaf(
  { author, tsNs, text, key }: LeafText,
  random: Random,
  signer = curveSigner,
): MessageLeaf {
  const body = leafBody({ sender: author.pk, tsNs, text, key }, random);
  return { ...body, signature: signer.sign(author.secret, leafDigest(body)) };
}

/** A leaf that nobody has signed yet, sealed when there is a key. */
export const leafBody = (
  { sender, tsNs, text, key }: Omit<LeafText, "author"> & { readonly sender: PublicKeyHex },
  random: Random,
): Omit<MessageLeaf, "signature"> => ({
  sender,
  tsNs,
  ...(key === undefined ? inClear(text) : sealed(key, text, random)),
});

const NOTHING = new Uint8Array(0);

const inClear = (text: string) => ({ text, ciphertext: NOTHING, nonce: NOTHING });

function sealed(key: Uint8Array, text: string, random: Random) {
  const nonce = random.bytes(NONCE_BYTES);
  return { text: "", ciphertext: sealGcm(key, nonce, utf8(text)), nonce };
}

/** A leaf of a claimed sender without a signature, as an owner relays it for programs of the first weeks (§b.5). */
export const unsignedLeaf = (leaf: Omit<MessageLeaf, "signature">): MessageLeaf => ({
  ...leaf,
  signature: NO_SIGNATURE,
});

/** `signed`: by its sender. `unsigned`: all zero, from before signatures. `forged`: neither, to be dropped. */
export type LeafProof = "signed" | "unsigned" | "forged";

/** Who stands behind a leaf. */
export function proofOf(leaf: MessageLeaf, signer: Signer = curveSigner): LeafProof {
  if (isUnsigned(leaf.signature)) return "unsigned";
  const isTheirs = isUnixNano(leaf.tsNs) && signer.verify(leaf.sender, leaf.signature, leafDigest(leaf));
  return isTheirs ? "signed" : "forged";
}

/**
 * The text of a leaf of a private group.
 * @param keys  To be tried in this order; 32 bytes each.
 * @returns undefined when none of them opens it, or it is in clear (and to be dropped).
 */
export function openLeaf(leaf: MessageLeaf, keys: readonly Uint8Array[]): string | undefined {
  for (const key of keys) {
    const plain = openGcm(key, leaf.nonce, leaf.ciphertext);
    if (plain !== undefined) return fromUtf8(plain);
  }
  return undefined;
}
