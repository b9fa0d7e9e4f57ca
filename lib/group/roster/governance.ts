/**
 * What admins decide, as signed leaves of their own feeds: who is a member, who is an admin, who may speak.
 *
 * @see specification skychat §b.6
 * @module
 */
import { NULL_PK, pkMember, signatureMember } from "../../crypto/members.ts";
import { openGcm, peekGcm, sealGcm } from "../../crypto/gcm.ts";
import { hmacSha256, sha256 } from "../../crypto/hash.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Random } from "../../sys/random.ts";
import { concat, equal, fromHex, u64Bytes, utf8 } from "../../wire/bytes.ts";
import {
  field,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  goU64,
  goU8,
  omitted,
} from "../../wire/go_struct.ts";
import { isUnixNano } from "../../wire/go_time.ts";
import { makeSeen, type Seen, seenMember } from "./seen.ts";
import { curveSigner, type Signer } from "../talk/signer.ts";
import { uuidBytes } from "../record/uuid.ts";

/** What a decision is about; also the first part of its path. */
export type Domain = "roster" | "admin" | "mod";

/** The byte that keeps decisions of one domain from being taken for another's. */
export const DOMAIN_BYTES: Readonly<Record<Domain | "keys", number>> = {
  roster: 1,
  admin: 2,
  mod: 3,
  keys: 4,
};

/** The operations of each domain by their number. */
export const OPERATIONS: Readonly<Record<Domain, Readonly<Record<number, string>>>> = {
  roster: { 1: "add", 2: "remove" },
  admin: { 1: "promote", 2: "demote" },
  mod: {
    1: "ban",
    2: "unban",
    3: "mute",
    4: "unmute",
    5: "read-only",
    6: "read-write",
    7: "backfill on",
    8: "backfill off",
  },
};

/** Operations of `mod` that are about the group: their peer is the null key. */
export const isAboutGroup = (domain: Domain, op: number): boolean => domain === "mod" && op >= 5;

/** Operations behind which the peer that they are about is out: a removal, a ban. */
export const putsOut = (domain: Domain, op: number): boolean =>
  domain === "roster" && op === 2 || domain === "mod" && op === 1;

/** Whether a decision silences somebody, or all but admins, from its time on: a mute, read-only. */
export const silences = (domain: Domain, op: number): boolean => domain === "mod" && (op === 3 || op === 5);

/** One decision. */
export interface Mutation {
  /** UUID text of the group. */
  readonly groupId: string;
  /** Number of the operation in its domain. */
  readonly op: number;
  /** Whom it is about; the null key for what is about the group. */
  readonly peer: PublicKeyHex;
  /** 0 today. */
  readonly parentSeq: bigint;
  /** When it was decided, nanoseconds. */
  readonly issuedAtNs: bigint;
  /** The admin. */
  readonly issuer: PublicKeyHex;
  /** 65 bytes. */
  readonly signature: Uint8Array;
  /** What its issuer had seen; Go programs write none and pass it over. */
  readonly seen?: Seen | null;
}

const MUTATION: GoStruct<Mutation> = goStruct<Mutation>({
  groupId: field("group_id", goString),
  op: field("op", goU8),
  peer: field("peer_pk", pkMember),
  parentSeq: field("parent_seq", goU64),
  issuedAtNs: field("issued_at", goTime),
  issuer: field("issuer_pk", pkMember),
  signature: field("signature", signatureMember),
  seen: omitted("dmsg_seen", seenMember),
});

/** Longest value of a decision: one that names 256 others takes some 12 KiB. */
export const MAX_DECISION_BYTES: number = 16 << 10;

/** The value of a decision's leaf, UTF-8 JSON. */
export const encodeMutation = (mutation: Mutation): Uint8Array => utf8(MUTATION.encode(mutation));

/** Reads a value. @returns undefined when it is none. */
export function readMutation(value: Uint8Array): Mutation | undefined {
  const mutation = MUTATION.decode(value);
  if (mutation === undefined) return undefined;
  const { seen, ...legacy } = mutation;
  return seen ? mutation : legacy;
}

const DIGITS = 5;

/** Where a decision lies. @param count  1, 2, 3 …; goes on after a restart (§b.14). */
export const governancePath = (domain: Domain | "keys", count: number): string =>
  `${domain}/${String(count).padStart(DIGITS, "0")}`;

/** Whether a leaf there is a decision. */
export const isDecisionPath = (path: string): boolean =>
  Object.hasOwn(OPERATIONS, path.slice(0, path.indexOf("/")));

