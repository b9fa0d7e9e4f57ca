/**
 * Who holds a group's feeds, in the feed of an admin: a node that is always on and no member. Members ask it for the
 * feeds of those who are away, and it learns whose feeds these are and who may read them. Go programs pass over it; the
 * feed's own signature proves it.
 *
 * @see lib/group/README.md "A holder"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import { concat, fromHex, toHex, u64Bytes } from "../../wire/bytes.ts";
import { uuidBytes, uuidText } from "../record/uuid.ts";

/** Where it lies; another one takes its place. */
export const HOLDER_PATH = "hold/current";
/** What its path begins with. */
export const HOLDER_PREFIX = "hold";
/** Most members that are listed: as many as a holder has feeds for. */
export const MAX_LISTED = 1024;
/** The latest time at which a holder was named that counts: another name can be said after it. */
const LATEST_NS = 2n ** 63n;
const VERSION = 1;
const [UUID_BYTES, PK_BYTES] = [16, 33];
/** u8 version ‖ uuid 16 ‖ u64 named ns ‖ u64 listed ns ‖ holder 33; behind it the members. */
const HEAD_BYTES = 1 + UUID_BYTES + 8 + 8 + PK_BYTES;

/** Who was named, and when. */
export interface HolderChoice {
  /** The node; undefined: nobody holds the group. */
  readonly holder: PublicKeyHex | undefined;
  /** When an admin said so, nanoseconds; the latest one counts. 0: nobody ever did. */
  readonly namedNs: bigint;
}

/** What an admin says of it. */
export interface HolderLeaf extends HolderChoice {
  /** UUID of the group, lower case. */
  readonly groupId: string;
  /** When these members were written down, nanoseconds. */
  readonly listedNs: bigint;
  /** Who is in, keys in rising order; at most {@link MAX_LISTED}. */
  readonly members: readonly PublicKeyHex[];
}

/** Writes it. */
export const encodeHolder = ({ groupId, namedNs, listedNs, holder, members }: HolderLeaf): Uint8Array =>
  concat(
    Uint8Array.of(VERSION),
    uuidBytes(groupId)!,
    u64Bytes(namedNs),
    u64Bytes(listedNs),
    fromHex(holder ?? NULL_PK),
    ...members.slice(0, MAX_LISTED).map(fromHex),
  );

/** Reads it. @returns undefined when it is none. */
export function readHolder(value: Uint8Array): HolderLeaf | undefined {
  const count = (value.length - HEAD_BYTES) / PK_BYTES;
  if (!Number.isInteger(count) || count < 0 || count > MAX_LISTED || value[0] !== VERSION) return undefined;
  const namedAt = 1 + UUID_BYTES;
  const number = (at: number): bigint => BigInt(`0x${toHex(value.subarray(at, at + 8))}`);
  const namedNs = number(namedAt);
  if (namedNs >= LATEST_NS) return undefined;
  const holderAt = namedAt + 16;
  const holder = toHex(value.subarray(holderAt, HEAD_BYTES));
  return {
    groupId: uuidText(value.subarray(1, namedAt)),
    namedNs,
    listedNs: number(namedAt + 8),
    holder: holder === NULL_PK ? undefined : holder,
    members: Array.from({ length: count }, (_, i) => {
      const at = HEAD_BYTES + i * PK_BYTES;
      return toHex(value.subarray(at, at + PK_BYTES));
    }),
  };
}
