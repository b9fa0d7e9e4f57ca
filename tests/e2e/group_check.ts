/** Groups of three processes. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

interface Info {
  readonly members: string[];
  readonly admins: string[];
  readonly banned?: string[];
  readonly muted?: string[];
  readonly read_only?: boolean;
  readonly key_epoch?: number;
  readonly status: string;
}

/** What another member's `--json` shows. */
const infoOf = async (network: TestNetwork, who: string): Promise<Info> =>
  JSON.parse(await network.look(who, "group", "info", "ops", "--json"));

async function until(
  network: TestNetwork,
  who: string,
  holds: (info: Info) => boolean,
  what: string,
): Promise<void> {
  for (const late = Date.now() + 120_000; !holds(await infoOf(network, who));) {
    ok(Date.now() < late, `${who} does not see that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

networkTest(
  "group verbs of one process show in another's, and those of a member without the right nowhere",
  async (network) => {
    const pks: Record<string, string> = {};
    for (const name of ["alice", "bob", "carol"]) pks[name] = (await network.resident(name, "daemon")).pk;
    const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
    const created = JSON.parse((await group("alice", "create", "ops", "--join", "link", "--json")).out);
    for (const name of ["bob", "carol"]) {
      const joined = await group(name, "join", created.invite, "--json", "--wait", "30s");
      deepStrictEqual([joined.status, JSON.parse(joined.out).status], [0, "active"]);
    }
    const sent = await group("bob", "send", "ops", "hello", "--wait", "30s");
    strictEqual(sent.status, 0);
    await until(network, "carol", ({ members }) => members.length === 3, "three are in");
    // A group is a conversation: what names a peer names a group.
    const listener = network.start("alice", "listen", "--since", "0", "--from", "ops", "--json");
    const heard = (await listener.prints("stdout", '"body":"hello"')).split("\n");
    const line = JSON.parse(heard.find((one) => one.includes('"body":"hello"'))!);
    deepStrictEqual([line.from, line.to_alias, line.net, line.to], [pks.bob, "ops", "group", line.group_id]);
    listener.kill("SIGTERM");
    await listener.ended();
    const kept = JSON.parse(await network.look("alice", "history", "ops", "--json"));
    deepStrictEqual([kept.text, kept.from, kept.peer_alias], ["hello", pks.bob, "ops"]);
    ok((await network.look("alice", "search", "HELLO", "--peer", "ops")).endsWith(": hello\n"));
    const { groups } = JSON.parse(await network.look("alice", "status", "--json"));
    deepStrictEqual(groups.map((one: { name: string; unread: number }) => [one.name, one.unread]), [[
      "ops",
      1,
    ]]);

    const cases: [string[], (info: Info) => boolean][] = [
      [["promote", "ops", pks.bob], ({ admins }) => admins.includes(pks.bob)],
      [["demote", "ops", pks.bob], ({ admins }) => !admins.includes(pks.bob)],
      [["mute", "ops", pks.bob], ({ muted = [] }) => muted.includes(pks.bob)],
      [["unmute", "ops", pks.bob], ({ muted = [] }) => !muted.includes(pks.bob)],
      [["read-only", "ops"], ({ read_only = false }) => read_only],
      [["read-write", "ops"], ({ read_only = false }) => !read_only],
      [["rotate-key", "ops"], ({ key_epoch = 0 }) => key_epoch === 1],
    ];
    const all = async (): Promise<Info[]> => {
      const shown: Info[] = [];
      for (const name of ["alice", "bob", "carol"]) shown.push(await infoOf(network, name));
      return shown;
    };
    const refused = async (verb: string[]): Promise<void> => {
      const before = await all();
      strictEqual((await group("carol", ...verb)).status, 4, `carol may not ${verb[0]}`);
      await new Promise((resolve) => setTimeout(resolve, 500)); // as long as others take to show what counts
      deepStrictEqual(await all(), before, `carol may not ${verb[0]}`);
    };
    for (const [verb, holds] of cases) {
      await refused(verb);
      strictEqual((await group("alice", ...verb)).status, 0, verb[0]);
      for (const name of ["bob", "carol"]) await until(network, name, holds, verb.join(" "));
    }
    await refused(["remove", "ops", pks.bob]);
    strictEqual((await group("alice", "remove", "ops", pks.bob)).status, 0);
    await until(
      network,
      "carol",
      ({ members, key_epoch = 0 }) => members.length === 2 && key_epoch === 2,
      "bob is out",
    );
    await until(network, "bob", ({ status }) => status === "revoked", "it is out");
  },
);

networkTest(
  "Lines of a pipe are said in a group that is named, in order, and a name of nobody is told",
  async (network) => {
    for (const name of ["alice", "bob"]) await network.resident(name, "daemon");
    const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
    const created = JSON.parse((await group("alice", "create", "ops", "--join", "link", "--json")).out);
    strictEqual((await group("bob", "join", created.invite, "--wait", "30s")).status, 0);
    strictEqual((await group("bob", "send", "ops", "first", "--wait", "30s")).status, 0);
    const said = await network.run("bob", ["chat", "ops"], "one\ntwo\nthree\n");
    deepStrictEqual([said.status, said.out.match(/✓/g)?.length], [0, 3], said.out + said.err);
    match(said.out, /^\[.*\] \[\w{8}\] 0[23]\w{64}: first\n/, "what was said before");
    const bodies = async (): Promise<string[]> =>
      (await network.look("alice", "group", "history", "ops", "--json")).trim().split("\n")
        .map((line) => JSON.parse(line).body);
    // That it has been fetched is known a moment before it is shown.
    for (const late = Date.now() + 120_000; (await bodies()).length < 4;) {
      ok(Date.now() < late, `alice: ${await bodies()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    deepStrictEqual(await bodies(), ["first", "one", "two", "three"]);
    const nobody = await network.run("bob", ["chat", "oops"], "lost\n");
    strictEqual(nobody.status, 2);
    match(nobody.err, /"oops" is neither a valid PK nor a known alias or group\nhint: Did you mean ops\?/);
  },
);
