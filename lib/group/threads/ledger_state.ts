/**
 * An author's ledger as it is kept: JSON, written with each leaf that changes it.
 *
 * @module
 */
import { pkMember } from "../../crypto/members.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import {
  field,
  goBool,
  goBytes,
  goI64,
  goList,
  goString,
  type GoStruct,
  goStruct,
  goU64,
} from "../../wire/go_struct.ts";
import type { LedgerState, Run } from "./author_ledger.ts";
import { Ranges, readRanges, writeRanges } from "./ranges.ts";
import { NOWHERE } from "./thread.ts";

interface FlatRun {
  readonly inc: string;
  readonly hasFirst: boolean;
  readonly afterInc: string;
  readonly afterSeq: bigint;
  readonly here: string;
  readonly removed: string;
  readonly last: bigint;
}

interface FlatClaim {
  readonly by: PublicKeyHex;
  readonly inc: string;
  readonly seq: bigint;
}

interface Flat {
  readonly runs: readonly FlatRun[];
  readonly floorInc: string;
  readonly floorSeq: bigint;
  readonly earlyInc: string;
  readonly earlySeq: bigint;
  readonly claims: readonly FlatClaim[];
  readonly newestInc: string;
  readonly newestSeq: bigint;
  readonly newestHash: Uint8Array;
  readonly newestNs: bigint;
}

const RUN: GoStruct<FlatRun> = goStruct<FlatRun>({
  inc: field("inc", goString),
  hasFirst: field("has_first", goBool),
  afterInc: field("after_inc", goString),
  afterSeq: field("after_seq", goU64),
  here: field("here", goString),
  removed: field("removed", goString),
  last: field("last", goU64),
});

const CLAIM: GoStruct<FlatClaim> = goStruct<FlatClaim>({
  by: field("by", pkMember),
  inc: field("inc", goString),
  seq: field("seq", goU64),
});

const FLAT: GoStruct<Flat> = goStruct<Flat>({
  runs: field("runs", goList(RUN)),
  floorInc: field("floor_inc", goString),
  floorSeq: field("floor_seq", goU64),
  earlyInc: field("early_inc", goString),
  earlySeq: field("early_seq", goU64),
  claims: field("claims", goList(CLAIM)),
  newestInc: field("newest_inc", goString),
  newestSeq: field("newest_seq", goU64),
  newestHash: field("newest_hash", goBytes),
  newestNs: field("newest_ts", goI64),
});

/** The ledger as bytes. */
export function encodeLedger({ runs, floor, early, claims, newest }: LedgerState): Uint8Array {
  return utf8(FLAT.encode({
    runs: [...runs].map(([inc, { after, here, removed, last }]) => ({
      inc,
      hasFirst: after !== undefined,
      afterInc: after?.inc ?? "",
      afterSeq: after?.seq ?? 0n,
      here: writeRanges(here.list),
      removed: writeRanges(removed.list),
      last,
    })),
    floorInc: floor.inc,
    floorSeq: floor.seq,
    earlyInc: early.inc,
    earlySeq: early.seq,
    claims: [...claims].map(([by, { inc, seq }]) => ({ by, inc, seq })),
    newestInc: newest?.inc ?? "",
    newestSeq: newest?.seq ?? 0n,
    newestHash: newest?.hash ?? new Uint8Array(0),
    newestNs: newest?.tsNs ?? 0n,
  }));
}

/** Reads the bytes. @returns undefined when they are no ledger. */
export function readLedger(bytes: Uint8Array): LedgerState | undefined {
  const flat = FLAT.decode(fromUtf8(bytes));
  if (flat === undefined) return undefined;
  const runs = new Map<string, Run>();
  for (const { inc, hasFirst, afterInc, afterSeq, here, removed, last } of flat.runs) {
    const [there, gone] = [readRanges(here), readRanges(removed)];
    if (there === undefined || gone === undefined) return undefined;
    const after = hasFirst ? { inc: afterInc, seq: afterSeq } : undefined;
    runs.set(inc, { after, here: new Ranges(there), removed: new Ranges(gone), last });
  }
  const { newestInc, newestSeq, newestHash, newestNs } = flat;
  return {
    runs,
    floor: { inc: flat.floorInc, seq: flat.floorSeq },
    early: flat.earlySeq === 0n ? NOWHERE : { inc: flat.earlyInc, seq: flat.earlySeq },
    claims: new Map(flat.claims.map(({ by, inc, seq }) => [by, { inc, seq }])),
    newest: newestSeq === 0n
      ? undefined
      : { inc: newestInc, seq: newestSeq, hash: newestHash, tsNs: newestNs },
  };
}
