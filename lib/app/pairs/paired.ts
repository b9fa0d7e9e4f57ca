/**
 * With whom we are paired, for who has nothing else to do with pairs.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Store } from "../../store/store.ts";
import { PAIR_RECORDS } from "./has_pairs.ts";

/** Since when each pair is agreed, by peer, nanoseconds; what reads records is loaded where there are some. */
export async function pairedSince({ values }: Store): Promise<ReadonlyMap<PublicKeyHex, bigint>> {
  const kept = await values.list(PAIR_RECORDS);
  if (kept.length === 0) return new Map();
  const { readPairRecord } = await import("../../pair/record.ts");
  return new Map(kept.flatMap(({ value }) => {
    const record = readPairRecord(value);
    return record?.status === "active" ? [[record.peer, record.establishedAtNs] as const] : [];
  }));
}
