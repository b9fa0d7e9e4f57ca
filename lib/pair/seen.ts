/**
 * What a side says about the other's feed: how far it has read, and which of its announcements it uses from now on.
 * Ours alone; Go programs pass it over. Sealed under the static key: it tells nothing but places.
 *
 * @see lib/pair/README.md "Read"
 * @module
 */
import type { Random } from "../sys/random.ts";
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { field, type GoStruct, goStruct, goTime, goU64 } from "../wire/go_struct.ts";
import { openPairText, readSealed, sealStatic } from "./message.ts";

/** Where it lies in the feed. */
export const SEEN_PATH = "seen/current";

/** See the module. */
export interface Seen {
  /** The reader's newest announcement of the other side; 0: none. */
  readonly generation: bigint;
  /** All messages up to this time are read, nanoseconds. */
  readonly toNs: bigint;
}

const SEEN: GoStruct<Seen> = goStruct<Seen>({
  generation: field("generation", goU64),
  toNs: field("to", goTime),
});

/** What is sealed, UTF-8 JSON. */
export const encodeSeen = (seen: Seen): Uint8Array => utf8(SEEN.encode(seen));
/** Reads that. @returns undefined when it is none. */
export const readSeen = (plain: Uint8Array): Seen | undefined => SEEN.decode(fromUtf8(plain));

/** The value of the leaf. @param key  The static key. */
export const sealSeen = (key: Uint8Array, seen: Seen, random: Random): Uint8Array =>
  sealStatic(key, encodeSeen(seen), random);

/** Reads a value. @returns undefined when the key or a byte differs. */
export function openSeen(key: Uint8Array, value: Uint8Array): Seen | undefined {
  const sealed = readSealed(value);
  const plain = sealed?.kind === "static" ? openPairText(key, sealed) : undefined;
  return plain && readSeen(plain);
}
