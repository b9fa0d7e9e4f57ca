/** A group's message from a cron line: no program of the identity runs, and each command ends. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

interface Sent {
  readonly state: string;
  readonly sent: boolean;
  readonly evidence: readonly { readonly pk: string; readonly by: string; readonly ts: string }[];
}

networkTest(
  "group send without an owner reaches who is there, names who has it, and what reached nobody goes with the next one",
  async (network: TestNetwork) => {
    const alice = await network.resident("alice", "daemon");
    const bob = await network.resident("bob", "daemon");
    const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
    const created = JSON.parse((await group("alice", "create", "ops", "--join", "link", "--json")).out);
    for (const name of ["bob", "carol"]) {
      strictEqual((await group(name, "join", created.invite, "--wait", "30s")).status, 0, name);
    }
    const send = async (text: string, ...flags: string[]): Promise<[number, Sent]> => {
      const { status, out } = await network.run(
        "carol",
        ["group", "send", "ops", "-", "--json", ...flags],
        text,
      );
      return [status, JSON.parse(out)];
    };
    const [status, one] = await send("one\n", "--wait", "30s");
    deepStrictEqual([status, one.state, one.sent], [0, "kept-by-others", true]);
    const others = [alice.pk, bob.pk];
    ok(one.evidence.length > 0 && one.evidence.every(({ pk, by, ts }) => others.includes(pk) && by && ts));
    // Every member that can be reached, however the flag is written.
    for (const flags of [["--wait"], ["--wait", "30s"], ["--all"]]) {
      const [whole, all] = await send("two", ...flags);
      deepStrictEqual(
        [whole, all.evidence.map(({ pk }) => pk).sort()],
        [0, [...others].sort()],
        flags.join(" "),
      );
    }

    for (const { process } of [alice, bob]) {
      process.kill("SIGTERM");
      await process.ended();
    }
    const [queued, three] = await send("three", "--wait", "2s");
    deepStrictEqual([queued, three.state, three.sent, three.evidence], [10, "queued", false, []]);
    await network.resident("bob", "daemon");
    strictEqual((await send("four", "--wait", "30s"))[0], 0);

    // What others say is read by a command that ends, and what waited is theirs then.
    strictEqual((await group("bob", "send", "ops", "five", "--wait", "0")).status, 10);
    const polled = await network.run("carol", ["group", "poll", "--json", "--wait", "30s"]);
    const shown = polled.out.trim().split("\n").map((line) => JSON.parse(line));
    deepStrictEqual(shown.map(({ body }) => body), ["five", undefined], polled.out);
    const { group_name, members, read, unread, away, waiting } = shown[1];
    deepStrictEqual([group_name, members, read, unread, away, waiting], [
      "ops",
      2,
      [bob.pk],
      [],
      [alice.pk],
      0,
    ]);
    strictEqual(polled.status, 0);
    deepStrictEqual(await network.run("carol", ["group", "poll"]), { status: 0, out: "", err: "" });
    for (const late = Date.now() + 60_000;;) {
      const lines = (await network.look("bob", "group", "history", "ops", "--json")).trim().split("\n");
      const bodies = lines.map((line) => JSON.parse(line).body);
      if (bodies.join() === "one,two,two,two,three,four,five") break;
      ok(Date.now() < late, `bob: ${bodies}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },
);

networkTest(
  "group poll brings in who was approved meanwhile, and tells who was told no",
  async (network: TestNetwork) => {
    const alice = await network.resident("alice", "daemon");
    const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
    const created = await group("alice", "create", "gate", "--join", "approval", "--json");
    const { invite } = JSON.parse(created.out);
    for (const name of ["bob", "carol"]) await group(name, "join", invite, "--wait", "10s");
    const poll = async (who: string, ...flags: string[]) =>
      await network.run(who, ["group", "poll", "--wait", "20s", ...flags]);
    deepStrictEqual(await poll("bob", "-v"), {
      status: 0,
      out: "",
      err: "gate: nobody has let us in yet; who asks goes on asking\n",
    });
    for (const words of [["poll", "gate"], ["send", "gate", "hello"]]) {
      const { status, out, err } = await group("bob", ...words);
      deepStrictEqual([status, out], [4, ""], words[0]); // who names it is not told that all is well
      match(err, /^dmsg: Group "gate": not let in yet\nhint: An admin decides/);
    }
    const requests = (await group("alice", "requests", "gate", "--json")).out.trim().split("\n");
    const [bob, carol] = requests.map((line) => JSON.parse(line).pk as string);
    strictEqual((await group("alice", "approve", "gate", bob)).status, 0);
    strictEqual((await group("alice", "deny", "gate", carol)).status, 0);
    const came = await poll("bob", "--json");
    const { members, read, asking } = JSON.parse(came.out);
    deepStrictEqual([came.status, members, read, asking], [0, 1, [alice.pk], undefined], came.out);
    deepStrictEqual(await poll("carol"), { status: 4, out: "", err: "gate: we are not in it: denied\n" });
    strictEqual((await group("alice", "remove", "gate", bob)).status, 0);
    deepStrictEqual(await poll("bob"), { status: 4, out: "", err: "gate: we are not in it: removed\n" });
    for (const who of ["bob", "carol"]) {
      deepStrictEqual(await poll(who), { status: 0, out: "", err: "" }); // it is read no more
    }
  },
);

networkTest(
  "a command decides as soon as its author was promoted, and hears that it was demoted meanwhile",
  async (network: TestNetwork) => {
    await network.resident("alice", "daemon");
    const group = (who: string, ...args: string[]) => network.run(who, ["group", ...args]);
    const created = JSON.parse((await group("alice", "create", "ops", "--join", "link", "--json")).out);
    strictEqual((await group("bob", "join", created.invite, "--wait", "30s")).status, 0);
    const { pk } = JSON.parse(await network.look("bob", "id", "--json"));
    const quiet = async (action: string, status: number, why = /^$/): Promise<void> => {
      const done = await group("bob", action, "ops");
      deepStrictEqual([done.status, done.status === 0], [status, done.out !== ""], done.err);
      match(done.err, why);
    };
    await quiet("read-only", 4, /not an admin/);
    strictEqual((await group("alice", "promote", "ops", pk)).status, 0);
    await quiet("read-only", 0);
    strictEqual((await group("alice", "demote", "ops", pk)).status, 0);
    await quiet("read-write", 4, /others have decided otherwise meanwhile[^]*hint: /);
    const { read_only } = JSON.parse(await network.look("alice", "group", "info", "ops", "--json"));
    strictEqual(read_only, true);
  },
);
