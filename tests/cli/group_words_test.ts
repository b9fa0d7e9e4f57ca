/** How what is known of a group reads. */
import { strictEqual } from "node:assert/strict";
import { groupInfo, groupMember } from "../../cli/group_words.ts";

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