/**
 * What the signature covers, before any hash. The form of 2026-05 had no domain behind the version: "add" and
 * "promote" look the same in it, so it is never accepted.
 * @returns undefined when the group id is no UUID.
 */
export function mutationPreimage(
  domain: Domain,
  { groupId, op, peer, parentSeq, issuedAtNs, issuer }: Omit<Mutation, "signature" | "seen">,
): Uint8Array | undefined {
  const id = uuidBytes(groupId);
  if (id === undefined) return undefined;
  const rest = [Uint8Array.of(op), fromHex(peer), u64Bytes(parentSeq), u64Bytes(issuedAtNs), fromHex(issuer)];
  return concat(Uint8Array.of(1, DOMAIN_BYTES[domain]), id, ...rest);
}

/**
 * A signed decision.
 * @param secret  32 bytes of the issuer.
 * @param parents  Ids of the decisions that the issuer has seen and that nothing else names; left out, it says nothing
 *   of that, as a Go program's.
 * @throws {RangeError} When the group id is no UUID.
 */
export function makeMutation(
  domain: Domain,
  body: Omit<Mutation, "signature" | "seen">,
  secret: Uint8Array,
  signer: Signer = curveSigner,
  parents?: readonly string[],
): Mutation {
  const covered = mutationPreimage(domain, body);
  if (covered === undefined) throw new RangeError("the group id is no UUID");
  const seen = parents === undefined ? {} : { seen: makeSeen(covered, parents, secret, signer) };
  return { ...body, signature: signer.sign(secret, sha256(covered)), ...seen };
}

/**
 * Whether a decision has its form: a known operation, its peer as the operation wants it, a time, and its issuer's
 * signature.
 */
export function isGenuine(domain: Domain, mutation: Mutation, signer: Signer = curveSigner): boolean {
  if (!Object.hasOwn(OPERATIONS[domain], mutation.op) || !isUnixNano(mutation.issuedAtNs)) {
    return false;
  }
  if (isAboutGroup(domain, mutation.op) !== (mutation.peer === NULL_PK) || mutation.issuer === NULL_PK) {
    return false;
  }
  const covered = mutationPreimage(domain, mutation);
  return covered !== undefined && signer.verify(mutation.issuer, mutation.signature, sha256(covered));
}

const SEALED = utf8("SKG1");
const OPEN_BRACE = "{".charCodeAt(0);
const NONCE_BYTES = 12;

/** Seals a decision for a private group: `SKG1` ‖ nonce (12) ‖ AES-256-GCM. @param key  32 bytes. */
export function sealGovernance(key: Uint8Array, plain: Uint8Array, random: Random): Uint8Array {
  return sealUnder(key, random.bytes(NONCE_BYTES), plain);
}

const ALIKE = utf8("dmsg governance nonce v1");

/**
 * Seals a decision as every member seals it: its nonce follows from key and text, so that copies of one decision are
 * one value, opened once, and no two texts share a nonce. @param key  32 bytes.
 */
export function sealAlike(key: Uint8Array, plain: Uint8Array): Uint8Array {
  return sealUnder(key, hmacSha256(key, concat(ALIKE, plain)).subarray(0, NONCE_BYTES), plain);
}

const sealUnder = (key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Uint8Array =>
  concat(SEALED, nonce, sealGcm(key, nonce, plain));

/** Whether a value is sealed. */
export const isSealedGovernance = (value: Uint8Array): boolean =>
  value.length >= SEALED.length && equal(value.subarray(0, SEALED.length), SEALED);

/** What was sealed, and which key has opened it. */
export interface Unsealed {
  /** The text. */
  readonly plain: Uint8Array;
  /** The place of the key among those that were tried. */
  readonly at: number;
}

/**
 * Opens a sealed value.
 * @param keys  The current key first, then the ring from the newest.
 * @returns undefined when none of them opens it: park it until a key arrives.
 */
export function unsealGovernance(value: Uint8Array, keys: readonly Uint8Array[]): Unsealed | undefined {
  if (!isSealedGovernance(value)) return undefined;
  const nonce = value.subarray(SEALED.length, SEALED.length + NONCE_BYTES);
  const body = value.subarray(SEALED.length + NONCE_BYTES);
  for (const [at, key] of keys.entries()) {
    if (peekGcm(key, nonce, body) !== OPEN_BRACE) continue; // all that is sealed so is JSON
    const plain = openGcm(key, nonce, body);
    if (plain !== undefined) return { plain, at };
  }
  return undefined;
}

/** The text alone, see {@link unsealGovernance}. */
export const openGovernance = (value: Uint8Array, keys: readonly Uint8Array[]): Uint8Array | undefined =>
  unsealGovernance(value, keys)?.plain;
