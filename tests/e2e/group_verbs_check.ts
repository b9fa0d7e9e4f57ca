/** The verbs of groups that `group_check.ts` does not try: what another member's `--json` shows, and what nobody shows. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

/** What is asked for again and again until it holds. */
async function until<T>(
  what: string,
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
): Promise<T> {
  for (const late = Date.now() + 120_000;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    ok(Date.now() < late, `${what}: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What a line of `--json` may have; each verb has some of it. */
interface Line {
  readonly [name: string]: string;
}

interface Info {
  readonly status: string;
  readonly members: readonly string[];
  readonly banned?: readonly string[];
  readonly peer_backfill_disabled?: boolean;
}

const lines = (out: string): Line[] =>
  out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));

networkTest(
  "what the other verbs of groups do shows at another member, and what may not be done shows nowhere",
  async (network: TestNetwork) => {
    const pks: Record<string, string> = {};
    for (const name of ["alice", "bob", "carol"]) pks[name] = (await network.resident(name, "daemon")).pk;
    const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
    const json = async (who: string, ...args: string[]) =>
      lines(await network.look(who, "group", ...args, "--json"));
    const done = async (who: string, ...args: string[]): Promise<void> => {
      const { status, err } = await group(who, ...args);
      deepStrictEqual([status, err], [0, ""], `${who}: ${args.join(" ")}`);
    };
    const info = async (who: string) => (await json(who, "info", "ops"))[0] as unknown as Info;
    const bodies = async (who: string) => (await json(who, "history", "ops")).map(({ body }) => body);
    /** All that somebody without the right could change, as everybody shows it. */
    const shown = async (): Promise<unknown[]> => {
      const all: unknown[] = [await bodies("alice"), await json("alice", "requests", "ops")];
      for (const who of ["alice", "bob", "carol"]) {
        all.push((await group(who, "info", "ops", "--json")).out); // who has not joined yet has none
      }
      return all;
    };
    /** Waits until what was done before has come to all: two looks show the same. */
    const still = async (): Promise<void> => {
      for (let [before, now] = ["", JSON.stringify(await shown())]; before !== now;) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        [before, now] = [now, JSON.stringify(await shown())];
      }
    };
    const refused = async (who: string, ...args: string[]): Promise<void> => {
      const before = await shown();
      strictEqual((await group(who, ...args)).status, 4, `${who} may not: ${args.join(" ")}`);
      await new Promise((resolve) => setTimeout(resolve, 500)); // as long as others take to show what counts
      deepStrictEqual(await shown(), before, `${who} may not: ${args.join(" ")}`);
    };

    // create, ls, address, invite, join, requests, approve
    const created = JSON.parse((await group("alice", "create", "ops", "--json")).out);
    const [{ address }] = await json("alice", "address", "ops");
    strictEqual(address, `skychat://${pks.alice}/${created.info.id}`);
    strictEqual((await json("alice", "invite", "ops"))[0].link, created.invite);
    deepStrictEqual([created.link, created.group_id], [created.invite, created.info.id]);
    strictEqual((await group("bob", "join", created.invite, "--note", "it is bob")).status, 10);
    const asked = await until("bob asks", () => json("alice", "requests", "ops"), (all) => all.length === 1);
    deepStrictEqual([asked[0].pk, asked[0].note], [pks.bob, "it is bob"]);
    deepStrictEqual((await json("bob", "ls")).map(({ status }) => status), ["awaiting_approval"]);
    await refused("bob", "approve", "ops", pks.bob);
    await done("alice", "approve", "ops", pks.bob);
    await until("bob is in", () => info("bob"), ({ status }) => status === "active");
    deepStrictEqual(await json("alice", "requests", "ops"), []);

    // approving and joining once more changes nothing
    const before = await info("alice");
    await done("alice", "approve", "ops", pks.bob);
    strictEqual((await group("bob", "join", created.invite)).status, 0);
    deepStrictEqual(await info("alice"), before);

    // deny; a member that is no admin decides nothing
    strictEqual((await group("carol", "join", created.invite)).status, 10);
    await until("carol asks", () => json("alice", "requests", "ops"), (all) => all.length === 1);
    await refused("bob", "approve", "ops", pks.carol);
    await refused("bob", "deny", "ops", pks.carol);
    strictEqual((await json("alice", "requests", "ops")).length, 1);
    await done("alice", "deny", "ops", pks.carol);
    await until("carol is told no", () => info("carol"), ({ status }) => status === "denied");

    // add
    await refused("bob", "add", "ops", pks.carol);
    await done("alice", "add", "ops", pks.carol);
    strictEqual((await group("carol", "join", created.invite, "--wait", "30s")).status, 0);
    for (const who of ["bob", "carol"]) {
      await until("three are in", () => info(who), ({ members }) => members.length === 3);
    }

    // send, history, unsend
    await done("bob", "send", "ops", "one", "--wait", "30s");
    await done("carol", "send", "ops", "two", "--wait", "30s", "--all");
    await until("both are there", () => bodies("alice"), (all) => all.join() === "one,two");
    const [one] = await json("carol", "history", "ops");
    const unsent = await group("alice", "unsend", "ops", one.ts_nano);
    strictEqual(unsent.status, 2, "only its author takes it back, also where an admin tries");
    await done("carol", "send", "ops", "three", "--wait", "30s");
    for (const who of ["alice", "bob", "carol"]) {
      await until(`${who} shows all`, () => bodies(who), (all) => all.join() === "one,two,three");
    }
    await done("bob", "unsend", "ops", one.ts_nano);
    await until("it is taken back", () => bodies("carol"), (all) => !all.includes("one"));

    // rename: the founder's alone
    await refused("bob", "rename", "ops", "mine");
    for (const [from, to] of [["ops", "operations"], ["operations", "ops"]]) {
      await done("alice", "rename", from, to);
      for (const who of ["bob", "carol"]) await until(to, () => json(who, "ls"), ([{ name }]) => name === to);
    }

    // peer-backfill
    await refused("bob", "peer-backfill", "ops", "off");
    for (const turned of ["off", "on"]) {
      await done("alice", "peer-backfill", "ops", turned);
      const holds = ({ peer_backfill_disabled = false }: Info) =>
        peer_backfill_disabled === (turned === "off");
      for (const who of ["bob", "carol"]) await until(`copying is ${turned}`, () => info(who), holds);
    }

    // ban, unban
    await refused("bob", "ban", "ops", pks.carol);
    await done("alice", "ban", "ops", pks.carol);
    await until(
      "carol is banned",
      () => info("bob"),
      ({ banned, members }) => banned?.includes(pks.carol) === true && !members.includes(pks.carol),
    );
    await until("it is out", () => info("carol"), ({ status }) => status !== "active");
    await refused("bob", "unban", "ops", pks.carol);
    await refused("alice", "add", "ops", pks.carol);
    await done("alice", "unban", "ops", pks.carol);
    await until("she may come again", () => info("bob"), ({ banned }) => !banned?.includes(pks.carol));

    // leave and delete: nobody else is asked
    await network.look("bob", "group", "leave", "ops");
    strictEqual((await info("bob")).status, "left");
    await still();
    await refused("bob", "send", "ops", "from outside");
    await network.look("bob", "group", "delete", "ops", "--yes");
    deepStrictEqual(await json("bob", "ls"), []);
    ok(!(await bodies("alice")).includes("from outside"));
  },
);
