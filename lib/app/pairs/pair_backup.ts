/**
 * A pair as parts of a backup, and those parts into a store. Epoch secrets are in no backup: what is sealed for them
 * elsewhere is lost with them, and the first thing that is said or read announces a new one.
 *
 * @see lib/app/backup.ts
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { GENERATION_MESSAGES } from "../../pair/ratchet.ts";
import { encodePairRecord, type PairRecord, readPairRecord } from "../../pair/record.ts";
import type { Change, Store } from "../../store/store.ts";
import { fromBase64, toBase64 } from "../../wire/base64.ts";
import { PAIR_RECORDS } from "./has_pairs.ts";
import { keepPair, keepPairLeaf } from "./kept_pairs.ts";
import type { PairPart } from "./pairs.ts";

/** Its parts; the record is the last, so that what was cut off is no pair. */
export const partsOf = (record: PairRecord, leaves: ReadonlyMap<string, Uint8Array>): PairPart[] => [
  ...[...leaves].map(([name, value]): PairPart => ({
    peer: record.peer,
    part: "leaf",
    name,
    value: toBase64(value),
  })),
  { peer: record.peer, part: "record", name: "", value: toBase64(encodePairRecord(record)) },
];

/** Whether a pair is there already: a backup changes nothing of it. */
export const isPaired = async ({ values }: Store, peer: PublicKeyHex): Promise<boolean> =>
  await values.get(PAIR_RECORDS, peer) !== undefined;

/** The change that keeps a part; undefined: it can't be read. */
export function changeOf({ peer, part, name, value }: PairPart): Change | undefined {
  const bytes = fromBase64(value);
  if (bytes === undefined) return undefined;
  if (part === "leaf") return keepPairLeaf(peer, name, bytes);
  const record = readPairRecord(bytes);
  if (record === undefined || record.peer !== peer) return undefined;
  return keepPair({ ...record, ratchet: { ...record.ratchet, uses: BigInt(GENERATION_MESSAGES) } });
}
