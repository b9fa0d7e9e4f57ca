/** A group made with `--keys d2`: real processes that read what is for them, and nothing else. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

networkTest(
  "a D2 group: its messages are for whom they are for, and history is sealed again after a removal",
  async (network: TestNetwork) => {
    const run = async (who: string, ...args: string[]): Promise<string> => {
      const { status, out, err } = await network.run(who, args);
      strictEqual(status, 0, `${who}: ${args.join(" ")}: ${err}`);
      return out;
    };
    const pks: Record<string, string> = {};
    for (const who of ["alice", "bob", "carol"]) {
      pks[who] = (await network.resident(who, "daemon")).pk;
    }
    const made = await run("alice", "group", "create", "ops", "--keys", "d2", "--join", "link");
    match(made, /Members with a Go program can't take part/);
    match(made, /Whoever has it comes in/, "its key is in no link");
    const invite = /skychat:invite:\S+/.exec(made)![0];
    for (const who of ["bob", "carol"]) await run(who, "group", "join", invite, "--wait", "60s");
    const info = JSON.parse(await run("bob", "group", "info", "ops", "--json"));
    strictEqual(info.dmsg_keys, "d2");

    await run("alice", "group", "send", "ops", "for all", "--all", "--wait", "60s");
    await run("alice", "group", "send", "ops", "for bob", "--to", pks.bob, "--all", "--wait", "60s");
    const lines = async (who: string): Promise<string[]> => {
      const out = await run(who, "group", "history", "ops", "--json");
      return out.trim().split("\n").filter((line) => line !== "").map((line) => {
        const { body, reason } = JSON.parse(line);
        return reason ?? body;
      });
    };
    const until = async (who: string, wanted: string[]): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        if (JSON.stringify(await lines(who)) === JSON.stringify(wanted)) break;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      deepStrictEqual(await lines(who), wanted, who);
    };
    await run(
      "alice",
      "group",
      "send",
      "ops",
      "not for carol",
      "--except",
      pks.carol,
      "--all",
      "--wait",
      "60s",
    );
    await until("bob", ["for all", "for bob", "not for carol"]);
    await until("carol", ["for all", "sealed", "sealed"]);
    match(await run("carol", "group", "history", "ops"), /sealed message from/);
    const atCarol = await run("carol", "group", "history", "ops", "--json");
    ok(!atCarol.includes("audience") && !atCarol.includes(pks.bob), "who reads it is not to be seen");
    // What hangs on something is for its readers, whoever says it.
    await run("alice", "list", "new", "ops", "Presents", "--to", pks.bob, "--wait", "60s");
    const lists = async (who: string): Promise<string> => await run(who, "list", "ls", "ops", "--json");
    for (let i = 0; i < 60 && !(await lists("bob")).includes("Presents"); i++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await run("bob", "list", "add", "ops", "Presents", "a book", "--wait", "60s");
    const wider = await network.run("bob", ["list", "add", "ops", "Presents", "x", "--to", "all"]);
    strictEqual(wider.status, 2, wider.err);
    const secret = Array(4).fill("sealed");
    await until("carol", ["for all", ...secret]);
    strictEqual(await lists("carol"), "");
    match(await run("bob", "group", "history", "ops"), /for bob {2}\(for (?:you, \w+|\w+, you)\)/);

    const refused = await network.run("bob", ["group", "revoke-history", "ops"]);
    strictEqual(refused.status, 4, refused.err);
    await run("alice", "group", "remove", "ops", pks.carol);
    match(await run("alice", "group", "revoke-history", "ops"), /What was fetched before stays read/);
    await run("alice", "group", "send", "ops", "after", "--all", "--wait", "60s");
    const had = (await lines("bob")).slice(0, 5);
    await until("bob", [...had, "after"]);
    await until("carol", ["for all", ...secret]);
    const file = `${network.stage.home}/bob.bundle`;
    await run("bob", "group", "bundle", "ops", file);
    ok((await Deno.readTextFile(file)).length > 0);

    await run("alice", "group", "audience", "ops", "--to", "admins");
    // Whoever looks changes nothing.
    match(await run("alice", "group", "audience", "ops"), /: what we say is for admins\n$/);
    await run("alice", "group", "send", "ops", "mine", "--all", "--wait", "60s");
    await until("bob", [...had, "after", "sealed"]);
    await run("alice", "group", "audience", "ops", "--to", "all", "--except", pks.bob);
    match(await run("alice", "group", "audience", "ops"), /: what we say is for everybody but 0\w+\n$/);
    match(await run("alice", "group", "info", "ops", "--json"), /"audience_except":\["0\w+"\]/);
    await run("alice", "group", "audience", "ops", "--to", "all");
    match(await run("alice", "group", "audience", "ops"), /: what we say is for everybody\n$/);
    // Other groups have no audiences, and say so.
    await run("alice", "group", "create", "plain");
    const plain = await network.run("alice", ["group", "send", "plain", "x", "--to", "admins"]);
    strictEqual(plain.status, 2);
    match(plain.err, /--keys d2/);
  },
);
