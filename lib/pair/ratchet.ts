/**
 * A side's fresh key for the next epochs, as a leaf of its feed.
 *
 * @see specification skychat §c.2 "Ratchet epochs"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../crypto/keys.ts";
import { NULL_PK, pkMember, signatureMember } from "../crypto/members.ts";
import { sign, verify } from "../crypto/sign.ts";
import type { FeedLeaf } from "../cxo/feed/change.ts";
import { concat, fromHex, u64Bytes, utf8 } from "../wire/bytes.ts";
import { field, type GoStruct, goStruct, goTime, goU64 } from "../wire/go_struct.ts";
import { isUnixNano } from "../wire/go_time.ts";
import type { RatchetState } from "./record.ts";

/** How long one generation serves, nanoseconds: 24 hours. */
export const GENERATION_AGE_NS: bigint = 24n * 3600n * 1_000_000_000n;
/** How many messages one generation serves. */
export const GENERATION_MESSAGES = 512;
/** No side counts so far, one key after the other: numbers from here on are Unix seconds. */
export const FIRST_BY_CLOCK = 1_000_000_000n;
/** How many earlier epochs are kept to read with. */
export const KEPT_EPOCHS = 256;
/** How many messages wait for their epoch. */
export const PARKED_LEAVES = 256;

/** An announcement. */
export interface RatchetKey {
  /** Counts the side's keys from 1. */
  readonly generation: bigint;
  /** The fresh key. */
  readonly ratchet: PublicKeyHex;
  /** When, nanoseconds. */
  readonly issuedAtNs: bigint;
  /** Whose it is. */
  readonly issuer: PublicKeyHex;
  /** 65 bytes. */
  readonly signature: Uint8Array;
}

const RATCHET: GoStruct<RatchetKey> = goStruct<RatchetKey>({
  generation: field("generation", goU64),
  ratchet: field("ratchet_pk", pkMember),
  issuedAtNs: field("issued_at", goTime),
  issuer: field("issuer_pk", pkMember),
  signature: field("signature", signatureMember),
});

/**
 * The number of the key that is due: when there is none, or the last one has served, 24 hours with something in it, or
 * 512 messages.
 * @param isUnheard  The peer writes for a key that we have not, and heeds none that is not numbered above it, whatever
 *   that was: the next number is the clock's then.
 * @returns undefined when none is due.
 */
export function dueGeneration(
  { generation, issuedAtNs, uses }: RatchetState,
  nowNs: bigint,
  isUnheard: boolean,
): bigint | undefined {
  if (isUnheard && generation < FIRST_BY_CLOCK) return atLeast(nowNs / 1_000_000_000n, FIRST_BY_CLOCK);
  const isOld = uses > 0n && nowNs - issuedAtNs >= GENERATION_AGE_NS;
  return generation === 0n || isOld || uses >= GENERATION_MESSAGES ? generation + 1n : undefined;
}

const atLeast = (value: bigint, least: bigint): bigint => value > least ? value : least;

/** Where it lies in the feed. */
export const ratchetPath = (generation: bigint): string => `ratchet/${generation}`;

/** The value of its leaf, UTF-8 JSON. */
export const encodeRatchet = (ratchet: RatchetKey): Uint8Array => utf8(RATCHET.encode(ratchet));

/** Reads a value. @returns undefined when it is none. */
export const readRatchet = (value: Uint8Array): RatchetKey | undefined => RATCHET.decode(value);

/** What is signed. It is hashed once only, unlike what is signed in groups. */
export const ratchetPreimage = (
  { generation, ratchet, issuedAtNs, issuer }: Omit<RatchetKey, "signature">,
): Uint8Array =>
  concat(Uint8Array.of(1), u64Bytes(generation), fromHex(ratchet), u64Bytes(issuedAtNs), fromHex(issuer));

/** A signed announcement. @param ratchet  The fresh public key. */
export function makeRatchet(
  issuer: KeyPair,
  ratchet: PublicKeyHex,
  generation: bigint,
  issuedAtNs: bigint,
): RatchetKey {
  const body = { generation, ratchet, issuedAtNs, issuer: issuer.pk };
  return { ...body, signature: sign(issuer.secret, ratchetPreimage(body)) };
}

/** Whether an announcement is the peer's, and whole: with a number, a key and a time, also where the signature is good. */
export const isGenuineRatchet = (ratchet: RatchetKey, peer: PublicKeyHex): boolean =>
  ratchet.issuer === peer && ratchet.generation !== 0n && ratchet.ratchet !== NULL_PK &&
  isUnixNano(ratchet.issuedAtNs) &&
  verify(fromHex(peer), ratchet.signature, ratchetPreimage(ratchet));

/**
 * The announcements among a feed's leaves, in the order in which they were made, whatever the order of their paths.
 * @returns The peer's own, and how many are none.
 */
export function announcementsOf(
  leaves: readonly FeedLeaf[],
  peer: PublicKeyHex,
): { genuine: RatchetKey[]; others: number } {
  const all = leaves.filter(({ path }) => path.startsWith("ratchet/")).map(({ value }) => readRatchet(value));
  const genuine = all.filter((one) => one !== undefined && isGenuineRatchet(one, peer)) as RatchetKey[];
  genuine.sort((a, b) => a.issuedAtNs < b.issuedAtNs ? -1 : 1);
  return { genuine, others: all.length - genuine.length };
}
