/**
 * An author's leaves as a thread: each of ours says which one it is, which one came before it, and what of others its
 * author had seen. So a reader knows exactly what it lacks, and two different leaves in one place are a proof.
 *
 * All of it lies in one member of a message's JSON that Go programs pass over.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import { NO_SIGNATURE, signatureMember } from "../../crypto/members.ts";
import { sha256 } from "../../crypto/hash.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { concat, fromHex, readU32, toHex, u64Bytes, utf8 } from "../../wire/bytes.ts";
import {
  field,
  goBytes,
  goString,
  type GoStruct,
  goStruct,
  type GoType,
  goU64,
  omitted,
} from "../../wire/go_struct.ts";
import type { Signer } from "../talk/signer.ts";
import { uuidBytes } from "../record/uuid.ts";

/** What keeps a thread's signature from being taken for any other's; those of Go begin with the byte 1. */
const DOMAIN = utf8("dmsg group thread v1");
/** Bytes of an incarnation. */
export const INCARNATION_BYTES = 8;
/** Bytes of one head: key 33 ‖ incarnation 8 ‖ u64 number ‖ hash 32. */
export const HEAD_BYTES = 81;
/** Most heads in a leaf: a group's members, and a leaf stays below the 64 KiB of a frame. */
export const MAX_HEADS = 256;
const HASH_BYTES = 32;

/** A place in an author's thread. */
export interface Place {
  /** 8 random bytes as 16 hex characters: one run of the author's program. */
  readonly inc: string;
  /** From 1. */
  readonly seq: bigint;
}

/** Nowhere: there is nothing before, nothing retired, nothing taken back. */
export const NOWHERE: Place = { inc: "0".repeat(2 * INCARNATION_BYTES), seq: 0n };

/** Whether a place is one. */
export const isSomewhere = ({ seq }: Place): boolean => seq > 0n;

/** What a leaf says of its place. */
export interface Thread {
  /** UUID text of the group. */
  readonly groupId: string;
  /** The run of the author's program. */
  readonly inc: string;
  /** Number of the leaf in it, from 1; 0: a heartbeat, which has no place. */
  readonly seq: bigint;
  /**
   * The last leaf of the run before, as far as the author's disk knew it when this run began; {@link NOWHERE}: there
   * was none. In a heartbeat: the author's newest leaf.
   */
  readonly after: Place;
  /** Hash of the leaf before it, 32 bytes; empty: there is none. */
  readonly prev: Uint8Array;
  /** The author has retired all that it said before this place. */
  readonly floor: Place;
  /** What a tombstone takes back. */
  readonly removes: Place;
  /** What its author had seen of others since its leaf before: {@link HEAD_BYTES} each. */
  readonly heads: Uint8Array;
  /** 65 bytes over all of it, the message among it. */
  readonly signature: Uint8Array;
}

/** A place of another author that a leaf names. */
export interface Head extends Place {
  /** Who said it. */
  readonly author: PublicKeyHex;
  /** Hash of the leaf, 32 bytes. */
  readonly hash: Uint8Array;
}

const INC = /^[0-9a-f]{16}$/;

/** An incarnation, 16 hex characters; absent: that of {@link NOWHERE}. */
const incMember: GoType<string> = {
  zero: NOWHERE.inc,
  isEmpty: (value) => value === NOWHERE.inc,
  read: (raw) => typeof raw === "string" && INC.test(raw) ? raw : undefined,
  write: (value) => value,
};

const PLACE: GoStruct<Place> = goStruct<Place>({ inc: field("inc", incMember), seq: field("seq", goU64) });

/** A place, absent when it is none. */
const placeMember: GoType<Place> = { ...PLACE, zero: NOWHERE, isEmpty: (place) => !isSomewhere(place) };

const THREAD: GoStruct<Thread> = goStruct<Thread>({
  groupId: field("group", goString),
  inc: field("inc", incMember),
  seq: field("seq", goU64),
  after: omitted("after", placeMember),
  prev: omitted("prev", goBytes),
  floor: omitted("floor", placeMember),
  removes: omitted("removes", placeMember),
  heads: omitted("heads", goBytes),
  signature: field("signature", signatureMember),
});

/** A leaf's thread as a member of its JSON; what is malformed counts as absent, as it does for Go. */
export const threadMember: GoType<Thread | null | undefined> = {
  zero: null,
  isEmpty: (thread) => thread === null || thread === undefined,
  read: (raw) => THREAD.read(raw, THREAD.zero) ?? null,
  write: (thread) => thread === null || thread === undefined ? null : THREAD.write(thread),
};

