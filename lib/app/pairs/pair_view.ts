/**
 * A record as a view.
 *
 * @module
 */
import { NULL_PK } from "../../crypto/members.ts";
import type { PairRecord } from "../../pair/record.ts";
import { formatGoTime, GO_ZERO_TIME_NS } from "../../wire/go_time.ts";
import type { PairView } from "./pairs.ts";

/** A pair, as every surface sees it. @param waiting  Messages of ours that it has not said to have read. */
export const viewOf = (
  { record, waiting }: { readonly record: PairRecord; readonly waiting: number },
): PairView => ({
  peer: record.peer,
  status: record.status,
  port: record.port,
  ...(record.establishedAtNs === GO_ZERO_TIME_NS
    ? {}
    : { established: formatGoTime(record.establishedAtNs) }),
  ...(record.lastMessageAtNs === GO_ZERO_TIME_NS
    ? {}
    : { lastMessage: formatGoTime(record.lastMessageAtNs) }),
  waiting,
  ...(record.holder === NULL_PK ? {} : { holder: record.holder }),
  ...(record.rekeyedAtNs === GO_ZERO_TIME_NS ? {} : { keysChanged: formatGoTime(record.rekeyedAtNs) }),
});
