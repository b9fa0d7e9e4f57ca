/**
 * The Root: the signed top of one state of a feed.
 *
 * @see specification cxo §5; lib/cxo/README.md "Root"
 * @module
 */
import { PUBLIC_KEY_BYTES } from "../../crypto/keys.ts";
import { sign, verify } from "../../crypto/sign.ts";
import { equal } from "../../wire/bytes.ts";
import { Decoder, Encoder, malformed } from "./codec.ts";
import { BLANK, HASH_BYTES, nameOf } from "./hash.ts";
import { REGISTRY_REF, TREE_NODE_REF } from "./registry.ts";

/** A typed pointer. */
export interface Dynamic {
  /** Name of the object, 32 bytes. */
  readonly hash: Uint8Array;
  /** Name of its schema, 32 bytes. */
  readonly schema: Uint8Array;
}

/** What a Root says; the signature is not part of it. */
export interface Root {
  /** One pointer to the top level in a tree feed; none means an empty tree. */
  readonly refs: readonly Dynamic[];
  /** Free bytes; empty in a tree feed. */
  readonly descriptor: Uint8Array;
  /** Name of the registry, 32 bytes. */
  readonly registry: Uint8Array;
  /** The feed, 33 bytes. */
  readonly feed: Uint8Array;
  /** The head: one chain of Roots. Never 0 in what we write. */
  readonly nonce: bigint;
  /** 0 for the first Root of a head, then one more each. */
  readonly seq: bigint;
  /** Unix nanoseconds at signing. */
  readonly timeNs: bigint;
  /** Name of the Root before, 32 bytes; blank for the first of a head. */
  readonly prev: Uint8Array;
}

/** Bytes of the smallest Dynamic: two names. */
const DYNAMIC_BYTES = 2 * HASH_BYTES;

/** A Root's bytes: 193 for a tree feed. Their SHA-256 is the Root's name and what is signed. */
export function encodeRoot(root: Root): Uint8Array {
  const out = new Encoder(256).count(root.refs.length);
  for (const { hash, schema } of root.refs) out.fixed(hash).fixed(schema);
  return out.bytes(root.descriptor).fixed(root.registry).fixed(root.feed)
    .u64(root.nonce).u64(root.seq).i64(root.timeNs).fixed(root.prev).done();
}

/**
 * Reads a Root. Its members are views of the bytes; bytes behind it are ignored, as Go ignores them.
 * @throws {ProtocolError} by peer: too short.
 */
export function decodeRoot(bytes: Uint8Array): Root {
  const from = new Decoder(bytes, "Root");
  const count = from.count(DYNAMIC_BYTES);
  const refs: Dynamic[] = [];
  for (let i = 0; i < count; i++) {
    refs.push({ hash: from.fixed(HASH_BYTES), schema: from.fixed(HASH_BYTES) });
  }
  return {
    refs,
    descriptor: from.bytes(),
    registry: from.fixed(HASH_BYTES),
    feed: from.fixed(PUBLIC_KEY_BYTES),
    nonce: from.u64(),
    seq: from.u64(),
    timeNs: from.i64(),
    prev: from.fixed(HASH_BYTES),
  };
}

/** The Root of a tree feed. */
export const treeRoot = (
  top: Uint8Array,
  place: Pick<Root, "feed" | "nonce" | "seq" | "timeNs" | "prev">,
): Root => ({
  refs: [{ hash: top, schema: TREE_NODE_REF }],
  descriptor: new Uint8Array(0),
  registry: REGISTRY_REF,
  ...place,
});

/**
 * The name of a tree feed's top level.
 * @returns 32 bytes; undefined for a Root without Refs: an empty tree.
 * @throws {ProtocolError} by peer: another registry, more than one pointer, or one of another type.
 */
export function topOf(root: Root): Uint8Array | undefined {
  if (!equal(root.registry, REGISTRY_REF)) throw malformed("Root: not the registry of a tree feed");
  if (root.refs.length === 0) return undefined;
  if (root.refs.length > 1) throw malformed("Root: more than one pointer");
  if (!equal(root.refs[0].schema, TREE_NODE_REF)) throw malformed("Root: it does not point at a tree");
  return root.refs[0].hash;
}

/**
 * Whether a Go node keeps a Root at all once it is filled: Prev blank exactly at Seq 0, and a Time.
 * @see specification cxo §5 "run, 2019"
 */
export const isStorable = (root: Root): boolean =>
  equal(root.prev, BLANK) === (root.seq === 0n) && root.timeNs !== 0n;

/** A Root with what came around it. */
export interface SignedRoot {
  /** What it says. */
  readonly root: Root;
  /** Its bytes. */
  readonly encoded: Uint8Array;
  /** Its name, 32 bytes. */
  readonly hash: Uint8Array;
  /** 65 bytes: r ‖ s ‖ recovery id. */
  readonly signature: Uint8Array;
}

/** Who signs and who checks; simulations give a stand-in of equal sizes. */
export interface Scheme {
  /**
   * Signs a Root's bytes with the node's own key.
   * @returns 65 bytes.
   */
  sign(encoded: Uint8Array): Uint8Array;
  /** Whether a feed's key signed a Root's bytes. Never throws. */
  verify(feed: Uint8Array, signature: Uint8Array, encoded: Uint8Array): boolean;
}

/** The real curve with a secret key of 32 bytes. */
export const curveScheme = (secret: Uint8Array): Scheme => ({
  sign: (encoded) => sign(secret, encoded),
  verify: (feed, signature, encoded) => verify(feed, signature, encoded),
});

/** Encodes and signs. */
export function signRoot(root: Root, scheme: Pick<Scheme, "sign">): SignedRoot {
  const encoded = encodeRoot(root);
  return { root, encoded, hash: nameOf(encoded), signature: scheme.sign(encoded) };
}
