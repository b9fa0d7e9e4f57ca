// Who reaches us: blocked peers on no port, and two programs with one key, each told.
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

networkTest("A blocked peer reaches no port: not nc -l, not ping, not listen", async (network) => {
  const { pk: blocked } = await network.resident("b", "listen");
  const { pk } = await network.resident("a", "daemon");
  strictEqual((await network.run("b", ["ping", "--count", "1", pk])).status, 0);
  const { process: nc, address } = await network.listener("a", "4000");
  await network.look("a", "block", blocked);
  const pinged = await network.run("b", ["ping", "--count", "1", "--timeout", "2s", pk]);
  strictEqual(pinged.status, 3, pinged.err);
  const dialled = await network.run("b", ["nc", "-q", "1s", address], "secret");
  strictEqual(dialled.status, 3, dialled.err);
  strictEqual((await network.run("b", ["send", "--wait", "2s", pk, "hello"])).status, 3);
  // And we send nothing there, whatever the port.
  const asked = await network.run("a", ["ping", "--count", "1", blocked]);
  deepStrictEqual([asked.status, asked.err.includes("is blocked")], [4, true]);
  const other = network.start("alone", "nc", address);
  await other.write("hello");
  strictEqual(await nc.prints("stdout", "hello"), "hello", "the first to come through is somebody else");
  strictEqual(await network.look("a", "history"), "");
});

/** Gives an identity the key of another one, as a copied home has it. */
async function copyKey(network: TestNetwork, from: string, to: string): Promise<void> {
  const identities = `${network.stage.home}/.local/share/dmsg/identities`;
  await Deno.mkdir(`${identities}/${to}`, { recursive: true, mode: 0o700 });
  await Deno.copyFile(`${identities}/${from}/identity.key`, `${identities}/${to}/identity.key`);
}

networkTest(
  "A copied home on two machines is told on both, and the end of one leaves the other listed",
  async (network) => {
    const { process: first, pk } = await network.resident("a", "daemon", "--json");
    await copyKey(network, "a", "copy");
    const startMs = Date.now();
    const { process: second } = await network.resident("copy", "daemon", "--json");
    for (const process of [first, second]) {
      await process.prints("stdout", '"event":"twin"');
      await process.prints("stderr", "another program uses this identity's key");
    }
    ok(Date.now() - startMs < 60_000);
    const standing = async (identity: string) => JSON.parse(await network.look(identity, "status", "--json"));
    for (const identity of ["a", "copy"]) {
      const { twin } = await standing(identity);
      ok(Date.parse(twin.since_ts) <= Date.parse(twin.seen_ts));
    }
    match(await network.look("a", "status"), /warning {4}another program uses this key since/);
    // They have settled who is found once one of them stands aside.
    let aside: string | undefined;
    for (const late = Date.now() + 120_000; aside === undefined;) {
      for (const identity of ["a", "copy"]) if ((await standing(identity)).twin?.has_entry) aside = identity;
      ok(Date.now() < late, "neither gives way");
    }
    const [ending, staying] = aside === "a" ? [first, "copy"] : [second, "a"];
    ending.kill("SIGTERM");
    await ending.ended();
    strictEqual((await network.stage.run(`dmsg disc entry --local ${pk}`)).status, 0);
    strictEqual((await network.run("b", ["send", pk, "hello"])).status, 0);
    match(await network.look(staying, "history"), /hello/);
  },
);
