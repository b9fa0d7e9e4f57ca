/** `dmsg group check`, `dmsg check` and bundles, with three processes. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { bundleLines, readBundle } from "../../lib/group/threads/bundle.ts";
import { readLeaf } from "../../lib/group/talk/leaf.ts";
import { networkTest, type TestNetwork } from "./network.ts";

interface Check {
  readonly whole: boolean;
  readonly key: { readonly epoch: string };
  readonly members: readonly {
    readonly pk: string;
    readonly self: boolean;
    readonly has?: { readonly incarnation: string; readonly seq: string };
    readonly hasNewest: boolean;
    readonly last?: { readonly incarnation: string; readonly seq: string };
    readonly holes: readonly unknown[];
    readonly restarts: number;
    readonly lastHeard?: string;
  }[];
}

async function until<T>(what: string, look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  for (const late = Date.now() + 120_000;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    ok(Date.now() < late, `${what}: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

networkTest(
  "what each member provably has is shown, and a group goes by hand where no network goes",
  async (network: TestNetwork) => {
    const pks: Record<string, string> = {};
    for (const name of ["alice", "bob"]) pks[name] = (await network.resident(name, "daemon")).pk;
    const { pk, process: carol } = await network.resident("carol", "daemon");
    pks.carol = pk;
    const run = (who: string, ...args: string[]) => network.run(who, args);
    /** A command that takes no network, whatever comes of it. */
    const plain = async (who: string, ...args: string[]) => {
      const line = ["dmsg", ...args, "--identity", who].map((word) => `'${word}'`).join(" ");
      const { stdout, stderr, status } = await network.stage.run(line);
      return { out: stdout, err: stderr, status };
    };
    const check = async (who: string): Promise<Check> =>
      JSON.parse((await plain(who, "group", "check", "ops", "--json")).out);
    const created = JSON.parse(
      (await run("alice", "group", "create", "ops", "--join", "link", "--json")).out,
    );
    for (const who of ["bob", "carol"]) {
      strictEqual((await run(who, "group", "join", created.invite)).status, 0);
      await until(
        `${who} is in`,
        async () => JSON.parse((await plain(who, "group", "info", "ops", "--json")).out).status,
        (status) => status === "active",
      );
    }

    // Each says something after it has heard the others: so each names what it has.
    for (const who of ["alice", "bob", "carol", "alice", "bob"]) {
      strictEqual((await run(who, "group", "send", "ops", `from ${who}`, "--wait", "60s")).status, 0);
      for (const other of ["alice", "bob", "carol"]) {
        await until(
          `${other} has what ${who} said`,
          async () => (await plain(other, "group", "history", "ops", "-n", "1")).out,
          (out) => out.includes(`from ${who}`),
        );
      }
    }
    const seen = await until(
      "alice is told by bob",
      () => check("alice"),
      ({ members }) =>
        members.some(({ pk, hasNewest, has }) => pk === pks.bob && hasNewest && has !== undefined),
    );
    deepStrictEqual([seen.whole, seen.key.epoch], [true, "0"]);
    const bob = seen.members.find(({ pk }) => pk === pks.bob)!;
    strictEqual(bob.has?.seq, "2", "alice's second message");
    strictEqual(bob.last?.seq, "2", "bob's second message");
    match(bob.last!.incarnation, /^[0-9a-f]{16}$/);
    deepStrictEqual([bob.holes, bob.restarts, bob.self], [[], 0, false]);
    ok(bob.lastHeard !== undefined);
    strictEqual((await plain("alice", "group", "check", "ops")).status, 0);
    match((await plain("alice", "group", "check")).out, /^ops: nothing is missing \(key 0, 0 h old\)\n/);

    // A bundle: written once, taken in twice, refused when a byte is another one.
    const path = `${network.stage.home}/ops.bundle`;
    strictEqual((await plain("alice", "group", "bundle", "ops", path)).status, 0);
    const again = await plain("alice", "group", "bundle", "ops", path);
    strictEqual(again.status, 5);
    match(again.err, /exists already/);
    for (let i = 0; i < 2; i++) strictEqual((await plain("bob", "bundle", "import", path)).status, 0);
    strictEqual((await check("bob")).whole, true);
    const text = await Deno.readTextFile(path);
    const lines = text.split("\n");
    lines[2] = lines[2].replace(/"value":"(.)/, (_, first) => `"value":"${first === "A" ? "B" : "A"}`);
    await Deno.writeTextFile(path, lines.join("\n"));
    const changed = await plain("carol", "bundle", "import", path);
    strictEqual(changed.status, 5);
    match(changed.err, /line 3 was changed/);

    // A leaf that is cut out of a bundle is a hole: named, and the status says so; with it nothing is missing.
    carol.kill("SIGTERM");
    await carol.ended();
    for (const text of ["five", "six"]) {
      strictEqual((await run("alice", "group", "send", "ops", text, "--wait", "60s")).status, 0);
    }
    const later = `${network.stage.home}/later.bundle`;
    strictEqual((await plain("alice", "group", "bundle", "ops", later)).status, 0);
    const { groupId, leaves } = readBundle(await Deno.readTextFile(later));
    const { last } = (await check("alice")).members.find(({ self }) => self)!;
    const place = { inc: last!.incarnation, seq: BigInt(last!.seq) - 1n };
    const five = leaves.find(({ path, value }) => {
      const thread = path.startsWith(`msgs/${pks.alice}/`) ? readLeaf(value)?.thread : undefined;
      return thread?.inc === place.inc && thread.seq === place.seq;
    });
    ok(five !== undefined);
    const cut = `${network.stage.home}/cut.bundle`;
    const without = bundleLines(groupId, leaves.filter((leaf) => leaf !== five));
    await Deno.writeTextFile(cut, `${without.join("\n")}\n`);
    strictEqual((await plain("carol", "bundle", "import", cut)).status, 0);
    const holed = await plain("carol", "group", "check", "ops");
    strictEqual(holed.status, 9, holed.out + holed.err);
    match(holed.out, /^ops: not whole /);
    deepStrictEqual(holed.out.split("\n").filter((line) => line.startsWith("    ")), [
      `    missing: ${place.inc.slice(0, 8)}/${place.seq}`,
    ]);
    strictEqual((await plain("carol", "bundle", "import", later)).status, 0);
    const mended = await plain("carol", "group", "check", "ops");
    deepStrictEqual([mended.status, /^ops: nothing is missing /.test(mended.out)], [0, true], mended.out);

    // A person.
    strictEqual((await run("alice", "send", pks.bob, "hello")).status, 0);
    const person = await plain("alice", "check", pks.bob, "--json");
    strictEqual(person.status, 0);
    strictEqual(JSON.parse(person.out).has.state, "received");
  },
);
