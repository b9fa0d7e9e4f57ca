// Names that nobody has: which of those that there are may be meant, wherever a name is taken.
import { deepStrictEqual, rejects } from "node:assert/strict";
import type { Context } from "../../cli/context.ts";
import { groupNamed } from "../../cli/names/groups.ts";
import { orderOf } from "../../cli/scp/plan/order.ts";
import type { GroupView } from "../../lib/app/groups/groups.ts";
import { addAlias } from "../../lib/identity/aliases.ts";
import { nearest } from "../../lib/identity/nearest.ts";
import { memoryFiles } from "../fakes/files.ts";

const PK = "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

Deno.test("What several things are called is proposed once", () => {
  deepStrictEqual(nearest("mlk", ["milk", "milk", "eggs"]), ["milk"]);
});

Deno.test("A copy's mistyped peer is told which is meant; a local name with a colon is none", async () => {
  const host = {
    files: memoryFiles(),
    env: (name: string) => name === "HOME" ? "/h" : undefined,
    os: "unix" as const,
  };
  await addAlias(host, "bob", PK);
  const context = host as unknown as Context;
  await rejects(orderOf(context, ["notes", "bbo:notes"], []), { hint: "Did you mean bob?" });
  await rejects(
    orderOf(context, ["a:b", "c:d"], []),
    /^UserError: "a" is neither a valid PK nor a known alias/,
  );
  const windows = { ...host, env: () => "C:\\h", os: "windows" } as unknown as Context;
  await rejects(orderOf(windows, ["a:b", "c:d"], []), /exactly one of/, "drives there");
  const { pk, path, local } = await orderOf(context, ["bbo:notes", "bob:notes"], []);
  deepStrictEqual([pk, path, local], [PK, "notes", ["bbo:notes"]]);
});

Deno.test("A group is named by its id, the beginning of it, or its name; what several are called is told with their ids", async () => {
  const view = (id: string, name: string): GroupView => ({
    ...{ id, name, mode: "public", kind: "public", role: "owner", status: "active", admin: true, members: 1 },
  });
  const [ops, crew, other] = [
    view("6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50", "ops"),
    view("6f1c9999-58d3-4d5e-9a77-0b1c2d3e4f50", "crew"),
    view("01234567-58d3-4d5e-9a77-0b1c2d3e4f50", "6f1c2b1e"), // as another one's id begins
  ];
  const groups = { list: () => Promise.resolve([ops, crew, other]) };
  const named: [string, GroupView][] = [
    ["ops", ops],
    [ops.id, ops],
    [ops.id.toUpperCase(), ops],
    ["6f1c9", crew],
    ["6F1C2b", ops],
    ["6f1c2b1e-", ops],
    ["0123", other],
  ];
  for (const [text, group] of named) deepStrictEqual(await groupNamed(groups, text), group, text);
  await rejects(groupNamed(groups, "6f1c"), {
    message: '"6f1c" names 2 groups',
    hint: `Use the id: ${ops.id}, ${crew.id}.`,
  });
  await rejects(groupNamed(groups, "6f1c2b1e"), {
    message: '"6f1c2b1e" names 2 groups',
    hint: `Use the id: ${ops.id}, ${other.id}.`,
  });
  await rejects(groupNamed(groups, "012"), /There is no group "012"/);
  await rejects(groupNamed(groups, "oops"), { hint: "Did you mean ops?" });
  // Whoever calls its group by another one's id is not taken for that, and keeps nobody from it.
  const posing = { list: () => Promise.resolve([{ ...crew, name: ops.id }, ops]) };
  deepStrictEqual(await groupNamed(posing, ops.id), ops);
  const [one, two] = ["\u00e9quipe", "e\u0301quipe"];
  const composed = { list: () => Promise.resolve([ops, { ...crew, name: two }]) };
  deepStrictEqual((await groupNamed(composed, one)).id, crew.id, "who types it otherwise sees no difference");
  const twins = { list: () => Promise.resolve([ops, { ...crew, name: "ops" }]) };
  await rejects(groupNamed(twins, "ops"), /names 2 groups/);
});
