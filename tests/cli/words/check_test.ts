/** What `dmsg group check` prints: a line for the group, one for each member, and one behind it for each fault. */
import { deepStrictEqual } from "node:assert/strict";
import { groupCheck } from "../../../cli/words/check.ts";
import { localTime } from "../../../cli/words/people.ts";
import type { GroupCheck, MemberCheck } from "../../../lib/app/groups/views/check.ts";

const [ALICE, BOB, CAROL] = ["a", "b", "c"].map((letter) => `02${letter.repeat(64)}`);
const INC = "00112233aabbccdd";
const TS = "2026-11-28T10:00:00Z";
const member = (pk: string, more: Partial<MemberCheck>): MemberCheck => ({
  pk,
  role: "member",
  self: false,
  hasNewest: false,
  holes: [],
  restarts: 0,
  ...more,
});
const shown = (check: Partial<GroupCheck>, members: readonly MemberCheck[]): string[] =>
  groupCheck({
    group: "g",
    name: "ops",
    whole: true,
    ...check,
    members,
    aliases: { [BOB]: "bob", [CAROL]: "ca\u202erol" },
  }).split("\n");

Deno.test("Check of a whole group has a line for it and one for each member", () => {
  const own = member(ALICE, { role: "founder", self: true, last: { incarnation: INC, seq: "3", ts: TS } });
  const told = member(BOB, {
    has: { incarnation: INC, seq: "3" },
    hasNewest: true,
    last: { incarnation: INC, seq: "9", ts: TS },
    lastHeard: TS,
  });
  const behind = member(CAROL, { has: { incarnation: INC, seq: "1" } });
  const silent = member(`02${"d".repeat(64)}`, {}); // it may have fetched all, and has said nothing since
  deepStrictEqual(shown({ key: { epoch: "4", ageSec: 3 * 86_400 } }, [own, told, behind, silent]), [
    "ops: nothing is missing (key 4, 3 days old)",
    `  02aaaaaa  founder, us  its last here is 00112233/3 of ${localTime(TS)}`,
    `  bob  member  has ours up to 00112233/3, the newest  its last here is 00112233/9 of ${
      localTime(TS)
    }  heard ${localTime(TS)}`,
    "  ca\\u{202e}rol  member  has ours up to 00112233/1  nothing of it is here",
    "  02dddddd  member  not yet proven to have something of ours  nothing of it is here",
  ]);
});

Deno.test("Check names each fault in a line of its own, behind the member that it is about", () => {
  const holes = [
    { incarnation: INC, from: "2", to: "2" },
    { incarnation: INC, from: "5", to: "8", saidBy: CAROL },
  ];
  const faulty = [
    member(BOB, { holes, restarts: 2 }),
    member(CAROL, { role: "gone", fork: { incarnation: INC, seq: "7" } }),
  ];
  const lines = shown({ whole: false }, faulty);
  deepStrictEqual(lines.filter((line) => !/^ {2}\S/.test(line)), [
    "ops: not whole",
    "    missing: 00112233/2",
    "    missing: 00112233/5-8, as ca\\u{202e}rol says",
    "    restarted: it went on without what it had said, 2x",
    "    lied: two different things are signed as 00112233/7",
  ]);
  deepStrictEqual(lines.map((line) => /^ {2}(\S+)/.exec(line)?.[1] ?? line.trim().split(":")[0]), [
    "ops",
    "bob",
    "missing",
    "missing",
    "restarted",
    "ca\\u{202e}rol",
    "lied",
  ]);
});
