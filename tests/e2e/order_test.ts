/** What one caller hands over in order arrives in order, over real processes. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { networkTest, type TestNetwork } from "./network.ts";

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`);

async function texts(network: TestNetwork, identity: string): Promise<string[]> {
  const lines = (await network.look(identity, "history", "--limit", "1000", "--json")).split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line).text);
}

networkTest("Lines that are pasted into a chat beside a daemon arrive in order", async (network) => {
  const { pk } = await network.resident("peer", "listen");
  await network.resident("a", "daemon");
  const lines = numbers(1, 300);
  const { status, err } = await network.run("a", ["chat", pk], lines.map((line) => `${line}\n`).join(""));
  strictEqual(status, 0, err);
  deepStrictEqual(await texts(network, "peer"), lines);
  deepStrictEqual(await texts(network, "a"), lines);
});

networkTest("A send that opens no store does not overtake what is queued", async (network) => {
  const { process: away, pk } = await network.resident("peer", "daemon");
  away.kill("SIGTERM");
  await away.ended();
  strictEqual((await network.run("a", ["send", "--queue", pk, "first"])).status, 10);
  await network.resident("peer", "daemon");
  strictEqual((await network.run("a", ["send", pk, "second"])).status, 0);
  strictEqual((await network.run("a", ["send", pk, "third"])).status, 0);
  deepStrictEqual(await texts(network, "peer"), ["first", "second", "third"]);
  await network.look("a", "status"); // takes in what was sent without a store
  deepStrictEqual(await texts(network, "a"), ["first", "second", "third"]);
});
