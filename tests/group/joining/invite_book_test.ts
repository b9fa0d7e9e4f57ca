/** How much of signed invites is remembered, and what goes. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { NULL_PK } from "../../../lib/crypto/members.ts";
import { INVITE_GRACE_NS, InviteBook } from "../../../lib/group/joining/invite_book.ts";
import {
  type InviteRecord,
  inviteRecordPath,
  ISSUED,
  REVOKED,
  USED,
} from "../../../lib/group/joining/invite_record.ts";
import { GROUP } from "../sim/world.ts";

const BY = `02${"ab".repeat(32)}`;
const idOf = (number: number): string => number.toString(16).padStart(32, "0");

const record = (invite: number, expiresNs: bigint, more: Partial<InviteRecord> = {}): InviteRecord => ({
  groupId: GROUP,
  invite: idOf(invite),
  op: ISSUED,
  uses: 100,
  onlyInviter: false,
  peer: NULL_PK,
  by: BY,
  atNs: 1n,
  expiresNs,
  signature: new Uint8Array(65),
  ...more,
});

Deno.test("Of more than 8192 records of invites those go that end first, whichever came first", () => {
  const records = Array.from({ length: 8192 + 3 }, (_, i) => record(i, BigInt((i * 7919) % 8195) + 1_000n));
  const first = [...records].sort((a, b) => a.expiresNs < b.expiresNs ? -1 : 1).slice(0, 3);
  for (const all of [records, records.toReversed()]) {
    const book = new InviteBook();
    for (const one of all) strictEqual(book.take(one), true);
    deepStrictEqual(book.prune(0n), first.map(inviteRecordPath));
    strictEqual([...book.records()].length, 8192);
    deepStrictEqual(book.prune(0n), []);
  }
});

Deno.test("Who issues more than fits pushes out nothing that others have issued or revoked", () => {
  const [one, other] = [`02${"cd".repeat(32)}`, `03${"ef".repeat(32)}`];
  const kept = [
    record(1, 2n, { by: one }),
    record(1, 2n, { by: one, op: REVOKED }),
    record(2, 3n, { by: other }),
  ];
  const flood = Array.from({ length: 9_000 }, (_, i) => record(10 + i, BigInt(10 + i)));
  const flooded = flood.map((one) => ({ ...one, by: `03${"ff".repeat(32)}` })); // the last one by its key
  for (const all of [[...kept, ...flood], [...flood, ...kept], [...kept, ...flooded]]) {
    const book = new InviteBook();
    for (const record of all) book.take(record);
    deepStrictEqual(book.prune(0n), flood.slice(0, 9_003 - 8192).map(inviteRecordPath));
    strictEqual(book.revocation(idOf(1))?.by, one);
  }
});

Deno.test("An invite is remembered until a day behind its end, with all who came in by it", () => {
  const book = new InviteBook();
  const peer = `03${"cd".repeat(32)}`;
  const [issued, used] = [record(1, 1_000n), record(1, 1_000n, { op: USED, peer })];
  for (const one of [issued, used, record(2, 1_001n)]) book.take(one);
  const overNs = 1_000n + INVITE_GRACE_NS;
  deepStrictEqual([book.prune(overNs - 1n), book.uses(idOf(1))], [[], 1]);
  deepStrictEqual(book.prune(overNs).sort(), [issued, used].map(inviteRecordPath).sort());
  deepStrictEqual([book.uses(idOf(1)), book.hasUsed(idOf(1), peer), book.get(idOf(1))], [
    0,
    false,
    undefined,
  ]);
  deepStrictEqual(book.all().map(({ issued }) => issued.invite), [idOf(2)]);
});
