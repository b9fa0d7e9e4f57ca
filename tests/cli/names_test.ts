// Names that nobody has: which of those that there are may be meant, wherever a name is taken.
import { deepStrictEqual, rejects } from "node:assert/strict";
import type { Context } from "../../cli/context.ts";
import { orderOf } from "../../cli/scp/order.ts";
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
  await rejects(orderOf(context, ["a:b", "c:d"], []), /exactly one of/);
  const { pk, path, local } = await orderOf(context, ["bbo:notes", "bob:notes"], []);
  deepStrictEqual([pk, path, local], [PK, "notes", ["bbo:notes"]]);
});
