/** What a member does in its groups without anybody: no founder, no owner process, no network. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

networkTest(
  "ls, info, members, history, check, bundle, export, leave and delete need no founder and no network",
  async (network: TestNetwork) => {
    const { process: founder } = await network.resident("alice", "daemon");
    const { process: member } = await network.resident("bob", "daemon");
    for (const name of ["ops", "news"]) {
      const created = await network.run("alice", ["group", "create", name, "--join", "link", "--json"]);
      const { invite } = JSON.parse(created.out);
      strictEqual((await network.run("bob", ["group", "join", invite, "--wait", "30s"])).status, 0, name);
    }
    strictEqual((await network.run("bob", ["group", "send", "ops", "hello", "--wait", "30s"])).status, 0);
    for (const process of [founder, member, network.serve]) {
      process.kill("SIGKILL");
      await process.ended();
    }
    const file = `${network.stage.home}/bob`;
    const shown: [string[], RegExp][] = [
      [["group", "ls"], /news[^]*ops/],
      [["group", "info", "ops"], /name: ops/],
      [["group", "members", "ops"], /founder/],
      [["group", "requests", "ops"], /^$/],
      [["group", "invite", "ops"], /skychat:invite:/],
      [["group", "address", "ops"], /skychat:\/\//],
      [["group", "history", "ops"], /: hello\n/],
      [["group", "check", "ops"], /^ops: /],
      [["group", "bundle", "ops", `${file}.bundle`], /leaves of/],
      [["export", `${file}.ndjson`], /Wrote/],
      [["history", "ops"], /hello/],
      [["group", "leave", "ops"], /^left /],
      [["group", "delete", "ops", "--yes"], /^deleted /],
      [["group", "delete", "news", "--yes"], /^deleted /],
    ];
    for (const [args, says] of shown) {
      // `--local` names a network that is gone: what needs none does not look for it.
      const { status, out, err } = await network.run("bob", args);
      strictEqual(status, 0, `${args.join(" ")}: ${err}`);
      match(out, says, args.join(" "));
    }
    deepStrictEqual((await network.run("bob", ["group", "ls", "--json"])).out, "");
    // Nobody else decides in it, and nobody is at a terminal: that is said, and nothing is done.
    const asked = await network.run("alice", ["group", "leave", "ops"]);
    strictEqual(asked.status, 2);
    match(asked.err, /--yes/);
    match((await network.run("alice", ["group", "info", "ops"])).out, /status: active/);
    strictEqual((await network.run("alice", ["group", "leave", "ops", "--yes"])).status, 0);
    match((await network.run("alice", ["group", "info", "ops"])).out, /status: left/);
  },
);
