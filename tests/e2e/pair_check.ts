/** `dmsg pair`: one who runs a command now and then, one who stays, and a kill between. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

const PATIENCE_MS = 60_000;

networkTest("a pair's messages are all found once and in order, over kills", async (network: TestNetwork) => {
  const first = await network.resident("bob", "daemon");
  const bob = first.pk;
  const pair = async (who: string, ...args: string[]) => {
    const said = await network.run(who, ["pair", ...args]);
    strictEqual(said.status, 0, `${who}: pair ${args.join(" ")}\n${said.err}`);
    return said.out.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  };
  const heard = async (who: string, peer: string): Promise<string[]> =>
    (await network.look(who, "history", peer, "--json")).split("\n").filter((line) => line !== "")
      .map((line) => JSON.parse(line)).filter(({ net, outgoing }) => net === "pair" && !outgoing)
      .map(({ text }) => text);

  const [{ pk: alice }] = await pair("alice", "add", bob, "--json");
  deepStrictEqual((await pair("bob", "list", "--json")).map(({ status }) => status), ["invited"]);
  await pair("bob", "accept", alice);
  // Her first look at bob's feed says that he has agreed, and what he has said since.
  await pair("bob", "send", alice, "hello", "--wait", "0");
  deepStrictEqual(
    (await pair("alice", "poll", "--wait", "30s", "--json")).map(({ peer_pk, text }) => [peer_pk, text]),
    [
      [bob, "hello"],
    ],
  );
  const [one] = await pair("alice", "send", bob, "one", "--wait", "30s", "--json");
  strictEqual(one.fetched, true, JSON.stringify(one));
  deepStrictEqual((await pair("alice", "list", "--json")).map(({ status }) => status), ["active"]);

  first.process.kill("SIGKILL");
  await first.process.ended();
  await pair("alice", "send", bob, "two", "--wait", "0");
  await network.resident("bob", "daemon");
  for (const late = Date.now() + PATIENCE_MS;;) {
    await pair("alice", "poll", "--wait", "5s");
    if ((await heard("bob", alice)).length >= 2) break;
    ok(Date.now() < late, "bob never reads what waited");
  }
  await pair("alice", "send", bob, "three", "--wait", "30s");
  await pair("bob", "send", alice, "back", "--wait", "0");
  const polled: string[] = [];
  for (const late = Date.now() + PATIENCE_MS; !polled.includes("back");) {
    polled.push(...(await pair("alice", "poll", "--wait", "5s", "--json")).map(({ text }) => text));
    ok(Date.now() < late, "alice never reads what bob said");
  }
  deepStrictEqual(await heard("alice", bob), ["hello", "back"]);
  deepStrictEqual(await heard("bob", alice), ["one", "two", "three"]);

  await pair("alice", "remove", bob);
  strictEqual((await network.run("alice", ["pair", "send", bob, "more"])).status === 0, false);
});
