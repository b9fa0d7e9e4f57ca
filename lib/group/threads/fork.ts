/**
 * The proof that somebody said two different things in one place: two signatures over one place of one thread. It
 * holds no message, and whoever has it can check it.
 *
 * @see lib/group/README.md "Forks"
 * @module
 */
import { pkMember, signatureMember } from "../../crypto/members.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { toHex, utf8 } from "../../wire/bytes.ts";
import { field, goBytes, goString, type GoStruct, goStruct, goU64 } from "../../wire/go_struct.ts";
import type { Signer } from "../talk/signer.ts";
import { NOWHERE, type Place, threadHash } from "./thread.ts";

/** Where proofs lie in a feed, by the author that they are about: one is enough. */
export const FORK_PREFIX = "forks";

/** One half of a proof. */
export interface Claim {
  /** SHA-256 of all that the leaf says beside its place, 32 bytes. */
  readonly rest: Uint8Array;
  /** 65 bytes. */
  readonly signature: Uint8Array;
}

/** A proof. */
export interface Fork extends Place {
  /** UUID text of the group. */
  readonly groupId: string;
  /** Who lied. */
  readonly author: PublicKeyHex;
  /** One of the two, the smaller rest. */
  readonly one: Claim;
  /** The other one. */
  readonly other: Claim;
}

interface Flat {
  readonly groupId: string;
  readonly author: PublicKeyHex;
  readonly inc: string;
  readonly seq: bigint;
  readonly restA: Uint8Array;
  readonly sigA: Uint8Array;
  readonly restB: Uint8Array;
  readonly sigB: Uint8Array;
}

const FORK: GoStruct<Flat> = goStruct<Flat>({
  groupId: field("group", goString),
  author: field("author_pk", pkMember),
  inc: field("inc", goString),
  seq: field("seq", goU64),
  restA: field("rest_a", goBytes),
  sigA: field("signature_a", signatureMember),
  restB: field("rest_b", goBytes),
  sigB: field("signature_b", signatureMember),
});

/** Where the proof about an author lies. */
export const forkPath = (author: PublicKeyHex): string => `${FORK_PREFIX}/${author}`;

/** A proof from two claims of one place, whatever their order. */
export function makeFork(
  groupId: string,
  author: PublicKeyHex,
  { inc, seq }: Place,
  claims: readonly [Claim, Claim],
): Fork {
  const [one, other] = [...claims].sort((a, b) => toHex(a.rest) < toHex(b.rest) ? -1 : 1);
  return { groupId, author, inc, seq, one, other };
}

/** The value of a proof's leaf, UTF-8 JSON. */
export const encodeFork = ({ groupId, author, inc, seq, one, other }: Fork): Uint8Array =>
  utf8(FORK.encode({
    groupId,
    author,
    inc,
    seq,
    restA: one.rest,
    sigA: one.signature,
    restB: other.rest,
    sigB: other.signature,
  }));

/** Reads and checks a proof. @returns undefined when it is none, of another group, or its signatures are not its author's. */
export function readFork(value: Uint8Array, groupId: string, signer: Signer): Fork | undefined {
  const flat = FORK.decode(value);
  if (flat === undefined || flat.groupId.toLowerCase() !== groupId || flat.seq === 0n) return undefined;
  if (!/^[0-9a-f]{16}$/.test(flat.inc) || flat.inc === NOWHERE.inc) return undefined;
  const { author, inc, seq, restA, sigA, restB, sigB } = flat;
  const halves = [{ rest: restA, signature: sigA }, { rest: restB, signature: sigB }] as const;
  if (toHex(restA) === toHex(restB)) return undefined;
  for (const { rest, signature } of halves) {
    const hash = rest.length === 32 ? threadHash(groupId, author, { inc, seq }, rest) : undefined;
    if (hash === undefined || !signer.verify(author, signature, hash)) return undefined;
  }
  return makeFork(groupId, author, { inc, seq }, [...halves]);
}

/** Which of two proofs about one author is kept: everybody ends with the same one. */
export function earlierFork(a: Fork, b: Fork): Fork {
  const key = ({ inc, seq, one, other }: Fork) =>
    `${inc}/${String(seq).padStart(20, "0")}/${toHex(one.rest)}/${toHex(other.rest)}`;
  return key(a) <= key(b) ? a : b;
}
