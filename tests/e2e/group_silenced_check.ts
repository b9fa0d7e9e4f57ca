/** Who may not speak, or is out, is told so, and nobody shows what it says or does. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

interface Info {
  readonly status: string;
  readonly members: readonly string[];
  readonly muted?: readonly string[];
  readonly read_only?: boolean;
  readonly banned?: readonly string[];
}

networkTest(
  "a muted member, one of a read-only group and one that is banned are refused, and nobody shows what they say",
  async (network: TestNetwork) => {
    const pks: Record<string, string> = {};
    for (const name of ["alice", "bob", "carol"]) pks[name] = (await network.resident(name, "daemon")).pk;
    const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
    const info = async (who: string): Promise<Info> =>
      JSON.parse(await network.look(who, "group", "info", "ops", "--json"));
    const until = async (what: string, who: string, holds: (info: Info) => boolean): Promise<void> => {
      for (const late = Date.now() + 60_000; !holds(await info(who));) {
        ok(Date.now() < late, `${who} does not see that ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const done = async (who: string, ...args: string[]): Promise<void> => {
      const { status, err } = await group(who, ...args);
      deepStrictEqual([status, err], [0, ""], `${who}: ${args.join(" ")}`);
    };
    const refused = async (who: string, why: RegExp, ...args: string[]): Promise<void> => {
      const { status, out, err } = await group(who, ...args);
      deepStrictEqual([status, out], [4, ""], `${who}: ${args.join(" ")}: ${err}`);
      match(err, why);
      match(err, /^hint: /m);
    };
    const bodies = async (who: string): Promise<string[]> =>
      (await network.look(who, "group", "history", "ops", "--json")).split("\n")
        .filter((line) => line !== "").map((line) => JSON.parse(line))
        .filter(({ state }) => state !== "deleted").map(({ body }) => body);
    const saysAll = async (expected: string[]): Promise<void> => {
      for (const who of ["alice", "carol"]) {
        for (const late = Date.now() + 60_000;;) {
          const seen = await bodies(who);
          if (seen.join() === expected.join()) break;
          ok(Date.now() < late, `${who}: ${seen}`);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    };
    const created = JSON.parse((await group("alice", "create", "ops", "--join", "link", "--json")).out);
    for (const name of ["bob", "carol"]) await done(name, "join", created.invite, "--wait", "30s", "--json");
    await until("three are in", "bob", ({ members }) => members.length === 3);

    await done("alice", "mute", "ops", pks.bob);
    await until("bob is muted", "bob", ({ muted }) => muted?.includes(pks.bob) === true);
    await refused("bob", /you are restricted from sending messages in this group/, "send", "ops", "muted");
    await refused("bob", /not an admin/, "unmute", "ops", pks.bob);
    await done("alice", "unmute", "ops", pks.bob);
    await until("bob may speak", "bob", ({ muted }) => !muted?.includes(pks.bob));
    await done("bob", "send", "ops", "one", "--wait", "30s");

    await done("alice", "read-only", "ops");
    await until("nobody speaks", "bob", ({ read_only }) => read_only === true);
    await refused("bob", /this group is read-only — only admins can send messages/, "send", "ops", "quiet");
    await done("alice", "send", "ops", "two", "--wait", "30s");
    await done("alice", "read-write", "ops");
    await until("all speak", "bob", ({ read_only }) => !read_only);
    await done("bob", "send", "ops", "three", "--wait", "30s");
    await saysAll(["one", "two", "three"]);

    // A member that decides nothing puts nobody out, and itself not in again.
    await refused("carol", /not an admin/, "remove", "ops", pks.bob);
    strictEqual((await info("alice")).members.length, 3);
    await done("alice", "ban", "ops", pks.bob);
    await until("bob is out", "carol", ({ banned }) => banned?.includes(pks.bob) === true);
    await until("it is out", "bob", ({ status }) => status !== "active");
    await refused("bob", /not a member|banned/, "send", "ops", "out");
    const again = await group("bob", "join", created.invite, "--json");
    strictEqual(again.status, 4, again.out + again.err);
    for (const who of ["alice", "carol"]) ok(!(await info(who)).members.includes(pks.bob), who);
    await done("carol", "send", "ops", "four", "--wait", "30s");
    // A ban is about messages of any age (skychat.md §b.3).
    await saysAll(["two", "four"]);
  },
);
