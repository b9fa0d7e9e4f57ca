/** `dmsg sync` from cron lines: two who never stay, and only overlap for some seconds. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { networkTest, type TestNetwork } from "./network.ts";

interface Line {
  readonly type: string;
  readonly net?: string;
  readonly body?: string;
  readonly met?: readonly string[];
  readonly unread?: readonly string[];
  readonly away?: readonly string[];
  readonly waiting?: number;
  readonly event?: string;
  readonly asking?: readonly string[];
}

const linesOf = (out: string): Line[] =>
  out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
const said = (lines: readonly Line[]): string[] =>
  lines.filter(({ type }) => type === "msg").map(({ net, body }) => `${net}: ${body}`).sort();

/** Alice and bob, who are in a group and paired, and of whom no program runs. */
async function apart(network: TestNetwork): Promise<{ alice: string; bob: string }> {
  const { pk: alice, process } = await network.resident("alice", "daemon");
  const done = async (who: string, ...args: string[]): Promise<string> => {
    const { status, out, err } = await network.run(who, args);
    strictEqual(status, 0, `${who}: ${args.join(" ")}\n${err}`);
    return out;
  };
  const { invite } = JSON.parse(await done("alice", "group", "create", "ops", "--join", "link", "--json"));
  await done("bob", "group", "join", invite, "--wait", "30s");
  const { pk: bob } = JSON.parse(await done("bob", "pair", "add", alice, "--json"));
  await done("alice", "pair", "accept", bob);
  await done("bob", "pair", "poll", "--wait", "30s");
  process.kill("SIGTERM");
  await process.ended();
  return { alice, bob };
}

/** Says something in each of the ways, while nobody else is there. */
async function sayAll(network: TestNetwork, who: string, peer: string, what: string): Promise<string[]> {
  strictEqual((await network.run(who, ["group", "send", "ops", `${what} 1`, "--wait", "0"])).status, 10);
  strictEqual((await network.run(who, ["pair", "send", peer, `${what} 2`, "--wait", "0"])).status, 0);
  strictEqual((await network.run(who, ["send", "--queue", peer, `${what} 3`])).status, 10);
  return [`dmsg: ${what} 3`, `group: ${what} 1`, `pair: ${what} 2`];
}

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

networkTest(
  "Two who only sync exchange all that waits when their times overlap, show it once, and leave no entry",
  async (network) => {
    const { alice, bob } = await apart(network);
    const sync = async (who: string, ...args: string[]) => {
      const startMs = Date.now();
      const { status, out } = await network.run(who, ["sync", "--json", ...args]);
      return { status, lines: linesOf(out), ms: Date.now() - startMs };
    };
    // The first time nothing of before is shown, and nobody is there.
    for (const [who, peer] of [["alice", bob], ["bob", alice]]) {
      const { status, lines } = await sync(who, "--wait", "3s");
      deepStrictEqual([status, said(lines), lines.at(-1)!.away], [3, [], [peer]]);
    }
    const ofAlice = await sayAll(network, "alice", bob, "of alice");
    const ofBob = await sayAll(network, "bob", alice, "of bob");
    const exchange = async (apartMs: number, heard: readonly [string[], string[]]): Promise<void> => {
      const [one, other] = await Promise.all([
        sync("alice", "--wait", "60s"),
        later(apartMs).then(() => sync("bob", "--wait", "60s")),
      ]);
      const found = [one, other].map(({ status, lines }) => [status, said(lines)]);
      deepStrictEqual(found, heard.map((texts) => [0, texts]), JSON.stringify([one, other]));
      for (const [{ lines }, peer] of [[one, bob], [other, alice]] as const) {
        const { met, unread, away, waiting } = lines.at(-1)!;
        deepStrictEqual([met, unread, away, waiting], [[peer], [], [], 0]);
      }
      ok(Math.max(one.ms, other.ms) < 45_000, "they leave before their time is over");
    };
    await exchange(5_000, [ofBob, ofAlice]);
    for (const pk of [alice, bob]) {
      const { status, stderr } = await network.stage.run(`dmsg disc entry --local ${pk}`);
      deepStrictEqual([status, stderr.includes("has no entry")], [3, true], stderr);
    }
    await exchange(0, [[], []]);
    const again = await sayAll(network, "alice", bob, "again");
    await exchange(0, [[], again]);
  },
);

