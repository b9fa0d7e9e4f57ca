/**
 * The work that a stranger shows before an admin looks at its request.
 *
 * @see specification skychat §b.7 "Proof of work"
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { concat, fromHex, u64Bytes, utf8 } from "../../wire/bytes.ts";
import { field, goI64, type GoStruct, goStruct, goU64, goU8 } from "../../wire/go_struct.ts";
import { MAX_POW_BITS } from "./invite.ts";

/** What a request shows; all zero: nothing. */
export interface Work {
  /** When it was done, seconds since 1970. */
  readonly tsUnix: bigint;
  /** The first that does, counted from 1. */
  readonly nonce: bigint;
  /** How many bits it claims. */
  readonly bits: number;
}

/** Its members in a request. */
export const WORK: GoStruct<Work> = goStruct<Work>({
  tsUnix: field("ts_unix", goI64),
  nonce: field("nonce", goU64),
  bits: field("bits", goU8),
});

/** Most bits that we ask for: of one more a fifth of those who ask would not be done within the 30 s that they look. */
export const MAX_ASKED_BITS = 22;

/** No work. */
export const NO_WORK: Work = { tsUnix: 0n, nonce: 0n, bits: 0 };
/** How far from an admin's clock the time of the work may be. */
export const WORK_AGE_SEC = 600n;

const LABEL = utf8("skychat:group-join-pow:v1");
const BAR = utf8("|");
const NONCE_BYTES = 8;

/** What is hashed: label | group id | key, time, nonce. The last 8 bytes are the nonce. */
export const workInput = (groupId: string, pk: PublicKeyHex, tsUnix: bigint, nonce: bigint): Uint8Array =>
  concat(LABEL, BAR, utf8(groupId), BAR, fromHex(pk), u64Bytes(tsUnix), u64Bytes(nonce));

/** How many bits of a hash are zero before the first one, 0 … 8 × its length. */
export function leadingZeroBits(hash: Uint8Array): number {
  const at = hash.findIndex((byte) => byte !== 0);
  return at < 0 ? hash.length * 8 : at * 8 + Math.clz32(hash[at]) - 24;
}

/** Whether work is enough. @param nowSec  The admin's clock, seconds since 1970. */
export function isWorkDone(
  work: Work,
  groupId: string,
  pk: PublicKeyHex,
  bits: number,
  nowSec: bigint,
): boolean {
  const wanted = Math.min(bits, MAX_POW_BITS);
  if (wanted === 0) return true;
  const age = nowSec - work.tsUnix;
  if (age > WORK_AGE_SEC || age < -WORK_AGE_SEC) return false;
  return leadingZeroBits(sha256(workInput(groupId, pk, work.tsUnix, work.nonce))) >= wanted;
}

/** Looks for work in slices, so that whoever runs it can do something else between them. */
export class WorkSearch {
  readonly #input: Uint8Array;
  readonly #view: DataView;
  #nonce = 0n;

  /** Starts at nonce 1. @param bits  What is asked for; more than 26 is cut to 26. @param tsUnix  Seconds since 1970. */
  constructor(
    groupId: string,
    pk: PublicKeyHex,
    private readonly bits: number,
    private readonly tsUnix: bigint,
  ) {
    this.#input = workInput(groupId, pk, tsUnix, 0n);
    this.#view = new DataView(this.#input.buffer);
  }

  /** Tries some nonces. @returns The work, when it was found. */
  step(tries: number): Work | undefined {
    const wanted = Math.min(this.bits, MAX_POW_BITS);
    for (let i = 0; i < tries; i++) {
      this.#nonce++;
      this.#view.setBigUint64(this.#input.length - NONCE_BYTES, this.#nonce);
      if (leadingZeroBits(sha256(this.#input)) >= wanted) {
        return { tsUnix: this.tsUnix, nonce: this.#nonce, bits: wanted };
      }
    }
    return undefined;
  }
}
