/**
 * A group as parts of a backup, and those parts into a store.
 *
 * Without keys a private group comes back as one that we ask to be let into again: its admins know us and give the
 * key. Where our chain of Roots stands is left out: what was published after the backup is taken up from who reads us.
 *
 * @see lib/app/backup.ts
 * @module
 */
import type { Leaves } from "../../cxo/feed/change.ts";
import type { GroupRecord } from "../../group/record/record.ts";
import { encodeGroupRecord, readGroupRecord } from "../../group/record/record.ts";
import type { Change, Store } from "../../store/store.ts";
import { fromBase64, toBase64 } from "../../wire/base64.ts";
import { utf8 } from "../../wire/bytes.ts";
import type { GroupId, GroupPart } from "./groups.ts";
import { GROUP_RECORDS } from "./has_groups.ts";
import {
  encodeExtra,
  type GroupExtra,
  keepExtra,
  keepLeaf,
  keepRecord,
  keepSignature,
  NO_EXTRA,
  readExtra,
} from "./room/kept_groups.ts";

const NOTHING = new Uint8Array(0);

/** What a group is made of. */
export interface WholeGroup {
  /** Its record. */
  readonly record: GroupRecord;
  /** See {@link GroupExtra}. */
  readonly extra: GroupExtra;
  /** Our feed. */
  readonly leaves: Leaves;
  /** Of messages that others may hang on, by what names them. */
  readonly signatures: readonly { readonly name: string; readonly value: Uint8Array }[];
}

/** Whoever has a link may use it. */
const NO_LINKS = { invite: "", issued: [] } as const;

/** Its parts; the record is the last, so that what was cut off is no group. @param keys  With the group's keys. */
export function partsOf({ record, extra, leaves, signatures }: WholeGroup, keys: boolean): GroupPart[] {
  const shown = keys ? record : { ...record, aesKey: NOTHING, aesKeySealed: NOTHING, keyRing: [] };
  return [
    ...[...leaves].map(([name, value]): GroupPart => ({ part: "leaf", name, value: toBase64(value) })),
    ...signatures.map(({ name, value }): GroupPart => ({ part: "signature", name, value: toBase64(value) })),
    {
      part: "extra",
      name: "",
      value: toBase64(encodeExtra({ ...extra, ...(keys ? {} : NO_LINKS), head: NO_EXTRA.head, leaving: [] })),
    },
    { part: "record", name: "", value: toBase64(utf8(encodeGroupRecord(shown))) },
  ];
}

/** Whether a group is there already: a backup changes nothing of it. */
export const isKept = async ({ values }: Store, group: GroupId): Promise<boolean> =>
  await values.get(GROUP_RECORDS, group) !== undefined;

/** The change that keeps a part; undefined: it can't be read. */
export function changeOf(group: GroupId, { part, name, value }: GroupPart): Change | undefined {
  const bytes = fromBase64(value);
  if (bytes === undefined) return undefined;
  if (part === "leaf") return keepLeaf(group, name, bytes);
  if (part === "signature") return keepSignature(group, name, bytes);
  if (part === "extra") {
    const extra = readExtra(bytes);
    return extra && keepExtra(group, extra);
  }
  const record = readGroupRecord(bytes);
  if (record === undefined || record.id !== group) return undefined;
  const asksAgain = record.mode === "private" && record.aesKey.length === 0 && record.status === "active";
  return keepRecord(asksAgain ? { ...record, status: "pending" } : record);
}