/** What a leaf's thread is about beside itself. */
export interface ThreadedLeaf {
  /** Its author. */
  readonly author: PublicKeyHex;
  /** Last part of the leaf's path. */
  readonly counter: bigint;
  /** 32 bytes: what the leaf's own signature covers. */
  readonly digest: Uint8Array;
}

const placeBytes = ({ inc, seq }: Place): Uint8Array => concat(fromHex(inc), u64Bytes(seq));

/** SHA-256 of all that a leaf says beside its place, 32 bytes: after ‖ prev ‖ floor ‖ removes ‖ counter ‖ digest ‖ heads. */
export function restOf(thread: Omit<Thread, "signature">, { counter, digest }: ThreadedLeaf): Uint8Array {
  const prev = thread.prev.length === HASH_BYTES ? thread.prev : new Uint8Array(HASH_BYTES);
  const places = [placeBytes(thread.after), prev, placeBytes(thread.floor), placeBytes(thread.removes)];
  return sha256(concat(...places, u64Bytes(counter), digest, thread.heads));
}

/**
 * The name of a leaf in its thread, and what is signed: SHA-256 of domain ‖ uuid (16) ‖ author (33) ‖ incarnation (8) ‖
 * u64 number ‖ rest (32).
 * @returns 32 bytes; undefined when the group id is no UUID.
 */
export function threadHash(
  groupId: string,
  author: PublicKeyHex,
  place: Place,
  rest: Uint8Array,
): Uint8Array | undefined {
  const id = uuidBytes(groupId);
  return id && sha256(concat(DOMAIN, id, fromHex(author), placeBytes(place), rest));
}

/** Signs a thread. @throws {RangeError} When the group id is no UUID. */
export function makeThread(
  body: Omit<Thread, "signature">,
  leaf: ThreadedLeaf,
  secret: Uint8Array,
  signer: Signer,
): { readonly thread: Thread; readonly hash: Uint8Array } {
  const hash = threadHash(body.groupId, leaf.author, body, restOf(body, leaf));
  if (hash === undefined) throw new RangeError("the group id is no UUID");
  return { thread: { ...body, signature: signer.sign(secret, hash) }, hash };
}

/** A thread that is its author's. */
export interface Proven {
  /** As it came. */
  readonly thread: Thread;
  /** See {@link restOf}. */
  readonly rest: Uint8Array;
  /** See {@link threadHash}. */
  readonly hash: Uint8Array;
}

/**
 * Checks a leaf's thread.
 * @returns undefined when it is of another group, malformed, or not its author's.
 */
export function provenThread(
  thread: Thread,
  leaf: ThreadedLeaf,
  groupId: string,
  signer: Signer,
): Proven | undefined {
  const { heads, prev } = thread;
  if (thread.groupId.toLowerCase() !== groupId || thread.inc === NOWHERE.inc) return undefined;
  if (heads.length % HEAD_BYTES !== 0 || heads.length > MAX_HEADS * HEAD_BYTES) return undefined;
  if (prev.length !== 0 && prev.length !== HASH_BYTES) return undefined;
  const rest = restOf(thread, leaf);
  const hash = threadHash(groupId, leaf.author, thread, rest);
  if (hash === undefined || !signer.verify(leaf.author, thread.signature, hash)) return undefined;
  return { thread, rest, hash };
}

/** Heads as bytes, in the order given. */
export const encodeHeads = (heads: readonly Head[]): Uint8Array =>
  concat(...heads.map((head) => concat(fromHex(head.author), placeBytes(head), head.hash)));

/** Reads heads; those of nobody or nowhere are passed over. */
export function readHeads(bytes: Uint8Array): Head[] {
  const heads: Head[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length; at += HEAD_BYTES) {
    const head = {
      author: toHex(bytes.subarray(at, at + 33)),
      inc: toHex(bytes.subarray(at + 33, at + 41)),
      seq: BigInt(readU32(bytes, at + 41)) << 32n | BigInt(readU32(bytes, at + 45)),
      hash: bytes.slice(at + 49, at + HEAD_BYTES),
    };
    if (isSomewhere(head) && head.inc !== NOWHERE.inc) heads.push(head);
  }
  return heads;
}

/** A thread of a group without a signature yet: the empty one. */
export const bareThread = (groupId: string, place: Place): Omit<Thread, "signature"> => ({
  groupId,
  ...place,
  after: NOWHERE,
  prev: NO_SIGNATURE.subarray(0, 0),
  floor: NOWHERE,
  removes: NOWHERE,
  heads: NO_SIGNATURE.subarray(0, 0),
});