networkTest(
  "sync beside a daemon shows what is new and goes; a second one is refused; a kill leaves nothing out",
  async (network) => {
    const sync = async (who: string, ...args: string[]): Promise<[number, string[]]> => {
      const { status, out } = await network.run(who, ["sync", "--json", ...args]);
      return [status, said(linesOf(out))];
    };
    const { pk: alice, process } = await network.resident("alice", "daemon");
    deepStrictEqual(await sync("alice"), [0, []]);
    strictEqual((await network.run("bob", ["send", alice, "one"])).status, 0);
    const startMs = Date.now();
    deepStrictEqual(await sync("alice"), [0, ["dmsg: one"]]);
    ok(Date.now() - startMs < 20_000, "a daemon meets who comes");
    deepStrictEqual(await sync("alice"), [0, []]);
    process.kill("SIGTERM");
    await process.ended();

    // Bob is away: alice, who has accepted him, is there until he comes.
    const bob = (await network.look("bob", "id")).trim();
    strictEqual((await network.run("alice", ["accept", bob])).status, 0);
    strictEqual((await network.run("bob", ["send", "--queue", alice, "two", "--wait", "1s"])).status, 10);
    const waiting = network.start("alice", "sync", "--json", "--wait", "120s");
    for (const late = Date.now() + 60_000;;) {
      const { status, stderr } = await network.stage.run(`dmsg disc entry --local ${alice}`);
      if (status === 0) break;
      ok(Date.now() < late, `alice can't be found: ${stderr}`);
    }
    strictEqual((await sync("alice", "--wait", "10s"))[0], 7, "a second sync of one identity");
    deepStrictEqual(await sync("bob", "--wait", "60s"), [0, []]);
    await waiting.prints("stdout", '"body":"two"');
    waiting.kill("SIGKILL");
    await waiting.ended();
    const [status, again] = await sync("alice", "--wait", "2s");
    deepStrictEqual([status, again.length === 0 || again[0] === "dmsg: two"], [3, true]);
    deepStrictEqual(await sync("alice", "--wait", "2s"), [3, []]);
  },
);

networkTest(
  "Runs for different conversations go side by side, each with its own people and what is new of theirs",
  async (network) => {
    const sync = async (who: string, ...args: string[]): Promise<[number, string[], Line | undefined]> => {
      const { status, out } = await network.run(who, ["sync", "--json", ...args]);
      const lines = linesOf(out);
      return [status, said(lines), lines.at(-1)];
    };
    const [alice, bob, carol] = await Promise.all(
      ["alice", "bob", "carol"].map(async (who) => (await network.look(who, "id")).trim()),
    );
    deepStrictEqual(await sync("alice", "--wait", "1s").then(([status]) => status), 0);
    for (const who of ["bob", "carol"]) {
      const { status } = await network.run(who, ["send", "--queue", alice, `of ${who}`, "--wait", "0"]);
      strictEqual(status, 10);
    }
    // Bob is there, carol is not: who waits for bob is not held up, and waits for nobody in vain.
    const [ofBob, ofCarol, ofAll] = await Promise.all([
      sync("alice", bob, "--wait", "40s"),
      sync("alice", carol, "--wait", "12s"),
      sync("bob", "--wait", "40s"),
    ]);
    const met = ({ met, away }: Line = { type: "met" }) => [met, away];
    deepStrictEqual([ofBob[0], ofBob[1], met(ofBob[2])], [0, ["dmsg: of bob"], [[bob], []]]);
    deepStrictEqual([ofCarol[0], ofCarol[1], met(ofCarol[2])], [3, [], [[], [carol]]]);
    strictEqual(ofAll[0], 0);
    const waiting = network.start("alice", "sync", carol, "--json", "--wait", "60s");
    strictEqual((await sync("carol", "--wait", "60s"))[0], 0);
    deepStrictEqual(said(linesOf(fromUtf8((await waiting.ended()).stdout))), ["dmsg: of carol"]);
    // What has no names goes on with its own.
    const [, all] = await sync("alice", "--wait", "1s");
    deepStrictEqual(all, ["dmsg: of bob", "dmsg: of carol"]);
    for (const names of [[], [bob], [bob, carol]]) {
      deepStrictEqual((await sync("alice", ...names, "--wait", "1s"))[1], []);
    }
    strictEqual((await network.run("alice", ["block", bob])).status, 0);
    strictEqual((await sync("alice", carol, bob))[0], 4);
    strictEqual((await sync("alice", "nobody"))[0], 2);
  },
);

