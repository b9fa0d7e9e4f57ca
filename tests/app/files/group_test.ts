import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { until } from "../contract/support.ts";
import { localPair } from "../local/pair.ts";

Deno.test("A file of a private group is told to it, and fetched sealed by who is in", async () => {
  const { alice, bob, disk, close } = await localPair();
  try {
    const text = "x".repeat(990);
    disk.files.set("/a/plan", utf8(text));
    const { group, invite } = await alice.groups.create({ name: "ops", kind: "private", join: "link" });
    await bob.groups.join({ link: invite });
    await until(async () => (await bob.groups.list())[0].status === "active");
    const { state, position } = await alice.files.send({ conversation: group, path: "/a/plan" });
    deepStrictEqual([state, position], ["offered", 1]);
    await until(async () => (await bob.files.list({ conversation: group, limit: 9 })).length === 1);
    strictEqual((await bob.files.accept({ conversation: group, position: 1 })).state, "asked");
    await until(async () => (await bob.files.list({ limit: 9 }))[0].state === "kept");
    const [{ path, peer }] = await bob.files.list({ limit: 9 });
    deepStrictEqual([peer, path], [alice.pk, `/bob/${alice.pk}/plan`]);
    strictEqual(fromUtf8(disk.files.get(path!)!), text);
    // Bob knows before alice does. Others may want it as well.
    await until(async () => (await alice.files.list({ limit: 9 }))[0].state === "offered");
  } finally {
    await close();
  }
});
