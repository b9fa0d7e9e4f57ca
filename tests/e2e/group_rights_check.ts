/** What only some may do in a group: a second admin, a member and somebody who is out try it, and all look at it. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

interface Info {
  readonly id: string;
  readonly status: string;
  readonly members: readonly string[];
  readonly admins: readonly string[];
  readonly muted?: readonly string[];
}

networkTest(
  "muting and signed invites are for admins, of whom the second one can do the same; leaving and deleting are for oneself",
  async (network: TestNetwork) => {
    const pks: Record<string, string> = {};
    for (const name of ["alice", "bob", "carol"]) pks[name] = (await network.resident(name, "daemon")).pk;
    const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
    const lines = async <T>(who: string, ...args: string[]): Promise<T[]> =>
      (await network.run(who, [...args, "--json"])).out.split("\n").filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    const info = async (who: string): Promise<Info> => (await lines<Info>(who, "group", "info", "ops"))[0];
    const until = async (what: string, who: string, holds: (info: Info) => boolean): Promise<void> => {
      for (const late = Date.now() + 60_000; !holds(await info(who));) {
        ok(Date.now() < late, `${who} does not see that ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const done = async (who: string, ...args: string[]): Promise<string> => {
      const { status, out, err } = await group(who, ...args);
      strictEqual(status, 0, `${who}: ${args.join(" ")}: ${err}`);
      return out;
    };
    const refused = async (who: string, ...args: string[]): Promise<void> => {
      const before = await Promise.all(["alice", "bob", "carol"].map(info));
      const { status, out, err } = await group(who, ...args);
      deepStrictEqual([status, out], [4, ""], `${who} may not: ${args.join(" ")}: ${err}`);
      match(err, /not an admin/);
      deepStrictEqual(await Promise.all(["alice", "bob", "carol"].map(info)), before);
    };
    const created = JSON.parse(await done("alice", "create", "ops", "--join", "link", "--json"));
    for (const name of ["bob", "carol"]) await done(name, "join", created.invite, "--wait", "30s");
    await until("three are in", "bob", ({ members }) => members.length === 3);
    await until("three are in", "carol", ({ members }) => members.length === 3);

    // mute, unmute: neither a member nor the muted one; a second admin does both.
    await done("alice", "mute", "ops", pks.carol);
    for (const who of ["bob", "carol"]) {
      await until("carol is muted", who, ({ muted }) => muted?.includes(pks.carol) === true);
      await refused(who, "unmute", "ops", pks.carol);
    }
    await done("alice", "promote", "ops", pks.bob);
    await until("bob decides", "bob", ({ admins }) => admins.includes(pks.bob));
    await until("bob decides", "carol", ({ admins }) => admins.includes(pks.bob));
    await done("bob", "unmute", "ops", pks.carol);
    for (const who of ["alice", "carol"]) {
      await until("carol may speak", who, ({ muted }) => !muted?.includes(pks.carol));
    }

    // invite: a signed one lets in without a word of an admin, so it is theirs; the others' lists show none.
    await refused("carol", "invite", "ops", "--uses", "1");
    for (const who of ["alice", "bob", "carol"]) deepStrictEqual(await lines(who, "invite", "ls"), [], who);
    const issued = JSON.parse(await done("bob", "invite", "ops", "--uses", "1", "--json"));
    const shown = async (who: string) =>
      (await lines<{ id: string; state: string }>(who, "invite", "ls")).map(({ id, state }) => [id, state]);
    for (const late = Date.now() + 60_000; (await shown("alice")).length === 0;) {
      ok(Date.now() < late, "the first admin hears of it");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    deepStrictEqual(await shown("alice"), [[issued.id, "open"]]);

    // members, address, ls: the same for everybody.
    for (const who of ["alice", "bob", "carol"]) {
      const members = await lines<{ pk: string; role: string; presence: string }>(
        who,
        "group",
        "members",
        "ops",
      );
      deepStrictEqual(
        new Map(members.map(({ pk, role }) => [pk, role])),
        new Map([[pks.alice, "founder"], [pks.bob, "admin"], [pks.carol, "member"]]),
      );
      strictEqual(members.find(({ presence }) => presence === "self")?.pk, pks[who]);
      const [{ address }] = await lines<{ address: string }>(who, "group", "address", "ops");
      ok(address.endsWith(`/${created.info.id}`), address);
    }

    // delete, without a terminal and without --yes: nothing is dropped. With it, only here.
    const asked = await group("carol", "delete", "ops");
    deepStrictEqual([asked.status, asked.out], [2, ""]);
    match(asked.err, /--yes/);
    strictEqual((await info("carol")).status, "active");
    await done("carol", "delete", "ops", "--yes");
    deepStrictEqual(await lines("carol", "group", "ls"), []);
    await done("bob", "send", "ops", "still here", "--wait", "30s");
    for (const who of ["alice", "bob"]) {
      strictEqual((await info(who)).status, "active");
      const bodies = async () =>
        (await lines<{ body: string }>(who, "group", "history", "ops")).map(({ body }) => body);
      // That it has been fetched is known a moment before it is shown.
      for (const late = Date.now() + 60_000; (await bodies()).length === 0;) {
        ok(Date.now() < late, `${who} shows nothing`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      deepStrictEqual(await bodies(), ["still here"], who);
    }
  },
);