networkTest(
  "sync --exec gives each message to the command until it succeeds, in order, never twice at once, and says what is left",
  async (network) => {
    const log = `${network.stage.home}/log`;
    const go = `${network.stage.home}/go`;
    const good = `read -r line; printf '%s\\n' "$line" >> ${log}`;
    const bad =
      `read -r line; case "$line" in *'"bad 2"'*) exit 3;; *) printf '%s\\n' "$line" >> ${log};; esac`;
    const slow = `echo begin >> ${log}; until [ -e ${go} ]; do sleep 0.1; done; echo end >> ${log}`;
    const done = async (): Promise<string[]> =>
      (await Deno.readTextFile(log).catch(() => "")).split("\n").slice(0, -1)
        .map((line) => line.startsWith("{") ? JSON.parse(line).body : line);
    const exec = async (...args: string[]): Promise<[number, string]> => {
      const { status, err } = await network.run("alice", ["sync", ...args]);
      return [status, err];
    };
    const [alice, bob, carol] = await Promise.all(
      ["alice", "bob", "carol"].map(async (who) => (await network.look(who, "id")).trim()),
    );
    deepStrictEqual((await exec("--exec", good, "--wait", "1s"))[0], 0);
    const says = async (who: string, ...texts: string[]): Promise<void> => {
      const { process } = await network.resident("alice", "daemon");
      for (const text of texts) strictEqual((await network.run(who, ["send", alice, text])).status, 0);
      process.kill("SIGTERM");
      await process.ended();
    };
    await says("bob", "good 1", "bad 2", "good 3");
    await says("carol", "good 4");
    const [status, err] = await exec("--exec", bad, "--wait", "1s");
    deepStrictEqual([status, (await done()).sort()], [5, ["good 1", "good 4"]], err);
    match(err, /failed with status 3 for message 2 of 0[23]\w+; it comes again in the next run\n/);
    deepStrictEqual([(await exec("--exec", bad, "--wait", "1s"))[0], (await done()).length], [5, 2]);
    const [well] = await exec("--exec", good, "--wait", "1s", "--jobs", "1");
    deepStrictEqual([well, (await done()).slice(2)], [0, ["bad 2", "good 3"]]);
    await exec("--exec", good, "--wait", "1s");
    strictEqual((await done()).length, 4);
    // What is shown, and what is done for one person, are other things.
    const { out } = await network.run("alice", ["sync", "--wait", "1s"]);
    strictEqual(out, "", "nothing was ever shown: it begins with what comes");
    await says("bob", "good 5");
    await says("carol", "good 6");
    await exec(carol, "--exec", good, "--wait", "1s");
    deepStrictEqual((await done()).slice(4), ["good 6"]);
    await exec("--exec", good, "--wait", "1s");
    deepStrictEqual((await done()).slice(5).sort(), ["good 5", "good 6"]);
    await exec(bob, carol, "--exec", good, "--wait", "1s");
    strictEqual((await done()).length, 7, "it went on where the one of all was");
    // A command that outlives its sync is waited for before the message is given to another one.
    await says("bob", "slow");
    await Deno.remove(log);
    const killed = network.start("alice", "sync", "--exec", slow, "--wait", "1s");
    while ((await done()).length === 0) await later(50);
    killed.kill("SIGKILL");
    const next = network.start("alice", "sync", "--exec", slow, "--wait", "1s");
    await next.prints("stderr", "waited for");
    strictEqual((await exec("--exec", good))[0], 7);
    await Deno.writeTextFile(go, "");
    strictEqual((await next.ended()).status, 0);
    deepStrictEqual(await done(), ["begin", "end", "begin", "end"]);
    const { process } = await network.resident("alice", "listen", "--exec", good);
    const [busy, why] = await exec("--exec", good);
    strictEqual(busy, 7);
    match(why, /^dmsg: A listen --exec with \S+\/exec\.cursor runs already, as process \d+\n/);
    process.kill("SIGTERM");
    await process.ended();
  },
);

networkTest(
  "Two who only sync come together: what was asked of somebody who was away is asked in their seconds",
  async (network) => {
    const [alice, bob] = await Promise.all(
      ["alice", "bob"].map(async (who) => (await network.look(who, "id")).trim()),
    );
    const does = async (who: string, status: number, ...args: string[]): Promise<string> => {
      const ran = await network.run(who, args);
      strictEqual(ran.status, status, `${who}: ${args.join(" ")}\n${ran.err}`);
      return ran.out;
    };
    const both = async (wait: string): Promise<Line[][]> =>
      (await Promise.all(["alice", "bob"].map((who) => does(who, 0, "sync", "--json", "--wait", wait)))).map(
        linesOf,
      );
    const told = (lines: readonly Line[]): unknown[] =>
      lines.filter(({ type }) => type === "pair" || type === "group").map(({ type, event }) => [type, event]);
    const { invite } = JSON.parse(await does("alice", 0, "group", "create", "ops", "--json"));
    await does("bob", 10, "group", "join", invite, "--wait", "1s");
    await does("bob", 10, "pair", "add", alice);
    const [asked, asks] = await both("25s");
    deepStrictEqual(told(asked).sort(), [["group", "asked"], ["pair", "received"]]);
    strictEqual(asks.at(-1)!.asking?.length, 1);
    await does("alice", 0, "group", "approve", "ops", bob);
    await does("alice", 0, "pair", "accept", bob);
    // Some seconds; a machine that does much else starts them some seconds apart.
    const [, answered] = await both("60s");
    deepStrictEqual(told(answered).sort(), [["group", "admitted"], ["pair", "accepted"]]);
    const link = (await does("alice", 0, "pair", "invite")).trim();
    await does("carol", 10, "pair", "add", link);
    const [ours] = await Promise.all([
      does("carol", 0, "sync", "--json", "--wait", "25s"),
      does("alice", 0, "sync", "--json", "--wait", "25s"),
    ]);
    deepStrictEqual(told(linesOf(ours)), [["pair", "accepted"]]);
  },
);
