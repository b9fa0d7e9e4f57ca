/**
 * What a pair takes of us.
 *
 * @module
 */
import { utf8 } from "../wire/bytes.ts";
import type { PairRefusal } from "./pair_types.ts";
import type { PairRecord } from "./record.ts";

/** Messages that may wait for the peer: a feed's tree and a reader's memory are bounded. */
export const MAX_WAITING = 10_000;
/** Longest text, UTF-8: sealed and in base64 it still is well below the objects that readers take. */
export const MAX_PAIR_TEXT_BYTES = 32_768;

/** Why a text is not said; undefined: it is. @param waiting  Messages that the peer has not read. */
export function refusalOf({ status }: PairRecord, text: string, waiting: number): PairRefusal | undefined {
  if (status !== "active") return "not active";
  if (text === "") return "empty";
  if (utf8(text).length > MAX_PAIR_TEXT_BYTES) return "too long";
  return waiting >= MAX_WAITING ? "full" : undefined;
}
