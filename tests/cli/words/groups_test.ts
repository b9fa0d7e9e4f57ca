/** How what is known of a group reads. */
import { match, strictEqual } from "node:assert/strict";
import { groupMessage } from "../../../cli/words/group_messages.ts";
import { groupCells, groupInfo, groupMember, groupSent, historyRevoked } from "../../../cli/words/groups.ts";
import { localTime } from "../../../cli/words/people.ts";

const PK = `02${"ab".repeat(32)}`;

Deno.test("Group info and members say where Go programs see another roster", () => {
  const seen = { about: PK, here: "out", go: "member" };
  strictEqual(
    groupInfo({ name: "ops", members: [PK], go_sees: [seen] }),
    `name: ops\nmembers:\n  ${PK}\ngo_sees:\n  about: ${PK}, here: out, go: member`,
  );
  const member = { pk: PK, role: "member", muted: false, presence: "away" } as const;
  strictEqual(groupMember(member), `${PK}  member  away`);
  strictEqual(groupMember({ ...member, goSees: "banned" }), `${PK}  member  away  (for Go programs: banned)`);
});

Deno.test("Group info says no time that is not known", () => {
  const [never, unknown, known] = ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-11-30T00:12:57Z"];
  strictEqual(
    groupInfo({ name: "ops", last_message_at: never, key_issued_at: unknown, joined_at: known }),
    `name: ops\njoined_at: ${known}`,
  );
});

Deno.test("History that is sealed again is since a time of this place's clock, or all of it", () => {
  const since = "2026-11-23T03:07:34.875743Z";
  match(historyRevoked({ group: "g", since: "" }), /^group g: every member seals again what it serves,\n/);
  match(
    historyRevoked({ group: "g", since }),
    new RegExp(`^group g: every member seals again what it serves of ${localTime(since)} and later,\\n`),
  );
});

Deno.test("A line of a group says what is sealed, not signed, and what nobody has written", () => {
  const line = {
    ts: "T",
    group_id: "0123456789",
    sender_pk: PK,
    outgoing: false,
    body: "hi",
    ts_nano: "1",
    state: "received",
  };
  const named = { ...line, sender_alias: "bob" };
  strictEqual(groupMessage(line), `[T] [01234567] ${PK}: hi`);
  strictEqual(groupMessage({ ...line, outgoing: true }), `[T] [01234567] ${PK}: hi`);
  strictEqual(
    groupMessage({ ...named, reason: "sealed", body: "" }),
    "[T] [01234567] bob: (sealed message from bob)",
  );
  strictEqual(groupMessage({ ...named, reason: "unverified" }), "[T] [01234567] bob: hi  (unverified)");
  strictEqual(
    groupMessage({ ...named, reason: "restarted", body: "restarted" }),
    "[T] [01234567] * bob restarted",
  );
});

Deno.test("A line of a list says who asks to be let in, and why an invite lets nobody in", () => {
  const group = { id: "g", name: "ops", mode: "private", kind: "private", role: "owner" } as const;
  const view = { ...group, status: "active", admin: true, members: 2 } as const;
  strictEqual(groupCells(view)[4], "active");
  strictEqual(groupCells({ ...view, asking: 3 })[4], "active (3 asking)");
  // The table is the Go program's, and so are its words.
  strictEqual(groupCells({ ...view, status: "revoked" })[4], "revoked");
  const over = { ...view, status: "denied", invite: { id: "1", ended: "expired" } } as const;
  strictEqual(groupCells(over)[4], "denied (invite expired)");
});

Deno.test("Of a group's message it is said who has it, as far as that is known", () => {
  const [by, held] = (["fetched", "held"] as const).map((by) => ({ pk: PK, by, ts: "T" }));
  const report = { state: "kept-by-others", id: "x", ts: "T", tsNano: "1", position: 1, ms: 1 } as const;
  const sent = (...evidence: (typeof by)[]): string =>
    groupSent({ ...report, evidence, group: "g", group_name: "ops", sent: true });
  strictEqual(sent(by), "sent to ops (1 member has it)");
  strictEqual(sent(held), "sent to ops (its holder has it)");
  // Said before with the same --id: that others have it is kept, who is not.
  strictEqual(sent(), "sent to ops (others have it already)");
});
