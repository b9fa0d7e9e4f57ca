import { deepStrictEqual, rejects } from "node:assert/strict";
import { recipientsOf } from "../../cli/scp_to.ts";
import type { Groups, GroupView, MemberView } from "../../lib/app/groups/groups.ts";

const groups = (members: Record<string, string[]>): Pick<Groups, "list" | "members"> => ({
  list: () =>
    Promise.resolve(
      Object.keys(members).map((name) => ({ id: `id-of-${name}`, name }) as unknown as GroupView),
    ),
  members: ({ group }) =>
    Promise.resolve(members[group.slice("id-of-".length)].map((pk) => ({ pk }) as unknown as MemberView)),
});

const ask = async (names: readonly string[], members: Record<string, string[]>) =>
  (await recipientsOf(names, {
    app: { pk: "me", groups: groups(members) },
    keyOf: (name) => Promise.resolve(`key of ${name}`),
    shown: (pk) => `shown ${pk}`,
  })).map(({ pk, name }) => [pk, name]);

Deno.test("--to takes peers and members of groups, each once, and never ourselves", async () => {
  const members = { ops: ["me", "a", "b"], dev: ["b", "c", "me"], "id-x": ["me"] };
  deepStrictEqual(await ask(["alice", "@ops", "@dev", "alice"], members), [
    ["key of alice", "alice"],
    ["a", "shown a"],
    ["b", "shown b"],
    ["c", "shown c"],
  ]);
  await rejects(ask(["@none"], members), /There is no group "none"/);
  await rejects(ask(["@id-x"], members), /Nobody else is in id-x/);
});
